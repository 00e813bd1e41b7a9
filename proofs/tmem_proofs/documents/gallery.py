"""Two pages of pictures: trees that grow, shrink and refuse; and the defects of the published code, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tmem_proofs.documents.exhibits import EXHIBITS, Exhibit, shown_of
from tmem_proofs.documents.links import TOP, link
from tmem_proofs.documents.pages import MADE
from tmem_proofs.documents.picture import Panel, picture
from tmem_proofs.documents.scenes import OURS, PUBLISHED, TREES, Scene, drawn, shown, steps_told
from tmem_proofs.places import definitions
from tmem_proofs.prover import prove_scenario
from tmem_proofs.source import Algorithm, Fault

TESTS = TOP / "tests" / "regression" / "test_gallery.py"
_BOTH = (PUBLISHED, OURS)


def pictures() -> Iterator[tuple[str, str]]:
    """Every picture, by its name."""
    for scene in TREES:
        yield scene.name, drawn(scene)
    for exhibit in EXHIBITS:
        if exhibit.scene is not None:
            yield exhibit.defect.lower(), _drawn(exhibit, exhibit.scene)


def trees() -> str:
    """The page of trees."""
    return "\n".join(_trees()) + "\n"


def gallery(file: Path) -> str:
    """The page of defects. `file`: where it will be, for its links."""
    return "\n".join(_gallery(file)) + "\n"


def _trees() -> Iterator[str]:
    yield from (MADE, "", "# Trees", "")
    yield "Each picture is made from a real run of real code: the object before a call, the call, the object after it."
    yield "Only slots that are used are drawn, of the 64 that an objnode has. Where two rows stand, the upper is the"
    yield "published algorithm of 2011 and the lower one is ours, after the same calls. What is red and dashed is a"
    yield "**stump**: objnodes that lead to no page."
    for scene in TREES:
        yield from ("", f"## {scene.title}", "", scene.told, "", f"![{scene.title}](pictures/{scene.name}.svg)", "")
        yield from _steps({one: steps_told(shown(scene, one).steps) for one in scene.of})


def _gallery(file: Path) -> Iterator[str]:
    yield from (MADE, "", "# What is wrong with the published code", "")
    yield "Ten defects of the code that was posted in 2011, each with the calls that show it, in the published"
    yield "algorithm, written anew, and in ours; what the prover finds by itself; and the test that reproduces it."
    for exhibit in EXHIBITS:
        yield from ("", f"## {exhibit.defect}: {exhibit.title}", "", exhibit.told, "")
        yield from _exhibit(exhibit, file)


def _exhibit(exhibit: Exhibit, file: Path) -> Iterator[str]:
    if exhibit.scene is not None:
        yield from (f"![{exhibit.title}](pictures/{exhibit.defect.lower()}.svg)", "")
    yield from _steps(seen_of(exhibit))
    if exhibit.obligation:
        by = "What the prover finds of that repair" if exhibit.fault else "What `tmem prove --published` finds"
        yield from (f"{by}, by `{exhibit.obligation}`:", "", "```text")
        yield from story(exhibit.obligation, exhibit.fault).splitlines()
        yield "```"
    else:
        yield f"No obligation is about it: {exhibit.why_none}."
    name = f"test_{exhibit.defect.lower()}"
    place = next(place for defined, place in definitions(TESTS) if defined.startswith(f"{name}_"))
    yield from ("", f"Reproduced by {link(place, f'`{TESTS.name}`', file)}.")


def seen_of(exhibit: Exhibit) -> dict[str, list[str]]:
    """What is seen of an exhibit, in lines, by algorithm."""
    found = {}
    for algorithm in _BOTH:
        played = shown_of(exhibit, algorithm)
        found[algorithm] = [] if played is None else steps_told(played.steps)
        found[algorithm] += [] if exhibit.seen is None else list(exhibit.seen(algorithm))
    return found


@cache
def story(obligation: str, fault: Fault | None) -> str:
    """How the published algorithm is refuted."""
    operation, case, invariant = obligation.split("/")
    result = prove_scenario(operation, case, [invariant], fault, algorithm=Algorithm.PUBLISHED).results[0]
    return result.story


def _steps(told: dict[str, list[str]]) -> Iterator[str]:
    yield "```text"
    for algorithm, lines in told.items():
        if len(told) > 1:
            yield f"{algorithm}:"
        yield from (f"  {line}" for line in lines)
    yield from ("```", "")


def _drawn(exhibit: Exhibit, scene: Scene) -> str:
    rows = []
    for algorithm in _BOTH:
        played = shown_of(exhibit, algorithm)
        if played is not None:
            last = played.steps[-1]
            after = Panel(f"{last.call}\n{last.answer}", last.tree)
            rows.append([Panel(f"{algorithm}: before", played.tree), after])
    return picture(f"{exhibit.defect}: {scene.told}", rows)
