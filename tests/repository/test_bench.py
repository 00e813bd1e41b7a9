"""What `make bench` makes of its figures: verdicts, tables, the page. Nothing is measured here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench import handles, names, page, plan, tables, targets
from bench.contenders import SIDE_BY_SIDE, Contender
from bench.figures import Figures, Raw, load, parse
from bench.targets import Cell, Target

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "speed.md"


def figures(**values: float) -> Figures:
    """Figures of one value each; in a name, `_` stands for the slash."""
    return Figures({name.replace("_", "/"): [value] for name, value in values.items()})


def target(*cells: float | None, limit: float = 1.3, at_least: bool = False) -> Target:
    """A target with cells of these figures."""
    return Target("a target", limit, "", tuple(Cell(f"cell {i}", cell) for i, cell in enumerate(cells)), at_least)


def suite(*benchmarks: dict[str, Any], **common: str) -> str:
    """A suite as pyperf writes it."""
    return json.dumps({"version": "1.0", "metadata": common, "benchmarks": benchmarks})


def pure_only(measured: Figures) -> Raw:
    """The figures of a run on a machine that cannot compile."""
    return Raw(Figures(measured.values, {"compiled_build": "no C compiler (cc)"}), Figures(), Figures())


@pytest.mark.parametrize(
    ("held", "verdict"),
    [
        (target(1.3), "met"),
        (target(1.30001), "**not met**"),
        (target(0.9, 1.31, 1.2), "**not met**: 1 of 3 beyond"),
        (target(0.9, None), "met in the 1 of 2 measured"),
        (target(1.4, None), "**not met**"),
        (target(None, None), "not measured"),
        (target(1.6, limit=1.6, at_least=True), "met"),
        (target(1.59, limit=1.6, at_least=True), "**not met**"),
    ],
)
def test_one_figure_beyond_its_limit_and_the_target_is_not_met(held: Target, verdict: str) -> None:
    """A target is met if each of its cells was measured and none is beyond the limit, however little."""
    assert held.verdict() == verdict


def test_the_worst_figure_is_shown() -> None:
    """Of the cells the one that is the furthest beyond comes first: the largest, or of speed-ups the smallest."""
    assert target(1.0, 1.2, 1.1).measured()[0] == (1.2, "cell 1")
    assert target(1.0, 1.2, 0.8, at_least=True).measured()[0] == (0.8, "cell 2")


def test_a_ratio_is_of_figures_beside_each_other() -> None:
    """A get that takes 120 ns beside a dict's 100 misses the target of 1.0, and the table says where."""
    measured = Figures(
        {
            names.operation(names.GET, handles.RANDOM, plan.LARGE, names.OURS): [1.1e-7, 1.2e-7, 9e-7],
            names.operation(names.GET, handles.RANDOM, plan.LARGE, names.FLAT): [1e-7],
        }
    )
    (row,) = [line for line in tables.of_targets(pure_only(measured)) if line.startswith("| pure: get, time over")]
    assert [cell.strip() for cell in row.split("|")[2:-1]] == [
        "≤ 1 ×",  # noqa: RUF001 - the sign is meant
        "1.2 ×",  # noqa: RUF001 - as above
        "random, 10⁶",
        "**not met**",
    ]


def test_growth_is_over_that_of_the_dict() -> None:
    """A store that gets 3 times as slow where the dict gets twice as slow has grown 1.5 times beyond it."""
    times = {(names.OURS, plan.SMALL): 1.0, (names.OURS, plan.HUGE): 3.0, (names.FLAT, plan.SMALL): 2.0}
    times[names.FLAT, plan.HUGE] = 4.0
    measured = Figures(
        {names.operation(names.GET, handles.RANDOM, size, name): [time] for (name, size), time in times.items()}
    )
    grown = next(iter(targets.of_growth(names.PURE, measured)))
    assert grown.measured() == [(1.5, handles.RANDOM)]
    assert grown.verdict() == "**not met**"


def test_what_pyperf_writes_is_read() -> None:
    """A figure is the median of all values of all runs; what runs have in common may stand at the top, or in each."""
    first = {"values": [3.0, 1.0], "metadata": {"date": "2026-01-01 10:00:00"}}
    second = {"values": [9.0], "metadata": {"date": "2026-01-01 10:05:00"}}
    read = parse(suite({"metadata": {"name": "a"}, "runs": [first, second]}, cpu_model_name="a processor"))
    assert read.median("a") == 3.0
    assert read.median("b") is None
    assert read.fact("cpu_model_name") == "a processor"
    assert read.fact("date") == "2026-01-01 10:00:00"
    assert parse(suite({"runs": [{"values": [1.0]}]}, name="alone")).median("alone") == 1.0


def test_hand_written_text_is_kept() -> None:
    """Only what stands between the marks is made anew, and making it twice makes no difference."""
    text = "before\n<!-- bench: proofs -->\nold\n<!-- /bench -->\nafter\n<!-- by hand -->\n"
    raw = Raw(Figures(), Figures(), figures(**{"proof seconds_drain_3": 0.5}))
    made = page.made_anew(text, raw)
    assert made.startswith("before\n")
    assert made.endswith("\nafter\n<!-- by hand -->\n")
    assert "old" not in made
    assert "| drain: seconds | - | - | - | 0.50 | - | - | - |" in made
    assert page.made_anew(made, raw) == made


def test_the_page_has_every_part() -> None:
    """Each part that is made stands on the page once, so nothing that was measured is left out."""
    assert sorted(page.parts_of(PAGE.read_text(encoding="utf-8"))) == sorted(page.MAKERS)


def test_the_page_is_as_its_raw_figures_have_it() -> None:
    """docs/speed.md says what the JSON beside it says: `python -m bench --page` would change nothing."""
    text = PAGE.read_text(encoding="utf-8")
    assert page.made_anew(text, load(DOCS / "speed")) == text


def test_raw_figures_name_no_host() -> None:
    """Of what pyperf knows about a machine, only what a reader elsewhere can use is kept."""
    for file in (DOCS / "speed").glob("*.json"):
        facts = parse(file.read_text(encoding="utf-8")).facts
        assert {"hostname", "python_executable", "python_cflags", "python_config_args"} & set(facts) == set()


def test_a_build_that_was_not_measured_is_told() -> None:
    """Where there is no compiler, the page says so, and no target of the compiled build passes."""
    raw = pure_only(Figures())
    assert tables.of_operations(raw, names.COMPILED) == [
        "The compiled build was not measured: no C compiler (cc).",
    ]
    compiled = [one for one in targets.targets(raw) if one.what.startswith("compiled")]
    assert {one.verdict() for one in compiled} == {"not measured"}


@pytest.mark.parametrize("build", [names.PURE, names.COMPILED])
def test_a_whole_run_measures_every_cell(build: str) -> None:
    """Each size that a target names is that of a job, with the dict that the build is held against."""
    jobs = plan.jobs(build, quick=False)
    sizes = {job.size for job in jobs if job.section == plan.OPERATIONS}
    assert set(targets.SIZES) <= sizes
    (huge,) = [job for job in jobs if job.section == plan.OPERATIONS and job.size == plan.HUGE]
    assert {make.name for make in SIDE_BY_SIDE if make.__name__ in huge.only} == {names.OURS, targets.AGAINST[build][0]}
    assert set(plan.SECTIONS) - {plan.PEERS, plan.PROOFS} <= {job.section for job in jobs}


@pytest.mark.parametrize("count", [1, 4096, 10_000])
def test_both_orders_are_of_the_same_handles(count: int) -> None:
    """There are as many handles as asked for, each once, and the shuffled ones are the same objects."""
    ordered = handles.sequential(count)
    mixed = handles.shuffled(ordered)
    assert len(set(ordered)) == len(ordered) == count
    assert {id(handle) for handle in mixed} == {id(handle) for handle in ordered}
    assert mixed == handles.shuffled(ordered)
    assert count == 1 or mixed != handles.shuffled(ordered, handles.SEED + 1) != ordered
    assert max(index for _, index in ordered) == min(count, 4096) - 1


@pytest.mark.parametrize("make", SIDE_BY_SIDE, ids=lambda make: str(make.name))
def test_contenders_keep_pages(make: type[Contender]) -> None:
    """Each contender has what was put last, and nothing at a handle where nothing was put."""
    contender = make()
    contender.puts([(7, 0), (7, 1), (8, 4095)], b"old")
    contender.puts([(7, 1)], b"new")
    contender.gets([(7, 0), (9, 9)])
    assert [contender.page_at(*handle) for handle in ((7, 0), (7, 1), (8, 4095), (8, 0), (9, 0))] == [
        b"old", b"new", b"old", None, None,
    ]  # fmt: skip
