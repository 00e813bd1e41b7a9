"""What proving costs by the height of the tree: seconds of a core, and the solver's own count of its work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from . import names
from .progress import say
from .recording import Recorder


def measure(recorder: Recorder, operations: tuple[str, ...]) -> None:
    """Prove these operations on trees of every height, without what is known from earlier runs."""
    say(f"   proving {', '.join(operations)}")
    for case in cases(operations):
        height = re.fullmatch(r"height (\d)", case["case"])
        if case["operation"] in operations and height:
            which = (case["operation"], int(height[1]))
            recorder.add(names.proof(names.SECONDS, *which), case["seconds"])
            recorder.add(names.proof(names.RESOURCES, *which), case["resources"], "integer")


def cases(operations: tuple[str, ...]) -> list[dict[str, Any]]:
    """What `tmem prove` says of each case. Raises CalledProcessError if anything is not proved."""
    command = Path(sys.executable).with_name("tmem")
    with tempfile.TemporaryDirectory(prefix="tmem-bench-") as folder:
        result = Path(folder, "result.json")
        line = [str(command), "prove", *operations, "--no-cache", "--json", str(result)]
        subprocess.run(line, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        found: list[dict[str, Any]] = json.loads(result.read_text(encoding="utf-8"))["cases"]
    return found
