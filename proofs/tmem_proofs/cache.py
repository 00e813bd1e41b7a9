"""The cache: results of earlier runs, found again by the content of everything that they depend on.

  basis   a digest of the shipped source, of the specification and of the prover, with the versions of Python and Z3
  key     of one entry: the basis, the case, the invariants asked for in their order, the options of the run
  entry   a file named by its key: the case with its results, and a digest of that

So nothing has to be thrown away when something changes: it is not found any more, and goes when it is the oldest. An
entry that cannot be read, or is not what it should be, counts as none and is written anew. An unknown verdict is not
kept, nor one that a replay contradicts. Whoever can write into the folder can forge a verdict: share it only among
those who may change the source.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tmem_proofs.record import RecordError, case_as_json, case_from_json, reach_as_json, reach_from_json
from tmem_proofs.results import Explored, Obligation, Reach, Verdict
from tmem_proofs.source import Algorithm, Fault

MOST_ENTRIES = 2000

# The modules of tmem_proofs that a verdict cannot depend on: they ask for it, or show it. All others count.
SHOWING = frozenset({
    "audit", "cli", "compare", "documents", "doubting", "exhaustive", "explain", "faults", "mutants", "outputs",
    "places", "progress", "proving", "pytest_plugin", "recheck", "report", "shipped", "stability",
})  # fmt: skip

_ENTRY = re.compile(r"[0-9a-f]{64}\.(json|new)")


def default_folder() -> Path:
    """Where this platform has caches of its user: $XDG_CACHE_HOME/tmem or ~/.cache/tmem on Linux.

    Raises OSError if it has no such place, as for a user without a home.
    """
    from platformdirs import user_cache_path  # noqa: PLC0415 - only who asks for it needs it

    folder = user_cache_path("tmem", appauthor=False)
    if not folder.is_absolute():
        raise OSError(f"there is no home folder: {folder}")
    return folder


def z3_version() -> str:
    """The version of the installed Z3, without loading it."""
    try:
        return version("z3-solver")
    except PackageNotFoundError:
        return "none"


def basis() -> str:
    """A digest of all that a verdict depends on, except what is asked."""
    parts = [z3_version(), str(sys.implementation.cache_tag), str(sys.flags.optimize)]
    for package in ("tmem", "tmem_spec", "tmem_proofs"):
        parts += [f"{package}/{name} {_digest(source)}" for name, source in _sources(package)]
    return _digest("\n".join(parts).encode())


def _folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        message = f"the package {package} is not installed"
        raise ModuleNotFoundError(message)
    return Path(found.origin).parent


def _sources(package: str) -> Iterator[tuple[str, bytes]]:
    folder = _folder(package)
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if package != "tmem_proofs" or name.removesuffix(".py").split("/")[0] not in SHOWING:
            yield name, path.read_bytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def options_of(
    fault: Fault | None = None, seed: int = 0, algorithm: Algorithm = Algorithm.SHIPPED
) -> dict[str, object]:
    """The options of a run, as they count for a key: how many processes it uses does not."""
    return {"fault": repr(fault), "seed": seed, "algorithm": algorithm.value}


# The options of a run that asks for nothing special.
SHIPPED = options_of()


class Cache:
    """A folder of entries, for the sources as they are when this is made. Make it before they are loaded.

    Trouble in keeping an entry never fails a run: `trouble` says what it was, and no more is kept.
    """

    def __init__(self, folder: Path, most: int = MOST_ENTRIES) -> None:
        """Make the folder if there is none. Raises OSError if nothing can be written there."""
        self.folder = folder
        self.trouble = ""
        self._most = most
        self._basis = basis()
        if not folder.is_dir():
            folder.mkdir(parents=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with tempfile.NamedTemporaryFile(dir=folder):
            pass

    def key(self, wanted: Sequence[Obligation], options: Mapping[str, object] = SHIPPED) -> str:
        """The key of one case: `wanted` are its obligations; `options` are those of the run (see `options_of`)."""
        asked = [self._basis, [one.name for one in wanted], sorted(options.items())]
        return _digest(json.dumps(asked).encode())

    def find(self, wanted: Sequence[Obligation], options: Mapping[str, object] = SHIPPED) -> Explored | None:
        """What an earlier run found, or None."""
        try:
            explored = case_from_json(self._find(self.key(wanted, options)))
        except (OSError, ValueError, RecursionError):
            return None
        if [one.obligation for one in explored.results] != list(wanted) or not _complete(explored):
            return None
        return replace(explored, cached=True)

    def find_reach(self) -> Reach | None:
        """What an earlier run found of the reach of the proofs, or None."""
        try:
            return reach_from_json(self._find(self._reach_key()))
        except (OSError, ValueError, RecursionError):
            return None

    def _find(self, key: str) -> Any:
        """What is in the entry of a key. Raises OSError or ValueError if there is none that is whole."""
        path = self.folder / f"{key}.json"
        content = _read(path.read_bytes(), key)
        with suppress(OSError):
            os.utime(path)  # the entries that go first are those not asked for the longest
        return content

    def _reach_key(self) -> str:
        which = _digest((_folder("tmem_proofs") / "shipped.py").read_bytes())  # which functions are under proof
        return _digest(json.dumps([self._basis, "reach", which]).encode())

    def keep(self, explored: Explored, options: Mapping[str, object] = SHIPPED) -> None:
        """Keep what was found, unless it is unknown, or some source has changed since it was loaded."""
        if _complete(explored):
            self._keep(self.key([one.obligation for one in explored.results], options), case_as_json(explored))

    def keep_reach(self, reach: Reach) -> None:
        """Keep what was found of the reach of the proofs."""
        self._keep(self._reach_key(), reach_as_json(reach))

    def _keep(self, key: str, found: Mapping[str, object]) -> None:
        if self.trouble:
            return
        if basis() != self._basis:
            self.trouble = "a source file changed during the run"
            return
        content = json.dumps(found)
        try:
            self._write(key, json.dumps({"key": key, "digest": _digest(content.encode()), "content": content}))
        except OSError as error:
            self.trouble = str(error)

    def _write(self, key: str, entry: str) -> None:
        """Put the file in its place in one step: a reader finds all of it, or nothing."""
        new = self.folder / f"{_digest(os.urandom(16))}.new"
        try:
            new.write_text(entry, encoding="utf-8")
            new.replace(self.folder / f"{key}.json")
        finally:
            new.unlink(missing_ok=True)

    def trim(self) -> None:
        """Drop the oldest entries beyond the number to keep."""
        with suppress(OSError):
            entries = [path for path in self.folder.iterdir() if _ENTRY.fullmatch(path.name)]
            entries.sort(key=lambda path: path.stat().st_mtime, reverse=True)
            for path in entries[self._most :]:
                path.unlink(missing_ok=True)


def _read(content: bytes, key: str) -> Any:
    """What is in an entry. Raises ValueError if it is not an entry of this key, whole as it was written."""
    entry = json.loads(content)
    found = entry.get("content") if isinstance(entry, dict) else None
    if not isinstance(found, str) or entry.get("key") != key or entry.get("digest") != _digest(found.encode()):
        raise RecordError("no entry of this key")
    return json.loads(found)


def _complete(explored: Explored) -> bool:
    return not explored.disagreement and all(one.verdict is not Verdict.UNKNOWN for one in explored.results)


def prove(  # noqa: PLR0913 - as the prover's, and the cache
    wanted: Sequence[Obligation],
    cache: Cache | None,
    *,
    jobs: int | None = None,
    fault: Fault | None = None,
    seed: int = 0,
    algorithm: Algorithm = Algorithm.SHIPPED,
    smt: Path | None = None,
) -> Iterator[Explored]:
    """As `prover.prove`, but what the cache holds comes first, and is not proved again; the rest is kept in it."""
    from tmem_proofs import prover  # noqa: PLC0415 - loaded after the cache has taken the digests of its source

    options = options_of(fault, seed, algorithm)
    cases: dict[tuple[str, str], list[Obligation]] = {}
    for one in wanted:
        cases.setdefault((one.operation, one.case), []).append(one)
    for key, asked in list(cases.items()):
        found = None if cache is None else cache.find(asked, options)
        if found is not None:
            del cases[key]
            yield found
    rest = [one for asked in cases.values() for one in asked]
    if not rest:
        return
    for explored in prover.prove(rest, jobs=jobs, fault=fault, seed=seed, algorithm=algorithm, smt=smt):
        if cache is not None:
            cache.keep(explored, options)
        yield explored
    if cache is not None:
        cache.trim()
