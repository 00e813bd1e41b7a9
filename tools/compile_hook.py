"""Builds the store as a library too, from its own source: `TMEM_COMPILE=1 pip install .`. Off by default.

mypyc makes the libraries in a temporary folder, of a copy, so nothing of a build stays in the checkout and nothing left
there by another gets into a wheel. Each lies beside its `.py` in the wheel: Python imports the library, the proofs load
the source. What programs make classes of their own from (`tmem.host`), or meet only once (`tmem.errors`), stays as it
is. So does an editable install, whose source is there to be changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "TMEM_COMPILE"
MODULES = ("_operations", "_pool", "_ranges", "_runs", "_teardown", "_tree", "_words", "store")
NEEDED = ["mypy[mypyc]==2.4.1", "setuptools>=80,<84"]  # mypyc is exact, as mypy is where types are checked


class CompileHook(BuildHookInterface[Any]):  # type: ignore[misc,unused-ignore] # hatchling is there for builds alone
    """Hatchling's hook: adds the libraries to a wheel if the environment asks for them."""

    PLUGIN_NAME = "custom"
    folder: Path | None = None

    def dependencies(self) -> list[str]:
        """What a build needs beside hatchling: nothing, unless it compiles."""
        return NEEDED if wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the libraries put into the wheel, whose name then says which Python it is for."""
        if not wanted() or version == "editable":
            return
        self.folder = Path(tempfile.mkdtemp(prefix="tmem-compile-"))
        for library in compile_a_copy(Path(self.root) / "impl" / "tmem", self.folder):
            build_data["force_include"][str(library)] = str(library.relative_to(self.folder))
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - hatchling's
        """Drop the temporary folder."""
        if self.folder is not None:
            shutil.rmtree(self.folder)


def wanted() -> bool:
    """Whether the environment asks for libraries. Raises ValueError for a value that is neither yes nor no."""
    value = os.environ.get(VARIABLE, "")
    if value not in {"", "0", "1"}:
        message = f"{VARIABLE} is {value!r}: it must be 1, to compile, or 0, not to"
        raise ValueError(message)
    return value == "1"


def compile_a_copy(package: Path, folder: Path) -> list[Path]:
    """Copy the package into a folder and compile it there: the libraries made. Raises RuntimeError if that fails."""
    from mypyc.build import mypycify  # noqa: PLC0415 - there only where `dependencies` has asked for it
    from setuptools import setup  # noqa: PLC0415 - as above

    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    with contextlib.chdir(folder):
        try:
            sources = [f"{package.name}/{module}.py" for module in MODULES]
            extensions = mypycify(["--strict", *sources], group_name="tmem", opt_level="3", debug_level="0")
            setup(name="tmem", packages=[], ext_modules=extensions, script_args=["--quiet", "build_ext", "--inplace"])
        except SystemExit as error:
            message = f"{VARIABLE}=1, and compiling failed: {error}. It needs a C compiler and Python's header files"
            raise RuntimeError(message) from error
    return [path for path in sorted(folder.rglob("*")) if path.suffix in {".so", ".pyd"} and "build" not in path.parts]
