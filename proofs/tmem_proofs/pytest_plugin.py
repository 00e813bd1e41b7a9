"""A pytest plugin: with `--tmem-prove`, each obligation is a test of its own, `tmem prove::insert/height 3::SHR-1`.

    pytest --tmem-prove -k "insert and MEM"
    pytest --tmem-prove -n auto --dist loadscope

What is selected of one operation and case is proved in one go, by the first of its tests that runs; with pytest-xdist,
`--dist loadscope` keeps these in one process. Without the option nothing of the prover, nor Z3, is loaded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

import pytest

if TYPE_CHECKING:
    from tmem_proofs.cache import Cache
    from tmem_proofs.results import Explored, Obligation, Result


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("tmem", "proofs of tmem")
    group.addoption("--tmem-prove", action="store_true", help="prove each obligation of tmem as a test of its own")
    group.addoption("--tmem-cache", type=Path, metavar="DIR", help="keep proofs there, as `tmem prove --cache` does")


@pytest.hookimpl(tryfirst=True)  # before -k and the like deselect
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add a test for each obligation, if that is asked for."""
    if config.getoption("--tmem-prove"):
        from tmem_proofs.uncompiled import from_source  # noqa: PLC0415 - only who asks for it needs it

        from_source()
        folder = config.getoption("--tmem-cache")
        for case in Cases.from_parent(session, name="tmem prove", nodeid="tmem prove", folder=folder).collect():
            items.extend(case.collect())


class NotProvedError(AssertionError):
    """An obligation is refuted, unknown or vacuous."""


class Cases(pytest.Collector):
    """Every case: an operation from one kind of state."""

    def __init__(self, folder: Path | None, **others: Any) -> None:
        """`folder`: of the cache; none is used if there is none."""
        super().__init__(**others)
        self._folder = folder

    def collect(self) -> Iterator[Case]:
        """A collector for each case."""
        from tmem_proofs import cache  # noqa: PLC0415 - Z3 is loaded for those alone who asked for it

        kept = None if self._folder is None else cache.Cache(self._folder)
        from tmem_proofs.prover import obligations  # noqa: PLC0415 - now that the cache has seen its source

        cases: dict[str, list[Obligation]] = {}
        for one in obligations():
            cases.setdefault(f"{one.operation}/{one.case}", []).append(one)
        for name, claimed in cases.items():
            yield Case.from_parent(self, name=name, claimed=claimed, kept=kept)


class Case(pytest.Collector):
    """One case: its obligations, and what is known of them so far."""

    def __init__(self, claimed: list[Obligation], kept: Cache | None, **others: Any) -> None:
        """`claimed` are all its obligations; `kept` is the cache, if there is one."""
        super().__init__(**others)
        self._claimed = claimed
        self._kept = kept
        self._explored: Explored | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each obligation."""
        for one in self._claimed:
            yield ObligationItem.from_parent(self, name=one.invariant, obligation=one)

    def result(self, obligation: Obligation) -> Result:
        """What became of an obligation: proved now, with all others that are selected, unless it was before."""
        if self._explored is None:
            self._explored = self._explore([one.obligation for one in self.session.items if is_of(one, self)])
        return next(one for one in self._explored.results if one.obligation == obligation)

    @property
    def disagreement(self) -> str:
        """What the shipped objects do that a path does not say."""
        return "" if self._explored is None else self._explored.disagreement

    def _explore(self, wanted: list[Obligation]) -> Explored:
        """Prove these, in this process, unless the cache knows of them."""
        from tmem_proofs.prover import prove_scenario  # noqa: PLC0415 - as above

        found = None if self._kept is None else self._kept.find(wanted)
        if found is None:
            first = wanted[0]
            found = prove_scenario(first.operation, first.case, [one.invariant for one in wanted])
            if self._kept is not None:
                self._kept.keep(found)
        return found


class ObligationItem(pytest.Item):
    """One obligation: it passes if it is proved. For -k it has the name that `tmem prove` gives it, too."""

    def __init__(self, obligation: Obligation, **others: Any) -> None:
        """The test of `obligation`."""
        super().__init__(**others)
        self.obligation = obligation
        self.extra_keyword_matches.add(obligation.name)

    def runtest(self) -> None:
        """Raise NotProvedError unless it is proved: with the story and, if there is one, a test that fails."""
        from tmem_proofs.report import told  # noqa: PLC0415 - as above
        from tmem_proofs.results import Verdict  # noqa: PLC0415 - as above

        assert isinstance(self.parent, Case)  # noqa: S101 - for the type checker
        result = self.parent.result(self.obligation)
        if result.verdict is not Verdict.PROVED:
            raise NotProvedError("\n\n".join(text for text in (told(result), result.test) if text))
        if self.parent.disagreement:
            raise NotProvedError(f"the shipped objects do not do what a path says: {self.parent.disagreement}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The story alone: where in the prover it was told is nobody's concern."""
        if isinstance(excinfo.value, NotProvedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The shipped function that the obligation is about."""
        from tmem_proofs.shipped import place_of_operation  # noqa: PLC0415 - as above

        place = place_of_operation(self.obligation.operation)
        return place.file, place.line - 1, self.obligation.name


def is_of(item: pytest.Item, case: Case) -> TypeGuard[ObligationItem]:
    """Whether a test is one of this case's."""
    return isinstance(item, ObligationItem) and item.parent is case
