"""The repository itself: what it promises about its size, its documents, its pins and its independence."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("spec", "impl", "proofs", "tests")
MAX_LINES = 400


def project() -> dict[str, Any]:
    """The table [project] of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def run(*command: str) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[:2]} failed:\n{done.stdout}{done.stderr}"
    return done.stdout


def documents() -> list[Path]:
    """The documents that people write."""
    names = ["README.md", "CONTRIBUTING.md", *(f"{folder}/README.md" for folder in FOLDERS[:3])]
    return [ROOT / name for name in names] + sorted((ROOT / "docs").rglob("*.md"))


def paths_named(text: str) -> set[str]:
    """The files and folders of this repository that a document names, in backticks or as a link.

    Whatever has a known suffix counts, and whatever begins with a folder of this repository.
    """
    quoted = re.findall(r"(?<!`)`([\w.-]+(?:/[\w.-]+)*/?)`(?!`)", text)
    linked = re.findall(r"\]\((?![a-z]+:)([^)#\s]+)", text)
    ours = {entry.name for entry in ROOT.iterdir() if entry.is_dir()}
    return set(linked) | {
        name
        for name in quoted
        if name.endswith((".py", ".md", ".sh", ".toml")) or ("/" in name and name.partition("/")[0] in ours)
    }


def exists(name: str, document: Path) -> bool:
    """Whether a name for a file means one: seen from the top, from the document, or by its last part."""
    return (
        name.startswith((".venv", "build/"))  # which are made
        or (ROOT / name).exists()
        or (document.parent / name).exists()
        or ("/" not in name and any(any((ROOT / folder).rglob(name)) for folder in FOLDERS))
    )


def test_no_module_is_too_long() -> None:
    """No Python file of spec, impl, proofs or tests has more than 400 lines."""
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines())
        for folder in FOLDERS
        for file in (ROOT / folder).rglob("*.py")
    }
    assert {name: lines for name, lines in sizes.items() if lines > MAX_LINES} == {}


@pytest.mark.parametrize("folder", FOLDERS[:3])
def test_every_root_has_a_readme_with_entry_points(folder: str) -> None:
    """The README of spec, impl and proofs names at least one Python file to begin with."""
    text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
    assert any(name.endswith(".py") for name in paths_named(text))


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_files_that_exist(document: Path) -> None:
    """Every path of this repository that a document names exists."""
    named = paths_named(document.read_text(encoding="utf-8"))
    assert sorted(name for name in named if not exists(name, document)) == []


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_targets_that_exist(document: Path) -> None:
    """Every `make` command that a document shows is a target of the Makefile."""
    targets = re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))
    shown = re.findall(r"(?m)(?:`|^ +|^\$ )make ([a-z-]+)", document.read_text(encoding="utf-8"))
    assert set(shown) <= set(targets)


@pytest.mark.parametrize("name", ["z3-solver", "crosshair-tool"])
def test_provers_are_pinned_exactly(name: str) -> None:
    """A verdict belongs to one version of its solver: z3-solver and crosshair-tool are pinned with `==`."""
    pins = [pin for pin in project()["optional-dependencies"]["prove"] if pin.startswith(name)]
    assert len(pins) == 1
    assert re.fullmatch(rf"{name}==[\d.]+", pins[0])


def test_versions_promised_are_those_from_the_oldest_supported_on() -> None:
    """The classifiers promise each Python from the one that `requires-python` names to 3.13, with no gap.

    tools/test_all.sh reads the same lines, and says which of them the machine at hand lacks.
    """
    promised = re.findall(r"Python :: 3\.(\d+)", "\n".join(project()["classifiers"]))
    assert project()["requires-python"] == f">=3.{promised[0]}"
    assert promised == ["11", "12", "13"]


def test_tmem_needs_nothing_to_run() -> None:
    """The distribution has no dependency of its own; whatever else it needs is an extra."""
    assert project()["dependencies"] == []


@pytest.mark.parametrize(("folder", "package"), [("impl", "tmem"), ("spec", "tmem_spec")])
def test_packages_import_with_the_standard_library_alone(folder: str, package: str) -> None:
    """Every module of tmem and of tmem_spec imports without a warning and loads nothing but itself.

    Python runs isolated (-I) and without site-packages (-S), so an installed package would not even be found.
    """
    program = f"""
import importlib, pkgutil, sys
sys.path.insert(0, {str(ROOT / folder)!r})
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, {package + "."!r}):
    importlib.import_module(module.name)
print(*sorted({{name.partition(".")[0] for name in sys.modules}} - sys.stdlib_module_names - {{"__main__"}}))
"""
    assert run(sys.executable, "-I", "-S", "-W", "error", "-c", program).split() == [package]


def test_tests_are_foldered_by_purpose() -> None:
    """No test lies loose in tests/: each is in the folder that says why it exists."""
    assert sorted((ROOT / "tests").glob("test_*.py")) == []


def test_no_file_names_somebodys_machine() -> None:
    """No file under version control holds a path of somebody's home or of this checkout."""
    home = re.compile(rf"(?<![\w.])(?:/(?:home|root|Users)/\w|{re.escape(str(ROOT))}(?!\w))")
    files = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    found = [
        f"{name}: {match[0]}"
        for name in files
        if (ROOT / name).is_file()
        for match in home.finditer((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
