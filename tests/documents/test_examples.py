"""Every example on every page is run: Python as it stands, commands as far as the parser that they are for."""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from page_blocks import blocks
from tmem_proofs.cli import _parser, main
from tmem_proofs.results import Exit

READER = """
import __future__, json, sys

names = {"__name__": "example"}
for text in json.loads(sys.argv[1]):
    before = set(names)
    exec(compile(text, text, "exec", flags=__future__.annotations.compiler_flag), names)
    for name in sorted(set(names) - before):
        if name.startswith("test_"):
            names[name]()
"""
PAGES = sorted({*blocks.pages(), *(blocks.ROOT / name / "README.md" for name in ("spec", "impl", "proofs"))})
FENCE = re.compile(r"(?ms)^( *)```(\w+)\n(.*?)^ *```$")
NO_EXAMPLE = re.compile(r"(?ms)^ *<!-- not run: \w[^\n]* -->\n( *)```\w+\n.*?^\1```$")  # and why: it stands beside it
COMMAND = re.compile(r"(?m)^ {4,}(tmem(?: .*)?)$")
IN_PROSE = re.compile(r"(?<!`)`(tmem (?:prove|explain|audit|conform|crosshair|exhaustive|mutants)(?: [^`]*)?)`(?!`)")


def fences(page: Path, language: str) -> list[str]:
    """The examples in a language on a page, in their order; not what is said to be none."""
    found = FENCE.findall(NO_EXAMPLE.sub("", page.read_text(encoding="utf-8")))
    return [textwrap.dedent(text) for _, named, text in found if named == language]


def commands(page: Path) -> Iterator[str]:
    """Every `tmem` command that a page shows, set off or in a sentence; not what is printed, in fences.

    In a sentence, one word is the name of a command, and no example of it.
    """
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for found in (*COMMAND.findall(text), *IN_PROSE.findall(text)):
        if len(found.split()) > 2 or found in COMMAND.findall(text):
            yield " ".join(found.split())


def parsed(arguments: list[str]) -> argparse.Namespace | None:
    """What the parser makes of the arguments of a command; None if that is no use of it."""
    try:
        return _parser().parse_args(arguments)
    except SystemExit as ended:
        return argparse.Namespace(command="help") if ended.code == 0 else None


def by_page(examples: list[Path]) -> pytest.MarkDecorator:
    """A test for each of these pages."""
    return pytest.mark.parametrize("page", examples, ids=lambda page: str(page.relative_to(blocks.ROOT)))


@by_page([page for page in PAGES if fences(page, "python")])
def test_python_on_a_page_runs(page: Path) -> None:
    """One after another, as a reader would; what is a test is called, too. In a process of its own."""
    given = json.dumps(fences(page, "python"))
    command = [sys.executable, "-W", "error", "-c", READER, given]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert ended.returncode == 0, ended.stderr


@by_page([page for page in PAGES if any(commands(page))])
def test_commands_on_a_page_are_commands(page: Path) -> None:
    """The parser takes each of them, and each claim that one names selects something."""
    for command in commands(page):
        arguments = shlex.split(command.replace("TRACE...", "TRACE"))[1:]
        options = parsed(arguments) or parsed([*arguments, "FILE"])
        assert options, command
        if options.command == "prove" and options.claims:
            listing = ["prove", "--list", *(["--published"] if options.published else []), *options.claims]
            assert main(listing) == Exit.PROVED, command


def test_what_is_no_example_says_why(tmp_path: Path) -> None:
    """A fence is left out only by a comment right above it that gives a reason."""
    page = tmp_path / "page.md"
    fence = "```python\n1 / 0\n```\n"
    page.write_text(f"<!-- not run: it fails, as it should -->\n{fence}\n<!-- not run: -->\n{fence}", encoding="utf-8")
    assert fences(page, "python") == ["1 / 0\n"]


def test_examples_are_found() -> None:
    """What these tests look for is there: else they would pass by looking at nothing."""
    assert sum(len(fences(page, "python")) for page in PAGES) >= 8
    assert sum(len(list(commands(page))) for page in PAGES) >= 20


def test_identifiers_that_pages_explain_exist(capsys: pytest.CaptureFixture[str]) -> None:
    """Each `tmem explain ID` on a page explains something."""
    asked = {command for page in PAGES for command in commands(page) if re.fullmatch(r"tmem explain \w+-\d+", command)}
    assert asked
    for command in asked:
        assert main(shlex.split(command)[1:]) == Exit.PROVED
        assert capsys.readouterr().out.startswith(command.rpartition(" ")[2])


def test_options_in_a_workflow_are_options() -> None:
    """Every option of `tmem prove` that an example of continuous integration sets is one."""
    (workflow,) = fences(blocks.ROOT / "docs" / "ci.md", "yaml")
    script = workflow[workflow.index("options=()") : workflow.index("- name: what pull requests")]
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", script))
    assert {"--json", "--cache", "--compare"} <= options
    for option in options:
        assert parsed(["prove", option, "FILE"]) or parsed(["prove", option]), option


def test_options_of_the_plugin_are_options(pytestconfig: pytest.Config) -> None:
    """Every option of pytest that a page shows and that is ours is known to the plugin."""
    shown = {option for page in PAGES for option in re.findall(r"--tmem-[a-z]+", page.read_text(encoding="utf-8"))}
    assert {"--tmem-prove", "--tmem-cache"} <= shown
    for option in shown:
        pytestconfig.getoption(option)
