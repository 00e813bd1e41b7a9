"""The code under proof: the very source files of the shipped package, loaded afresh, apart from any compiled build.

`load` reads them from beside the installed package and makes modules of them under a name of their own. A fault can
be put in on the way, to see that the proofs refute it. `load_published` puts the published algorithm in the place of
the shipped operations, for the same purpose.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType

_numbers = itertools.count()


class Algorithm(Enum):
    """Whose operations are proved."""

    SHIPPED = "shipped"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class Fault:
    """One change to the source of one module: `old`, which occurs in it once, becomes `new`."""

    name: str
    module: str
    old: str
    new: str

    def put_into(self, source: str) -> str:
        """The source with the fault. Raises ValueError unless there is one place for it."""
        if source.count(self.old) != 1:
            message = f"fault {self.name!r}: {source.count(self.old)} places in {self.module} read {self.old!r}, not 1"
            raise ValueError(message)
        return source.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class Code:
    """The modules under proof, and the source that each was made from."""

    tree: ModuleType
    pool: ModuleType
    operations: ModuleType
    errors: ModuleType
    words: ModuleType
    teardown: ModuleType
    runs: ModuleType
    ranges: ModuleType
    host: ModuleType
    store: ModuleType
    sources: Mapping[str, str]
    algorithm: Algorithm = Algorithm.SHIPPED


def source_folder() -> Path:
    """Where the source files of the shipped package are."""
    found = importlib.util.find_spec("tmem")
    if found is None or found.origin is None:
        message = "the package tmem is not installed"
        raise ModuleNotFoundError(message)
    return Path(found.origin).parent


def read_sources(fault: Fault | None = None) -> dict[str, str]:
    """The source of every module of the package, by the module's name, with a fault put in if one is given."""
    folder = source_folder()
    return _with_fault({path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}, fault)


def load(fault: Fault | None = None) -> Code:
    """The package's modules, made from source."""
    return load_sources(read_sources(fault))


def load_published(fault: Fault | None = None) -> Code:
    """The published algorithm (`tmem_proofs.published`) on the package's own objs, objnodes, buckets and pools."""
    published = Path(__file__).with_name("published.py").read_text(encoding="utf-8")
    return load_sources(_with_fault({**read_sources(), "published": published}, fault), Algorithm.PUBLISHED)


def _with_fault(sources: dict[str, str], fault: Fault | None) -> dict[str, str]:
    if fault is not None:
        sources[fault.module] = fault.put_into(sources[fault.module])
    return sources


def load_sources(sources: Mapping[str, str], algorithm: Algorithm = Algorithm.SHIPPED) -> Code:
    """Make modules of the package's sources, each by its module's name; whose put, get and flush_page, is said too."""
    package = f"tmem_under_proof_{next(_numbers)}"
    operations = "_operations" if algorithm is Algorithm.SHIPPED else "published"
    with importable(package, sources, source_folder()):
        lower = ("_tree", "_pool", operations, "errors", "_words")
        names = (*lower, "_teardown", "_runs", "_ranges", "host", "store")
        modules = [importlib.import_module(f"{package}.{name}") for name in names]
    tree, pool, functions, errors, words, teardown, runs, ranges, host, store = modules
    return Code(tree, pool, functions, errors, words, teardown, runs, ranges, host, store, sources, algorithm)


@contextmanager
def importable(package: str, sources: Mapping[str, str], folder: Path) -> Iterator[None]:
    """Have `package` importable from its sources, which are those of `folder`, for as long as it takes to load it."""
    finder = _Finder(package, sources, folder)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]


class _Finder(MetaPathFinder, InspectLoader):
    """Finds and loads the modules of one package from a table of sources."""

    def __init__(self, package: str, sources: Mapping[str, str], folder: Path) -> None:
        self._package = package
        self._sources = sources
        self._folder = folder

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002 - the protocol's
        if fullname != self._package and not fullname.startswith(f"{self._package}."):
            return None
        return ModuleSpec(fullname, self, is_package=fullname == self._package)

    def get_source(self, fullname: str) -> str:
        # The package's own module is left empty: what it gathers for users is not needed to prove the parts.
        return "" if fullname == self._package else self._sources[fullname.rpartition(".")[2]]

    def get_code(self, fullname: str) -> CodeType:
        name = fullname.rpartition(".")[2]
        return compile(self.get_source(fullname), str(self._folder / f"{name}.py"), "exec")
