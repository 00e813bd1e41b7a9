"""Faults put into copies of the shipped package, and programs that are run with such a copy, or without."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import tmem_proofs
import tmem_spec
from tmem_proofs.faults import FAULTS
from tmem_proofs.refuted import Refuted
from tmem_proofs.source import Fault, source_folder


def fault_named(name: str) -> Refuted:
    """One of the faults."""
    return next(one for one in FAULTS if one.fault.name == name)


def copy_with(fault: Fault, folder: Path) -> Path:
    """A copy of the shipped package with a fault in its text, to be found in `folder`."""
    shutil.copytree(source_folder(), folder / "tmem", ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.pyd"))
    module = folder / "tmem" / f"{fault.module}.py"
    module.write_text(fault.put_into(module.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def pytest_of(tests: Path, implementation: Path) -> subprocess.CompletedProcess[str]:
    """Run tests against an implementation, in a process of its own."""
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tests)]
    return _run(implementation, "-m", "pytest", *options, str(tests))


def prove_a_copy(fault: Fault, folder: Path, *claims: str) -> subprocess.CompletedProcess[str]:
    """Run the command where the shipped package has a fault."""
    program = "import sys; from tmem_proofs.cli import main; sys.exit(main())"
    return _run(copy_with(fault, folder), "-c", program, "prove", *claims, "--no-cache", "--jobs", "1")


def _run(implementation: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the packages of specification and proofs are the installed ones."""
    folders = [implementation, Path(tmem_spec.__file__).parents[1], Path(tmem_proofs.__file__).parents[1]]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
