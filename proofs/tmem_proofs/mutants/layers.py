"""The layers, and how a mutant is put before one: a copy of its package, in a process that finds it there.

    python -P -m tmem_proofs.mutants.layers LAYER FUNCTION      what one layer says of the package that is found

A mutant that goes round its loops for ever is given up after a number of rounds: see `rounds`. Any other that takes
more of the processor than the source as it is would ever need is given up, too. Neither is a kill.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import tmem_proofs
import tmem_spec
from tmem_proofs.mutants import rounds, runs, theorems
from tmem_proofs.mutants.mutant import IMPLEMENTATION, SPECIFICATION, Mutant, folder_of
from tmem_proofs.mutants.outcome import Outcome, State

PATIENCE = 10  # on a busy machine, a second of the processor may take so many

Ask = Callable[[str], Outcome]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: how the package at hand is asked about a function of it, and for how many seconds of the processor.

    `proves`: whether it is a theorem, for which an exception is no kill; of any other layer it must first be seen that
    it finds nothing wrong with the source as it is.
    """

    name: str
    package: str
    ask: Ask
    seconds: int
    needs_tests: bool = False
    proves: bool = False


LAYERS: tuple[Layer, ...] = (
    Layer("theorem B", IMPLEMENTATION, theorems.theorem_b, 240, proves=True),
    Layer("CrossHair", IMPLEMENTATION, runs.crosshair, 120),
    Layer("machine", IMPLEMENTATION, runs.machine, 60, needs_tests=True),
    Layer("exhaustive", IMPLEMENTATION, runs.exhaustive, 60),
    Layer("conformance", IMPLEMENTATION, runs.conformance, 60, needs_tests=True),
    Layer("theorem A", SPECIFICATION, theorems.theorem_a, 300, proves=True),
    Layer("vectors", SPECIFICATION, runs.vectors, 120, needs_tests=True),
    Layer("witnesses", SPECIFICATION, runs.witnesses, 120, needs_tests=True),
    Layer("theorem B, low", SPECIFICATION, theorems.theorem_b_on_low_trees, 120, proves=True),
)
NAMES = tuple(one.name for one in LAYERS)


def layers_of(package: str) -> list[Layer]:
    """The layers that mutants of a package are put before."""
    return [one for one in LAYERS if one.package == package]


def layer_named(name: str) -> Layer:
    """The layer of this name. Raises KeyError if there is none."""
    found = [one for one in LAYERS if one.name == name]
    if not found:
        message = f"no layer {name!r}; there are: {', '.join(NAMES)}"
        raise KeyError(message)
    return found[0]


def put_before(layer: Layer, mutant: Mutant) -> Outcome:
    """What a layer says of a mutant."""
    if layer.needs_tests and not runs.NEEDED.exists():
        return Outcome(State.ABSENT, runs.NO_TESTS)
    with tempfile.TemporaryDirectory(prefix="tmem-mutant-") as name:
        _copy(mutant, Path(name) / mutant.package)
        return _asked(layer, mutant.function, Path(name))


def unchanged(layer: Layer, mutant: Mutant) -> Outcome:
    """What a layer says of the source as it is, when it is asked about a mutant's function."""
    return put_before(layer, replace(mutant, fault=replace(mutant.fault, new=mutant.fault.old)))


def _copy(mutant: Mutant, folder: Path) -> None:
    """The mutant's package with its change, and with its rounds counted."""
    shutil.copytree(folder_of(mutant.package), folder, ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    for file in folder.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        changed = mutant.put_into(source) if file.stem == mutant.fault.module else source
        file.write_text(rounds.counted(changed), encoding="utf-8")


def _asked(layer: Layer, function: str, folder: Path) -> Outcome:
    command = [sys.executable, "-P", "-m", "tmem_proofs.mutants.layers", layer.name, function]
    with subprocess.Popen(  # noqa: S603 - it is this module
        command,
        env=_environment(folder),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, errors = process.communicate(timeout=layer.seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            return Outcome(State.TIMED_OUT, "it waits for ever")
        finally:
            _end(process.pid)
    if process.returncode == -signal.SIGXCPU:
        return Outcome(State.TIMED_OUT, f"no answer after {layer.seconds} seconds of the processor")
    if process.returncode == rounds.GIVEN_UP:
        return Outcome(State.TIMED_OUT, runs.TOO_MANY)
    if process.returncode != 0:
        return Outcome(State.FAILED, (errors.strip().splitlines() or ["no reason given"])[-1])
    return Outcome.from_json(out.splitlines()[-1])


def _end(group: int) -> None:
    """End a process with all that it has started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _environment(folder: Path) -> dict[str, str]:
    """That of this process, but for where packages are found: the copy first."""
    packages = [Path(package.__file__).parents[1] for package in (tmem_spec, tmem_proofs) if package.__file__]
    path = [folder, *packages, folder_of(IMPLEMENTATION).parent, runs.TESTS]
    return os.environ | {
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
    }


def main(name: str, function: str) -> None:
    """Say what a layer says, in one line."""
    layer = layer_named(name)
    resource.setrlimit(resource.RLIMIT_CPU, (layer.seconds, layer.seconds + 1))
    outcome = layer.ask(function)
    sys.stdout.write(f"\n{outcome.to_json()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
