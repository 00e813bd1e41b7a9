"""tools/test_compiled.sh: says why no compiled build is tested where there is none, and fails where it is wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("sh", "cat", "env", "find", "mkdir", "rm", "touch")


def run(folder: Path, *, header: bool, compiler: bool, compiled: bool = False) -> subprocess.CompletedProcess[str]:
    """Run it in an empty checkout, with a Python that says of itself what is given, and a pytest that passes."""
    programs, binaries = folder / "programs", folder / "bin"
    for made in (programs, binaries, folder / "include"):
        made.mkdir()
    for name in NEEDED:
        (programs / name).symlink_to(shutil.which(name) or name)
    if header:
        (folder / "include" / "Python.h").touch()
    if compiler:
        (programs / "compile").write_text("#!/bin/sh\n", encoding="utf-8")
        (programs / "compile").chmod(0o755)
    python = f"""#!/bin/sh
case "$*" in
-) exec {sys.executable} -c 'import sysconfig, sys
sysconfig.get_config_var = lambda _: "compile"
sysconfig.get_path = lambda _: "{folder}/include"
exec(sys.stdin.read())' ;;
*pip*) mkdir -p build/compiled ;;
*) exit {0 if compiled else 1} ;;
esac
"""
    for name, text in (("python", python), ("pytest", "#!/bin/sh\necho 1 passed\n")):
        (binaries / name).write_text(text, encoding="utf-8")
        (binaries / name).chmod(0o755)
    command = [str(programs / "sh"), str(ROOT / "tools" / "test_compiled.sh"), str(binaries)]
    settings = {"PATH": str(programs)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=settings, cwd=folder)


@pytest.mark.parametrize(
    ("header", "compiler", "lacking"), [(True, False, "C compiler (compile)"), (False, True, "Python.h")]
)
def test_what_is_lacking_is_said(tmp_path: Path, *, header: bool, compiler: bool, lacking: str) -> None:
    """Without a compiler or Python's header files there is no compiled build to test, and the last line names which."""
    ended = run(tmp_path, header=header, compiler=compiler)
    assert (ended.returncode, ended.stdout) == (0, f"compiled build: not tested, as there is no {lacking}\n")


def test_a_build_that_is_not_compiled_fails(tmp_path: Path) -> None:
    """What is tested again must be another build than before."""
    ended = run(tmp_path, header=True, compiler=True)
    assert ended.returncode == 1
    assert ended.stdout.endswith("compiled build: FAILED: what was built is not what Python imports\n")


def test_a_build_that_is_compiled_is_tested(tmp_path: Path) -> None:
    """The tests run, and the last line says so."""
    ended = run(tmp_path, header=True, compiler=True, compiled=True)
    assert ended.returncode == 0
    assert ended.stdout.endswith("== pytest, compiled build\n1 passed\ncompiled build: tested\n")
