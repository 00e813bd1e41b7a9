"""The command of `make bench`: measures, writes the raw JSON, draws the plots, and makes the tables of the page anew.

python -m bench            all of it, into docs/speed and docs/speed.md
python -m bench --quick    small sizes and few rounds, into build/bench: shows that everything works
python -m bench --page     no measurement: plots and tables anew, from the raw JSON that is there
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from . import builds, names, page, plan, plots
from .figures import load
from .progress import say

DOCS: Final = builds.ROOT / "docs"
BEGUN: Final = time.monotonic()
TRIAL: Final = builds.ROOT / "build" / "bench"


def measure(build: str, jobs: list[plan.Job], file: Path, facts: dict[str, str]) -> None:
    """Do the jobs of a build one after another, and write what they measured into one file."""
    from .recording import merge  # noqa: PLC0415 - to draw the page anew, nothing of pyperf is needed

    parts = []
    with tempfile.TemporaryDirectory(prefix="tmem-bench-") as folder:
        for number, job in enumerate(jobs):
            say(f"== {minutes()}, {build} {number + 1} of {len(jobs)}: {job.title()}")
            part = Path(folder, f"{number}.json")
            command = [sys.executable, "-m", "bench.worker", json.dumps(job.facts()), str(part)]
            environment = builds.environment_of(build)
            subprocess.run(command, cwd=builds.ROOT, env=environment, check=True)  # noqa: S603 - our own module
            parts.append(part)
        merge(parts, file, facts)


def minutes() -> str:
    """How long this command has run."""
    seconds = round(time.monotonic() - BEGUN)
    return f"{seconds // 60}:{seconds % 60:02}"


def measure_all(folder: Path, sections: list[str], *, quick: bool) -> None:
    """Measure both builds, or the pure one alone where the other cannot be made, and the proofs."""
    lacking = builds.lacking()
    facts = {names.PURE: {"compiled_build": f"no {lacking}" if lacking else "measured"}}
    if not lacking:
        builds.make_compiled()
        facts[names.COMPILED] = {"c_compiler": builds.compiler_version()}
    facts[names.PROOFS] = {}
    for build, known in facts.items():
        jobs = [job for job in plan.jobs(build, quick=quick) if not sections or job.section in sections]
        file = folder / f"{build}.json"
        file.unlink(missing_ok=True)
        if jobs:
            measure(build, jobs, file, known)


def make_page(docs: Path, *, drawn: bool) -> None:
    """Make the tables of the page in a folder of documents anew, and draw its plots, if all of them can be."""
    raw = load(docs / "speed")
    if drawn:
        plots.draw_all(raw, docs / "speed")
    text = (docs / "speed.md").read_text(encoding="utf-8")
    (docs / "speed.md").write_text(page.made_anew(text, raw), encoding="utf-8")


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure tmem beside its peers.")
    parser.add_argument("--quick", action="store_true", help="small sizes, into build/bench")
    parser.add_argument("--page", action="store_true", help="measure nothing; plots and tables from the raw JSON")
    parser.add_argument("--only", action="append", default=[], choices=plan.SECTIONS, help="with --quick: a section")
    options = parser.parse_args()
    if options.only and not options.quick:
        parser.error("--only goes with --quick: the page is of one whole run")
    docs = TRIAL if options.quick else DOCS
    if not options.page:
        with tempfile.TemporaryDirectory(prefix="tmem-bench-") as folder:
            measure_all(Path(folder), options.only, quick=options.quick)
            keep(Path(folder), docs)
    make_page(docs, drawn=not options.only)
    say(f"{minutes()}: {(docs / 'speed.md').relative_to(builds.ROOT)}")


def keep(measured: Path, docs: Path) -> None:
    """Put the raw JSON of a run that has ended in the place of what was there."""
    shutil.rmtree(docs / "speed", ignore_errors=True)
    (docs / "speed").mkdir(parents=True)
    for file in measured.glob("*.json"):
        shutil.move(file, docs / "speed" / file.name)
    if docs != DOCS:
        shutil.copy(DOCS / "speed.md", docs)


if __name__ == "__main__":
    main()
