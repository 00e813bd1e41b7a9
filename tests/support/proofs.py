"""A proof run made up for the tests of its reports: each verdict once, and a story that is hard to quote."""

from __future__ import annotations

from tmem_proofs.results import Explored, Obligation, Proof, Result, Tools, Verdict

STORY = 'call:\n  put, index 5 (0x5)\nfound: <objnode & "slots">, 100%, \x00, a\r\nline:with,commas ∅'

TEST = 'def test_insert_height_1_shr_2() -> None:\n    """It fails."""\n    assert "\\x00" == "∅"\n'

TOOLS = Tools("0.1.0", "3.11.9", "5.4.1.0")


def result(name: str, verdict: Verdict, resources: int = 100) -> Result:
    """A result for `insert/height 1/SHR-1`."""
    witness = "" if verdict is Verdict.VACUOUS else "put of index 5"
    told = (STORY, TEST) if verdict is Verdict.REFUTED else ("", "")
    paths = 0 if verdict is Verdict.VACUOUS else 3
    return Result(Obligation(*name.split("/")), verdict, paths, 2, resources, witness, *told)


def run(*results: Result, seconds: float = 0.5, z3: str = TOOLS.z3) -> Proof:
    """A run that found these, case by case, each case dearer by 1,000 than its obligations."""
    cases: dict[tuple[str, str], list[Result]] = {}
    for one in results:
        cases.setdefault((one.obligation.operation, one.obligation.case), []).append(one)
    explored = (
        Explored(tuple(found), 5, 6, 1000 + sum(one.resources for one in found), seconds) for found in cases.values()
    )
    return Proof(tuple(explored), seconds, Tools(TOOLS.tmem, TOOLS.python, z3))


MIXED = run(
    result("insert/height 1/SHR-1", Verdict.PROVED),
    result("insert/height 1/SHR-2", Verdict.REFUTED),
    result("delete/height 2/COH-4", Verdict.UNKNOWN),
    result("delete/height 2/CNT-1", Verdict.VACUOUS),
)
