"""Seeds: what hangs on luck is no pass, and how much costs vary is told."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tmem_proofs import cache, prover, record, stability
from tmem_proofs.cli import main
from tmem_proofs.results import Exit, Explored, Obligation, Proof, Result, Tools, Verdict

SHR = Obligation("insert", "height 1", "SHR-1")
TOOLS = Tools("0", "3", "5")


def run_of(verdict: Verdict, resources: int) -> tuple[Explored, ...]:
    """A run of one obligation, which costs so much, and half of that again for the paths."""
    return (Explored((Result(SHR, verdict, 3, 2, resources, "a call"),), 3, 5, resources * 3 // 2, 0.1),)


def with_seeds(*verdicts: Verdict) -> Proof:
    """The first run, and what varies: costs grow by 30 % from seed to seed."""
    runs = [run_of(one, 100_000 + 30_000 * seed) for seed, one in enumerate(verdicts)]
    return Proof(runs[0], 0.1, TOOLS, stability=stability.measure(runs))


@pytest.mark.parametrize(
    ("verdicts", "stable"),
    [
        ((Verdict.PROVED, Verdict.PROVED), True),
        ((Verdict.REFUTED, Verdict.REFUTED), True),
        ((Verdict.VACUOUS, Verdict.VACUOUS), True),
        ((Verdict.PROVED, Verdict.REFUTED), False),
        ((Verdict.REFUTED, Verdict.PROVED), False),
        ((Verdict.PROVED, Verdict.UNKNOWN), False),
        ((Verdict.UNKNOWN, Verdict.UNKNOWN), False),
    ],
)
def test_a_verdict_that_hangs_on_luck_is_named(verdicts: tuple[Verdict, ...], stable: bool) -> None:
    """What differs from seed to seed, or is unknown with one, is unstable, and each of its verdicts is told."""
    found = with_seeds(*verdicts).stability
    assert found is not None
    assert (found.unstable == []) is stable
    text = "\n".join(stability.lines(found))
    first, second = (one.value for one in verdicts)
    assert (f"UNSTABLE insert/height 1/SHR-1: {first} with seed 0, {second} with seed 1" in text) is not stable
    assert "2 seeds: 150,000 to 195,000 (median 172,500, x1.30) of Z3's resource units" in text
    assert "  insert/height 1/SHR-1: 100,000 to 130,000 (median 115,000, x1.30)" in text


def test_what_costs_next_to_nothing_is_not_ranked() -> None:
    """From 10 units to 30 is no instability."""
    found = stability.measure([run_of(Verdict.PROVED, 10), run_of(Verdict.PROVED, 30)])
    assert "insert/height 1" not in "\n".join(stability.lines(found))


def test_a_seed_changes_what_z3_does() -> None:
    """Else there would be nothing to measure: the resources differ, the verdicts do not."""
    runs = [prover.prove_scenario("get", "height 2", ["COH-1"], seed=seed) for seed in (0, 1, 2)]
    assert len({one.resources for one in runs}) > 1
    assert {one.results[0].verdict for one in runs} == {Verdict.PROVED}


def test_the_command_tries_seeds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It says how costs spread and that no verdict does; the JSON, which keeps to its schema, has each seed's."""
    file = tmp_path / "out.json"
    assert main(["prove", "lookup/height 1/*", "--seeds", "3", "--json", str(file)]) == Exit.PROVED
    out = capsys.readouterr().out
    assert "3 seeds: " in out
    assert "verdicts differ from seed to seed" in out
    document = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(schema().read_text(encoding="utf-8")))
    found = document["stability"]
    wanted = [one for one in prover.obligations() if (one.operation, one.case) == ("lookup", "height 1")]
    assert [one["name"] for one in found["obligations"]] == [one.name for one in wanted]
    assert {len(one["resources"]) for one in found["obligations"]} == {len(found["resources"])} == {3}
    assert found["resources"][0] == document["totals"]["resources"]
    assert found["unstable"] == []


def schema() -> Path:
    """The schema of the JSON."""
    return Path(record.__file__).with_name("result.schema.json")


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((Verdict.PROVED, Verdict.PROVED), Exit.PROVED),
        ((Verdict.REFUTED, Verdict.REFUTED), Exit.REFUTED),
        ((Verdict.PROVED, Verdict.REFUTED), Exit.UNDECIDED),
        ((Verdict.REFUTED, Verdict.PROVED), Exit.UNDECIDED),
        ((Verdict.PROVED, Verdict.UNKNOWN), Exit.UNDECIDED),
    ],
)
def test_what_hangs_on_luck_is_no_pass(
    verdicts: tuple[Verdict, ...], status: Exit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict that differs with the seed makes the status 2, whatever it is with the first."""
    monkeypatch.setattr(cache, "prove", lambda *_, seed=0, **__: iter(run_of(verdicts[seed], 100)))
    assert main(["prove", SHR.name, "--seeds", "2"]) == status


def test_a_replay_that_disagrees_with_one_seed_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With any seed, the shipped objects must do what each path says."""

    def prove(*_: object, seed: int = 0, **__: object) -> list[Explored]:
        (found,) = run_of(Verdict.PROVED, 100)
        disagreement = "it was not so" if seed else ""
        return [Explored(found.results, 3, 5, 100, 0.1, disagreement=disagreement)]

    monkeypatch.setattr(cache, "prove", prove)
    assert main(["prove", SHR.name, "--seeds", "2"]) == Exit.USAGE
    assert "it was not so" in capsys.readouterr().err


def test_what_seeds_find_is_written_and_read() -> None:
    """As JSON and back, nothing is lost."""
    proof = with_seeds(Verdict.PROVED, Verdict.UNKNOWN)
    assert record.read(json.dumps(record.document(proof, 2))).stability == proof.stability


def test_a_record_of_seeds_that_is_none_is_refused() -> None:
    """A verdict that does not exist, and a name that is no obligation's."""
    for field, wrong in (("verdicts", ["lucky"]), ("name", "insert/height 1")):
        document = record.document(with_seeds(Verdict.PROVED, Verdict.PROVED), 0)
        document["stability"]["obligations"][0][field] = wrong
        with pytest.raises(record.RecordError):
            record.read(json.dumps(document))


@pytest.mark.parametrize("other", [["--smt", "x"], ["--recheck"]])
def test_seeds_go_without_the_other_doubts(other: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Transcripts are of one run: the options are refused, by name, with the way out."""
    assert main(["prove", "lookup", "--seeds", "2", *other]) == Exit.USAGE
    said = capsys.readouterr().err
    assert f"leave out {other[0]}" in said
    assert "a run of its own" in said


@pytest.mark.parametrize("number", ["0", "-1"])
def test_there_is_no_run_without_a_seed(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """N is 1 or more."""
    with pytest.raises(SystemExit) as ended:
        main(["prove", "--seeds", number])
    assert ended.value.code == Exit.USAGE
    assert f"{number} is too few" in capsys.readouterr().err
