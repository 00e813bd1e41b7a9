"""A proof run held against an earlier one: whose verdict changed, what vanished, what is new, what got dearer.

Dearer is judged by Z3's resources, which are the same on every machine; seconds are told, never judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tmem_proofs.results import GRAVITY, Explored, Obligation, Proof, Result

# How much more an obligation, or a case, may take before it counts as dearer.
TOLERANCE = 1.05


@dataclass(frozen=True, slots=True)
class Dearer:
    """An obligation or a whole case that takes more of the solver than it did."""

    name: str
    was: int
    now: int

    @property
    def ratio(self) -> float:
        """How many times as dear; infinite if it cost nothing before."""
        return self.now / self.was if self.was else float("inf")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different now. `changed`: each verdict that was another one, then and now."""

    changed: tuple[tuple[Result, Result], ...]
    vanished: tuple[Obligation, ...]
    new: tuple[Obligation, ...]
    dearer: tuple[Dearer, ...]
    resources: tuple[int, int]
    seconds: tuple[float, float]
    solvers: tuple[str, str]

    @property
    def worse(self) -> tuple[tuple[Result, Result], ...]:
        """The changes to the bad."""
        return tuple((was, now) for was, now in self.changed if GRAVITY[now.verdict] > GRAVITY[was.verdict])

    @property
    def is_worse(self) -> bool:
        """Whether something that was shown is shown no more."""
        return bool(self.worse or self.vanished)


def compare(earlier: Proof, now: Proof, claims: Sequence[str] = ()) -> Comparison:
    """Hold a run against an earlier one, of which only what matches the claims counts, if there are any."""
    was = {one.obligation: one for one in earlier.results if not claims or any(map(one.obligation.matches, claims))}
    found = {one.obligation: one for one in now.results}
    both = [one for one in found if one in was]
    cases = _cases(earlier, now)
    dearer = [Dearer(one.name, was[one].resources, found[one].resources) for one in both]
    dearer += [Dearer(f"{'/'.join(then.key)}, all of it", then.resources, one.resources) for then, one in cases]
    return Comparison(
        tuple((was[one], found[one]) for one in both if was[one].verdict is not found[one].verdict),
        tuple(one for one in was if one not in found),
        tuple(one for one in found if one not in was),
        tuple(sorted((one for one in dearer if one.now > TOLERANCE * one.was), key=lambda one: -one.ratio)),
        (sum(then.resources for then, _ in cases), sum(one.resources for _, one in cases)),
        (sum(then.seconds for then, _ in cases), sum(one.seconds for _, one in cases)),
        (earlier.tools.z3, now.tools.z3),
    )


def _cases(earlier: Proof, now: Proof) -> list[tuple[Explored, Explored]]:
    """The cases of which both runs asked the same: what these cost can be compared."""
    was = {(one.key, _asked(one)): one for one in earlier.explored}
    return [(was[one.key, _asked(one)], one) for one in now.explored if (one.key, _asked(one)) in was]


def _asked(explored: Explored) -> frozenset[str]:
    return frozenset(one.obligation.invariant for one in explored.results)


def lines(found: Comparison) -> Iterator[str]:
    """The comparison, for people."""
    yield "compared with the earlier run:"
    for was, now in found.changed:
        worse = "worse" if (was, now) in found.worse else "changed"
        yield f"  {worse:9} {now.obligation.name}: {was.verdict.value} -> {now.verdict.value}"
    yield from (f"  vanished  {one.name}" for one in found.vanished)
    yield from (f"  new       {one.name}" for one in found.new)
    for one in found.dearer:
        yield f"  dearer    {one.name}: {one.was:,} -> {one.now:,} resources ({one.ratio:.2f} times)"
    if not (found.changed or found.vanished or found.new or found.dearer):
        yield "  nothing changed"
    (was_all, now_all), (then, since), (was_solver, solver) = found.resources, found.seconds, found.solvers
    yield f"  all cases of both: {was_all:,} -> {now_all:,} resources; {then:.1f} -> {since:.1f} s (not judged)"
    if was_solver != solver:
        yield f"  Z3 {was_solver} -> {solver}: resources of different solvers cannot be compared"
    yield ""
