"""The scenes that are drawn: calls on a stage, the last of which is looked at, before and after, in both algorithms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from tmem_proofs.documents.picture import Panel, picture
from tmem_proofs.documents.stage import OBJNODE, PAGE, Refusal, Stage, Step
from tmem_proofs.documents.trees import Tree
from tmem_proofs.source import Algorithm, Code, load, load_published
from tmem_spec.words import EPHEMERAL

OURS, PUBLISHED = "ours", "published"
Act = Callable[[Stage], Step]


@dataclass(frozen=True, slots=True)
class Scene:
    """Acts on a pool of a kind: those before, and the one that is shown. `of`: which algorithms are shown."""

    name: str
    title: str
    told: str
    before: tuple[Act, ...]
    act: Act
    of: tuple[str, ...] = (OURS,)
    flags: int = EPHEMERAL


@dataclass(frozen=True, slots=True)
class Shown:
    """A scene as one algorithm plays it: every step, and the tree before the last."""

    steps: tuple[Step, ...]
    tree: Tree | None


def put(index: int, objnode: int = 0) -> Act:
    """A put, of which the k-th objnode may be refused."""
    return lambda stage: stage.put(index, Refusal(OBJNODE, objnode) if objnode else None)


def put_refused(index: int, kind: str) -> Act:
    """A put whose obj or page is refused."""
    return lambda stage: stage.put(index, Refusal(kind))


def get(index: int, *, get_data_fails: bool = False) -> Act:
    """A get."""
    return lambda stage: stage.get(index, get_data_fails=get_data_fails)


def flush(index: int) -> Act:
    """A flush of one page."""
    return lambda stage: stage.flush_page(index)


def flush_object() -> Act:
    """A flush of the object."""
    return lambda stage: stage.flush_object()


_BOTH = (PUBLISHED, OURS)
_ZERO, _TWO = (put(0),), (put(0), put(64))

TREES: tuple[Scene, ...] = (
    Scene("growing", "Growing", "A page beyond the tree's reach: new roots, and a branch beside the old tree.",
          (put(0), put(1)), put(4096)),
    Scene("shrinking", "Shrinking", "The page far out goes: its branch goes with it, then every root that uses slot 0 "
          "alone.", (put(0), put(1), put(4096)), flush(4096)),
    Scene("duplicate", "A duplicate", "A page is put where one is: it takes the same slot; no objnode comes or goes.",
          (put(0), put(1)), put(1)),
    Scene("refused-growing-1", "Refused while growing: the first of five", "Nothing was given before the refusal: both "
          "leave the tree as it was.", _ZERO, put(4096, 1), _BOTH),
    Scene("refused-growing-2", "Refused while growing: the second of five", "The published code keeps the root that it "
          "was given, and that nobody needs.", _ZERO, put(4096, 2), _BOTH),
    Scene("refused-growing-3", "Refused while growing: the third of five", "And so on: two roots.", _ZERO,
          put(4096, 3), _BOTH),
    Scene("refused-descending-4", "Refused while descending: the fourth of five", "The tree has grown as high as it "
          "has to, and stays so high: three levels for one page.", _ZERO, put(4096, 4), _BOTH),
    Scene("refused-descending-5", "Refused while descending: the fifth of five", "The last objnode that was given "
          "leads to nothing: a stump.", _ZERO, put(4096, 5), _BOTH),
    Scene("refused-existing", "Refused in a tree that is high enough", "It descends only: the second of two is "
          "refused.", (put(0), put(4096)), put(8192, 2), _BOTH),
    Scene("refused-new", "Refused in a new object", "The object goes again in both; but the published code hands an "
          "objnode back whose slots_in_use is not 0.", (), put(4096, 3), _BOTH),
    Scene("refused-page", "Refused by the PAM", "The page itself is refused. Ours has taken the objnodes by then, and "
          "gives them back; the published code creates the page first.", _ZERO, put_refused(4096, PAGE), _BOTH),
    Scene("refused-duplicate", "A duplicate put, when there is one objnode left", "The published code frees the old "
          "page with its branch and then asks for objnodes anew: the second is refused. Ours asks for none.",
          (put(0), put(4096)), put(4096, 2), _BOTH),
)  # fmt: skip


@cache
def code_of(algorithm: str) -> Code:
    """The modules of an algorithm."""
    return load() if algorithm == OURS else load_published()


def shown(scene: Scene, algorithm: str) -> Shown:
    """A scene as it is played."""
    return played(code_of(algorithm), scene)


def played(code: Code, scene: Scene) -> Shown:
    """The same, of any code."""
    stage = Stage(code, scene.flags)
    steps = [act(stage) for act in scene.before]
    tree = stage.tree_now()
    return Shown((*steps, scene.act(stage)), tree)


def drawn(scene: Scene) -> str:
    """The picture: a row for each algorithm."""
    rows = []
    for algorithm in scene.of:
        one = shown(scene, algorithm)
        last = one.steps[-1]
        named = f"{algorithm}: " if len(scene.of) > 1 else ""
        rows.append([Panel(f"{named}before", one.tree), Panel(f"{last.call}\n{last.answer}", last.tree)])
    return picture(f"{scene.title}. {scene.told}", rows)


def steps_told(steps: Sequence[Step]) -> list[str]:
    """A line for each step: the call, the answer, the callbacks; below it what is broken."""
    lines = []
    for one in steps:
        lines.append(f"{one.call}: {one.answer}   [{', '.join(one.callbacks)}]")
        lines += [f"    {found}" for found in one.broken]
    return lines


def is_ours(code: Code) -> bool:
    """Whether the code is the shipped one."""
    return code.algorithm is Algorithm.SHIPPED
