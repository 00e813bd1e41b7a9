"""The pytest plugin: each obligation is a test, when that is asked for, and then alone."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest

from tmem_proofs import prover

pytest_plugins = ["pytester"]

PLUGIN = ("-p", "tmem_proofs.pytest_plugin")
CASE = "delete and 0/"  # delete/height 0/*: -k takes no spaces

# Puts another prover in the place of the real one: SHR-1 is refuted, and each exploration leaves a line in a file.
REFUTES = """
from pathlib import Path
from tmem_proofs import prover
from tmem_proofs.results import Explored, Obligation, Result, Verdict

def prove_scenario(operation, case, invariants):
    with Path("explored").open("a") as file:
        print(operation, case, *invariants, file=file)
    verdicts = {one: Verdict.REFUTED if one == "SHR-1" else Verdict.PROVED for one in invariants}
    told = {"story": "found: a root", "test": "def test_it(): ..."}
    results = (Result(Obligation(operation, case, one), verdicts[one], 1, **told) for one in invariants)
    return Explored(tuple(results), 1, 1, 1, 0.1)

prover.prove_scenario = prove_scenario
"""


def test_obligations_are_tests(pytester: pytest.Pytester) -> None:
    """`--tmem-prove` adds a passing test for each obligation, beside the others; -k selects by their names."""
    pytester.makepyfile("def test_of_delete_0(): assert '0/'")
    wanted = [one for one in prover.obligations() if one.name.startswith("delete/height 0/")]
    ended = pytester.runpytest(*PLUGIN, "--tmem-prove", "-v", "-k", CASE)
    ended.assert_outcomes(passed=len(wanted), deselected=len(prover.obligations()) - len(wanted) + 1)
    ended.stdout.fnmatch_lines([f"tmem prove::delete/height 0::{wanted[0].invariant} PASSED*"])


def test_without_the_option_nothing_is_added(pytester: pytest.Pytester) -> None:
    """An ordinary run has its own tests alone, and loads neither Z3 nor the prover."""
    pytester.makepyfile(
        """
        import sys
        def test_it():
            assert "z3" not in sys.modules
            assert not any(name.startswith("tmem_proofs.") for name in sys.modules if "plugin" not in name)
        """
    )
    ended = pytester.runpytest_subprocess(*PLUGIN)
    ended.assert_outcomes(passed=1)


def test_a_failure_shows_the_story(pytester: pytest.Pytester) -> None:
    """A refuted obligation fails with what it says, its story and its test, and no traceback of the prover."""
    pytester.makeconftest(REFUTES)
    ended = pytester.runpytest_subprocess(*PLUGIN, "--tmem-prove", "-k", f"{CASE} and SHR")
    ended.assert_outcomes(failed=1, passed=1, deselected=len(prover.obligations()) - 2)
    told = ["REFUTED delete/height 0/SHR-1: The height of a tree is *", "found: a root", "", "def test_it(): ..."]
    ended.stdout.fnmatch_lines(told, consecutive=True)
    ended.stdout.no_fnmatch_line("*Error*")


def test_a_replay_that_differs_fails_what_is_proved(pytester: pytest.Pytester) -> None:
    """Where the shipped objects do not do what a path of the case says, none of its obligations passes."""
    pytester.makeconftest(REFUTES.replace("0.1)", '0.1, disagreement="ReplayError: it differs")'))
    ended = pytester.runpytest_subprocess(*PLUGIN, "--tmem-prove", "-k", f"{CASE} and SHR")
    ended.assert_outcomes(failed=2, deselected=len(prover.obligations()) - 2)
    ended.stdout.fnmatch_lines(["the shipped objects do not do what a path says: ReplayError: it differs"])


def test_a_case_is_explored_once_and_for_what_is_selected(pytester: pytest.Pytester) -> None:
    """All selected obligations of a case share one exploration; what is deselected is not proved."""
    pytester.makeconftest(REFUTES)
    pytester.runpytest_subprocess(*PLUGIN, "--tmem-prove", "-k", "delete and CNT and (0/ or 1/)")
    explored = (pytester.path / "explored").read_text().splitlines()
    assert explored == ["delete height 1 CNT-1 CNT-2 CNT-4 CNT-5", "delete height 0 CNT-1 CNT-2 CNT-4"]


def test_a_cache_is_shared_with_the_command(pytester: pytest.Pytester, tmp_path: Path) -> None:
    """With `--tmem-cache` a second run explores nothing, and refutations come from the cache as they were."""
    pytester.makeconftest(REFUTES)
    asked = (*PLUGIN, "--tmem-prove", "--tmem-cache", str(tmp_path / "kept"), "-k", f"{CASE} and SHR")
    for _ in range(2):
        ended = pytester.runpytest_subprocess(*asked)
        ended.assert_outcomes(failed=1, passed=1, deselected=len(prover.obligations()) - 2)
    assert len((pytester.path / "explored").read_text().splitlines()) == 1


@pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_processes_share_the_cases(pytester: pytest.Pytester) -> None:
    """With pytest-xdist and `--dist loadscope` each case is still explored once, by one of the processes."""
    pytester.makeconftest(REFUTES)
    selected = ("-k", "delete and CNT and (0/ or 1/)")
    ended = pytester.runpytest_subprocess(*PLUGIN, "--tmem-prove", "-n", "2", "--dist", "loadscope", *selected)
    ended.assert_outcomes(passed=7)
    assert len((pytester.path / "explored").read_text().splitlines()) == 2


def test_the_plugin_is_registered_under_its_own_name() -> None:
    """The entry point has the name of the module, so that `-p` beside an installed plugin is the same plugin."""
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert tomllib.loads(text)["project"]["entry-points"]["pytest11"] == {
        "tmem_proofs.pytest_plugin": "tmem_proofs.pytest_plugin"
    }
    assert "tmem_proofs.prover" in sys.modules  # loaded by this test module, not by the plugin
