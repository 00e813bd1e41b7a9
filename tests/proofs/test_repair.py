"""Repair: what it finds satisfies everything; and it finds what one change of one unknown can do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tmem_proofs.engine.explorer import Path, explore
from tmem_proofs.engine.repair import repaired
from tmem_proofs.engine.solver import Solver
from tmem_proofs.engine.terms import Least, Term, Terms, evaluate

UNKNOWNS = 3
steps = st.tuples(st.integers(0, UNKNOWNS - 1), st.integers(0, UNKNOWNS - 1), st.integers(-9, 9), st.booleans())


def compared(terms: Terms, unknowns: list[Term], step: tuple[int, int, int, bool]) -> Term:
    """`one - other + constant` is negative, or is zero."""
    one, other, constant, negative = step
    value = terms.add(terms.subtract(unknowns[one], unknowns[other]), terms.constant(constant))
    return terms.less(value, terms.constant(0)) if negative else terms.equal(value, terms.constant(0))


@given(st.lists(steps, max_size=6), steps)
def test_what_is_found_satisfies_everything(
    known: list[tuple[int, int, int, bool]], new: tuple[int, int, int, bool]
) -> None:
    """The new fact, and all that held before, whatever they are about; within the bounds of each unknown."""
    terms = Terms()
    unknowns = [terms.unknown(f"x{number}", 0, 15) for number in range(UNKNOWNS)]
    facts = [fact for fact in (compared(terms, unknowns, step) for step in known) if evaluate(fact, Least())]
    fact = compared(terms, unknowns, new)
    found = repaired(fact, unknowns, Least(), lambda _: facts)
    if found is not None:
        assert all(evaluate(one, found) for one in (*facts, fact))
        assert all(0 <= found[one] <= 15 for one in unknowns)


def test_a_comparison_is_repaired_where_it_turns() -> None:
    """Equality with a constant, and being less than another unknown, take one change."""
    terms = Terms()
    one, other = terms.unknown("one", 0, 1 << 192), terms.unknown("other", 5, 1 << 192)
    for fact in (terms.equal(one, terms.constant(1 << 100)), terms.less(other, one), terms.less(one, other)):
        found = repaired(fact, (one, other), Least(), lambda _: ())
        assert found is not None
        assert evaluate(fact, found)


def test_what_is_known_of_an_unknown_is_kept() -> None:
    """A change that another fact forbids is not made, even if it is the only one."""
    terms = Terms()
    one = terms.unknown("one", 0, 9)
    known = terms.less(one, terms.constant(3))
    assert repaired(terms.equal(one, terms.constant(7)), (one,), Least(), lambda _: (known,)) is None


def test_paths_need_few_questions() -> None:
    """Comparing unknowns with each other takes no solver, as long as it is possible."""
    solver = Solver()

    def program(path: Path) -> None:
        numbers = [path.integer(f"number {number}", 0, 1 << 40) for number in range(3)]
        assert sorted(numbers) is not None

    assert sum(1 for _ in explore(program, solver=solver)) == 6
    assert solver.effort().queries <= 6
