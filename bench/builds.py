"""The two builds that are measured, and how a process is made to import one of them.

The pure build is the source of this checkout. The compiled one is made of it by pip, as a user would make it, into the
folder from which its tests run too (tools/test_compiled.sh), unless what is there is newer than all it is made of.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

from . import names
from .progress import say

ROOT: Final = Path(__file__).parents[1]
BUILT: Final = ROOT / "build" / "compiled"
MADE: Final = BUILT / ".made"
NEEDED: Final = ("impl", "proofs", "spec", "tools/compile_hook.py", "pyproject.toml")
UNWANTED: Final = ("tmem_spec", "tmem_proofs", "bin", "*.dist-info")  # the tests and the proofs have their own
PIP: Final = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target")


def lacking() -> str:
    """What this machine lacks for compiling, or nothing."""
    if shutil.which(compiler()) is None:
        return f"C compiler ({compiler()})"
    return "" if Path(sysconfig.get_path("include"), "Python.h").exists() else "Python.h"


def compiler() -> str:
    """The name of the compiler that Python would be extended with."""
    return str(sysconfig.get_config_var("CC") or "cc").split()[0]


def compiler_version() -> str:
    """What the compiler says that it is."""
    done = subprocess.run([compiler(), "--version"], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return done.stdout.splitlines()[0]


def make_compiled() -> None:
    """Make the compiled build, unless it is there. Raises CalledProcessError if that fails, after pip's own words."""
    if not is_current():
        say("== compiling")
        shutil.rmtree(BUILT, ignore_errors=True)
        environment = os.environ | {"TMEM_COMPILE": "1"}
        subprocess.run([sys.executable, *PIP, BUILT, "."], cwd=ROOT, env=environment, check=True)  # noqa: S603 - ours
        for pattern in UNWANTED:
            for folder in BUILT.glob(pattern):
                shutil.rmtree(folder)
        MADE.touch()


def is_current() -> bool:
    """Whether the compiled build is newer than all that it is made of."""
    if not MADE.exists():
        return False
    places = [ROOT / name for name in NEEDED]
    files = [place for place in places if place.is_file()]
    files += [file for place in places for file in place.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    return max(file.stat().st_mtime for file in files) <= MADE.stat().st_mtime


def environment_of(build: str) -> dict[str, str]:
    """The environment in which a process imports that build."""
    paths = [str(BUILT)] if build == names.COMPILED else []
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
