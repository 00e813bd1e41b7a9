"""What is shown as it is: help texts, the story of a refutation of the published algorithm, a function's source."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import os
from collections.abc import Iterator, Sequence
from unittest import mock

from tmem_proofs.cli import main

WIDTH = "92"


def printed(arguments: Sequence[str]) -> str:
    """What the command prints, in a terminal of one width, and not in anybody's continuous integration."""
    out = io.StringIO()
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
        mock.patch.dict(os.environ, {**outside, "COLUMNS": WIDTH}, clear=True),
    ):
        main(arguments)
    return out.getvalue()


def help_of(*command: str) -> Iterator[str]:
    """The help text of a command of `tmem`, or of `tmem` itself."""
    yield "```text"
    yield printed([*command, "--help"]).rstrip("\n")
    yield "```"


def story_of(obligation: str) -> Iterator[str]:
    """The story of a refutation of the published algorithm, as `tmem prove --published` tells it."""
    told = printed(["prove", "--published", "--no-cache", obligation])
    lines = iter(told.splitlines())
    yield "```text"
    for line in lines:
        if line.startswith("REFUTED"):
            yield line
            break
    for line in lines:
        if not line:
            break
        yield line
    yield "```"


def source_of(name: str) -> Iterator[str]:
    """A function as its file has it, by module and name."""
    module, _, function = name.rpartition(".")
    yield "```python"
    yield inspect.getsource(getattr(importlib.import_module(module), function)).rstrip("\n")
    yield "```"
