"""Stability: the same proofs with several seeds of the solver. A verdict that hangs on luck is found out.

A seed varies the choices that Z3 makes where nothing prefers one. Verdicts must not differ, and none may be unknown;
what they cost may, and says how much a proof hangs on the choices that were made for it.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tmem_proofs.results import Explored, Obligation, Result, Stability, Variation

MOST_SHOWN = 10
LEAST_SHOWN = 10_000  # resources: the costs of what is settled at once vary by much and mean nothing


def measure(runs: Sequence[Sequence[Explored]]) -> Stability:
    """What varies between these runs of the same obligations, which begin with that of seed 0."""
    found: dict[Obligation, list[Result]] = defaultdict(list)
    for result in (result for run in runs for one in run for result in one.results):
        found[result.obligation].append(result)
    return Stability(
        tuple(sum(one.resources for one in run) for run in runs),
        tuple(
            Variation(obligation, tuple(one.verdict for one in results), tuple(one.resources for one in results))
            for obligation, results in found.items()
        ),
    )


def lines(stability: Stability) -> Iterator[str]:
    """The report, a line at a time."""
    yield f"{len(stability.resources)} seeds: {_spread(stability.resources)} of Z3's resource units"
    dear = [one for one in stability.variations if max(one.resources) >= LEAST_SHOWN]
    varying = sorted(dear, key=lambda one: (-_ratio(one.resources), one.obligation))[:MOST_SHOWN]
    if varying:
        yield f"the obligations that vary most, of those that cost {LEAST_SHOWN:,} units or more"
        yield from (f"  {one.obligation.name}: {_spread(one.resources)}" for one in varying)
    for one in stability.unstable:
        told = ", ".join(f"{verdict.value} with seed {seed}" for seed, verdict in enumerate(one.verdicts))
        yield f"UNSTABLE {one.obligation.name}: {told}"
    yield f"{len(stability.unstable)} of {len(stability.variations)} verdicts differ from seed to seed, or are unknown"


def _ratio(costs: Sequence[int]) -> float:
    return max(costs) / max(1, min(costs))


def _spread(costs: Sequence[int]) -> str:
    """`1,000 to 1,300 (median 1,100, x1.30)`."""
    return f"{min(costs):,} to {max(costs):,} (median {statistics.median(costs):,.0f}, x{_ratio(costs):.2f})"
