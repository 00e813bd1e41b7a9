"""tools/chromium.sh: is content with a Chromium that is there, and clear where there is none."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDED = ("sh", "cat", "dirname", "id", "mktemp", "rm")


def run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it where `folder` holds all the commands that there are."""
    for name in NEEDED:
        (folder / name).symlink_to(shutil.which(name) or name)
    settings = {"PATH": str(folder), "TMPDIR": str(folder), **environment}
    command = [str(folder / "sh"), str(ROOT / "tools" / "chromium.sh")]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=settings)


def test_without_chromium_and_packages_it_says_what_to_do(tmp_path: Path) -> None:
    """Neither Chromium nor apt-get: it fails, and names both ways out."""
    ended = run(tmp_path)
    assert ended.returncode == 1
    assert "apt install chromium-headless-shell" in ended.stderr
    assert "TMEM_CHROMIUM=" in ended.stderr


def test_a_chromium_that_is_there_will_do(tmp_path: Path) -> None:
    """By either name, or as named: nothing is installed, and nothing said."""
    found = tmp_path / "chromium"
    found.write_text("#!/bin/sh\n", encoding="utf-8")
    found.chmod(0o755)
    ended = run(tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_chromium_may_be_named(tmp_path: Path) -> None:
    """TMEM_CHROMIUM stands for one that is not on the path."""
    assert run(tmp_path, TMEM_CHROMIUM="/somewhere/chromium").returncode == 0
