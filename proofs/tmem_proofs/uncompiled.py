"""The source of `tmem`, also where a compiled build lies beside it: a path is replayed on the code that it is about.

Python prefers a library to a source file of the same name. `from_source` has it take the source files instead, in this
process; whoever imports `tmem` for its own sake, without the prover, gets what is installed. As a program it does so
and runs another module: `python -m tmem_proofs.uncompiled MODULE ARGUMENTS`.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path

from tmem_proofs.results import EngineError


class _SourceFinder(MetaPathFinder):
    """Finds the modules of `tmem` as source files, in the folder of the package."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - the protocol's
        package, _, name = fullname.rpartition(".")
        if package != "tmem":
            return None
        found = (Path(folder, f"{name}.py") for folder in path or ())
        return next((spec_from_file_location(fullname, file) for file in found if file.is_file()), None)


def from_source() -> None:
    """Have this process import `tmem` from its source. Raises EngineError if it has imported a compiled one already."""
    tmem = sys.modules.get("tmem")
    if tmem is not None and tmem.compiled:
        raise EngineError(f"a compiled build was imported already, from {tmem.__file__}: the proofs are of its source")
    if not any(isinstance(finder, _SourceFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _SourceFinder())


if __name__ == "__main__":
    del sys.argv[0]
    from_source()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
