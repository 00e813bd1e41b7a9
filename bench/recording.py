"""Figures on their way into a file that `python -m pyperf show` and `compare_to` read.

pyperf's own runner measures one benchmark after another. Ours are measured in turns, so the values are collected here
and made pyperf's objects at the end: a `Run` for each process, and in it a value for each round.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pyperf

import tmem

from . import names

# What pyperf collects and is of use to a reader elsewhere: no names of hosts, no paths.
KEPT: Final = (
    "cpu_count", "cpu_model_name", "date", "load_avg_1min", "perf_version", "platform", "python_compiler",
    "python_implementation", "python_version", "timer",
)  # fmt: skip


class Recorder:
    """The values that one process measured, by the name of the figure."""

    def __init__(self) -> None:
        """Nothing measured yet. What is known of the machine is noted now, before it is busy with the measurement."""
        collected: dict[str, Any] = pyperf.Run([1.0]).get_metadata()
        self._machine: dict[str, Any] = {key: collected[key] for key in KEPT if key in collected}
        self._machine["tmem_version"] = tmem.__version__
        self._machine["tmem_build"] = names.COMPILED if tmem.compiled else names.PURE
        self._values: dict[str, list[float]] = {}
        self._units: dict[str, str] = {}

    def note(self, facts: dict[str, str]) -> None:
        """Remember something about the machine or its packages."""
        self._machine.update(facts)

    def add(self, name: str, value: float, unit: str = "second") -> None:
        """Remember a value: seconds an operation, to the picosecond, bytes or a count. pyperf wants it above zero."""
        self._values.setdefault(name, []).append(round(value, 12) if unit == "second" else max(round(value), 1))
        self._units[name] = unit

    def dump(self, file: Path) -> None:
        """Write all of it; no file, if there is nothing."""
        if not self._values:
            return
        benchmarks = [self._benchmark(name, values) for name, values in self._values.items()]
        pyperf.BenchmarkSuite(benchmarks).dump(str(file), replace=True)

    def _benchmark(self, name: str, values: list[float]) -> Any:
        metadata = {**self._machine, "name": name, "unit": self._units[name]}
        return pyperf.Benchmark([pyperf.Run(values, metadata=metadata, collect_metadata=False)])


def merge(parts: list[Path], file: Path, facts: dict[str, str]) -> None:
    """Make one suite of those that several processes wrote, with `facts` about all of them."""
    written = [part for part in parts if part.exists()]
    suite: Any = pyperf.BenchmarkSuite.load(str(written[0]))
    for part in written[1:]:
        suite.add_runs(pyperf.BenchmarkSuite.load(str(part)))
    for benchmark in suite:
        benchmark.update_metadata(facts)
    suite.dump(str(file), replace=True)
