"""The wheels: what each of the two builds holds, what runs from it, and that building leaves nothing behind."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("spec/tmem_spec", "impl/tmem", "proofs/tmem_proofs")
COMPILED = {"_operations", "_pool", "_ranges", "_runs", "_teardown", "_tree", "_words", "store"}
SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
COMPILER = str(sysconfig.get_config_var("CC") or "cc").split()[0]
needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"there is no C compiler ({COMPILER})")


def build(folder: Path, **environment: str) -> Path:
    """Build a wheel of a copy of what git has, in a folder: the wheel."""
    checkout = folder / "checkout"
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        checkout.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    for name in ("spec", "impl", "proofs", "tools"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    before = contents(checkout)
    (folder / "temporary").mkdir()
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(checkout)]
    settings = {**os.environ, "TMEM_COMPILE": "", "TMPDIR": str(folder / "temporary"), **environment}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert contents(checkout) == before
    assert contents(folder / "temporary") == set()
    (wheel,) = folder.glob("*.whl")
    return wheel


def contents(folder: Path) -> set[str]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def pure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a build that nobody has asked to compile."""
    return build(tmp_path_factory.mktemp("pure"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a build with TMEM_COMPILE=1."""
    return build(tmp_path_factory.mktemp("compiled"), TMEM_COMPILE="1")


def sources() -> set[str]:
    """What the three packages have in the checkout, as a wheel names it."""
    return {
        f"{Path(package).name}/{name}"
        for package in PACKAGES
        for name in contents(ROOT / package)
        if "__pycache__" not in name
    }


def held(wheel: Path) -> set[str]:
    """The files in a wheel, but for those that describe it."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}


def described(wheel: Path, name: str) -> str:
    """A file that describes the wheel."""
    (path,) = (one for one in zipfile.ZipFile(wheel).namelist() if one.endswith(f".dist-info/{name}"))
    return zipfile.ZipFile(wheel).read(path).decode()


def run_from(wheel: Path, folder: Path, program: str) -> str:
    """What a program prints where Python finds the wheel's packages before all others."""
    zipfile.ZipFile(wheel).extractall(folder)
    settings = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-P", "-c", program]
    return subprocess.run(command, env=settings, capture_output=True, text=True, check=True, cwd=folder).stdout.strip()


def test_the_pure_wheel_has_every_source_and_nothing_else(pure: Path) -> None:
    """Every file of the three packages, none besides, and it is for any Python and any machine."""
    assert held(pure) == sources()
    assert "impl" not in {Path(name).parts[0] for name in held(pure)}
    assert pure.name.endswith("-py3-none-any.whl")
    assert "Root-Is-Purelib: true" in described(pure, "WHEEL")


@needs_compiler
def test_the_compiled_wheel_has_the_libraries_beside_the_sources(compiled: Path) -> None:
    """Every file of the pure one, a library for each hot module, and the one that they share; for this Python alone."""
    libraries = {f"tmem/{module}{SUFFIX}" for module in COMPILED} | {f"tmem__mypyc{SUFFIX}"}
    assert held(compiled) == sources() | libraries
    assert f"-cp{sys.version_info.major}{sys.version_info.minor}-" in compiled.name
    assert "none-any" not in compiled.name
    assert "Root-Is-Purelib: false" in described(compiled, "WHEEL")


@pytest.mark.parametrize("which", ["pure", pytest.param("compiled", marks=needs_compiler)])
def test_a_wheel_records_what_it_holds(which: str, request: pytest.FixtureRequest) -> None:
    """RECORD names every file with its own hash and size."""
    wheel: Path = request.getfixturevalue(which)
    archive = zipfile.ZipFile(wheel)
    recorded = {name: (digest, size) for name, digest, size in csv.reader(io.StringIO(described(wheel, "RECORD")))}
    assert set(recorded) == set(archive.namelist())
    for name, (digest, size) in recorded.items():
        if not name.endswith("RECORD"):
            data = archive.read(name)
            encoded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={encoded}", str(len(data)))


@pytest.mark.parametrize(
    ("which", "answer"), [("pure", "False"), pytest.param("compiled", "True", marks=needs_compiler)]
)
def test_a_wheel_says_which_build_it_is(
    which: str, answer: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """`tmem.compiled`, of the package that Python finds in the unpacked wheel."""
    program = "import tmem; print(tmem.compiled, tmem.__file__)"
    wheel: Path = request.getfixturevalue(which)
    assert run_from(wheel, tmp_path, program) == f"{answer} {tmp_path / 'tmem' / '__init__.py'}"


@needs_compiler
def test_a_compiled_store_stores(compiled: Path, tmp_path: Path) -> None:
    """A page that is put comes back, and a wrong argument is refused by name."""
    program = """
from tmem import PERSISTENT, HandleError, Tmem
store = Tmem()
pool = store.new_pool(PERSISTENT)
print(store.put(pool, 7, 5, b"page"), store.get(pool, 7, 5), store.get(pool, 7, 6))
try:
    store.put(pool, 7, 1 << 32, b"page")
except HandleError as error:
    print(error)
"""
    answer = run_from(compiled, tmp_path, program).splitlines()
    assert answer[0] == "True b'page' None"
    assert answer[1].startswith("index 4294967296 names no page")


@needs_compiler
def test_the_proofs_load_the_source_beside_the_libraries(compiled: Path, tmp_path: Path) -> None:
    """What is proved is read from the `.py` files, although Python would import the libraries."""
    program = """
from types import FunctionType
import tmem.store
from tmem_proofs.source import load, source_folder
print(source_folder(), isinstance(tmem.store.Tmem.put, FunctionType), isinstance(load().store.Tmem.put, FunctionType))
"""
    assert run_from(compiled, tmp_path, program) == f"{tmp_path / 'tmem'} False True"


@needs_compiler
def test_the_command_proves_and_replays_the_source(compiled: Path, tmp_path: Path) -> None:
    """`tmem prove`, where Python would import the libraries: paths are replayed on objects made from the source."""
    program = """
import sys
from tmem_proofs.cli import main
status = main(["prove", "lookup", "--no-cache", "--jobs", "1"])
print(status, sys.modules["tmem"].compiled, sys.modules["tmem.store"].__file__)
"""
    assert run_from(compiled, tmp_path, program).splitlines()[-1] == f"0 False {tmp_path / 'tmem' / 'store.py'}"


@needs_compiler
def test_the_proofs_are_not_of_libraries_that_are_there_already(compiled: Path, tmp_path: Path) -> None:
    """Whoever has imported them, and then proves, is told that this will not do."""
    program = """
import contextlib, io, tmem
from tmem_proofs.cli import main
with contextlib.redirect_stderr(io.StringIO()) as said:
    status = main(["prove", "get"])
print(status, said.getvalue())
"""
    assert "3 tmem: no verdict counts: a compiled build was imported already" in run_from(compiled, tmp_path, program)


@needs_compiler
def test_a_failing_compiler_is_named(tmp_path: Path) -> None:
    """A build that was asked to compile and cannot ends so, and makes no wheel that is pure after all."""
    with pytest.raises(AssertionError, match="TMEM_COMPILE=1, and compiling failed"):
        build(tmp_path, TMEM_COMPILE="1", CC="false")
    assert list(tmp_path.glob("*.whl")) == []


def test_the_variable_must_be_yes_or_no(tmp_path: Path) -> None:
    """A value that is neither is refused, with the two that are understood."""
    with pytest.raises(AssertionError, match="TMEM_COMPILE is 'yes': it must be 1, to compile, or 0, not to"):
        build(tmp_path, TMEM_COMPILE="yes")
