"""The cache of proofs: it is used when nothing has changed, and then alone."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tmem_proofs import audit, cache, prover
from tmem_proofs.cache import SHOWING, Cache, options_of
from tmem_proofs.cli import main
from tmem_proofs.results import Exit, Explored, Obligation, Result, Verdict
from tmem_proofs.source import Algorithm, Fault

WANTED = [Obligation("delete", "height 1", "SHR-1"), Obligation("delete", "height 1", "SHR-2")]
CHEAP = "delete/height 1/*"


def explored(*verdicts: Verdict) -> Explored:
    """The case of WANTED, with these verdicts."""
    results = tuple(
        Result(one, verdict, 3, 2, 1, "a call", *(("found: \x00 ∅", "a test") if verdict is Verdict.REFUTED else ()))
        for one, verdict in zip(WANTED, verdicts, strict=True)
    )
    return Explored(results, 5, 6, 7, 0.25)


def entries(folder: Path) -> list[Path]:
    """The entries in a cache folder."""
    return sorted(folder.glob("*.json"))


def forbid_proving(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the prover raise if it is asked."""

    def prove(*_: object, **__: object) -> None:
        message = "proved again"
        raise AssertionError(message)

    monkeypatch.setattr(prover, "prove", prove)


def test_a_second_run_proves_nothing_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What one run has found the next one tells, with the same verdicts and costs, and says where it is from."""
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert main(["prove", CHEAP, "--json", str(first)]) == Exit.PROVED
    assert "from the cache" not in capsys.readouterr().out
    forbid_proving(monkeypatch)
    assert main(["prove", CHEAP, "--json", str(second)]) == Exit.PROVED
    assert "12 of 12 results from the cache" in capsys.readouterr().out
    was, now = json.loads(first.read_text()), json.loads(second.read_text())
    assert [one["cached"] for one in was["cases"] + now["cases"]] == [False, True]
    assert now["cases"][0] | {"cached": False} == was["cases"][0]


def test_without_a_cache_all_is_proved_and_nothing_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`--no-cache` neither asks the cache nor makes one."""
    folder = tmp_path / "caches"
    assert main(["prove", CHEAP, "--no-cache"]) == Exit.PROVED
    assert not folder.exists()
    assert main(["prove", CHEAP, "--cache", str(folder)]) == Exit.PROVED
    assert len(entries(folder)) == 1
    forbid_proving(monkeypatch)
    assert main(["prove", CHEAP, "--no-cache"]) == Exit.USAGE


@pytest.mark.parametrize("verdicts", [(Verdict.PROVED, Verdict.REFUTED), (Verdict.VACUOUS, Verdict.PROVED)])
def test_what_is_decided_is_kept_whole(verdicts: tuple[Verdict, Verdict], tmp_path: Path) -> None:
    """Proved, refuted and vacuous results come back as they were, with witnesses, stories, tests and costs."""
    one = explored(*verdicts)
    Cache(tmp_path).keep(one)
    assert Cache(tmp_path).find(WANTED) == replace(one, cached=True)


def test_what_a_replay_contradicts_is_not_kept(tmp_path: Path) -> None:
    """Where the shipped objects do not do what a path says, no verdict counts: the next run tries again."""
    Cache(tmp_path).keep(replace(explored(Verdict.PROVED, Verdict.REFUTED), disagreement="ReplayError: it differs"))
    assert entries(tmp_path) == []


def test_what_is_unknown_is_not_kept(tmp_path: Path) -> None:
    """An unknown verdict is no result: the next run tries again."""
    Cache(tmp_path).keep(explored(Verdict.PROVED, Verdict.UNKNOWN))
    assert entries(tmp_path) == []


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the three packages, of which the cache takes its digests."""
    for package in ("tmem", "tmem_spec", "tmem_proofs"):
        shutil.copytree(cache._folder(package), tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(cache, "_folder", lambda package: tmp_path / package)
    return tmp_path


def test_whatever_source_is_touched_is_noticed(copied: Path) -> None:
    """A change of any module of tmem, tmem_spec or tmem_proofs asks for new proofs, but for those that only show."""
    before = cache.basis()
    unnoticed = set()
    for path in sorted(copied.rglob("*.py")):
        source = path.read_bytes()
        path.write_bytes(source + b"#")
        if cache.basis() == before:
            unnoticed.add(path.relative_to(copied).parts[:2])
        path.write_bytes(source)
    assert {(package, name.removesuffix(".py")) for package, name in unnoticed} == {
        ("tmem_proofs", name) for name in SHOWING
    }


def test_a_module_that_comes_or_goes_is_noticed(copied: Path) -> None:
    """A new file, a renamed one and a removed one each ask for new proofs."""
    found = {cache.basis()}
    file = copied / "tmem" / "_new.py"
    file.touch()
    found.add(cache.basis())
    file.rename(copied / "tmem" / "_newer.py")
    found.add(cache.basis())
    (copied / "tmem_spec" / "law.py").unlink()
    found.add(cache.basis())
    assert len(found) == 4


def test_no_verdict_depends_on_a_module_that_is_left_out() -> None:
    """Whatever the prover imports, anywhere in it, is among the modules whose change is noticed."""
    imported = {name.removesuffix(".py").split("/")[0] for name in audit.imported(cache._folder("tmem_proofs"))}
    assert {"prover", "engine", "claims", "source", "story", "results"} <= imported
    assert imported & SHOWING == set()


def test_other_versions_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another Z3, another Python and Python without asserts each ask for new proofs."""
    found = [cache.basis()]
    with monkeypatch.context() as other:
        other.setattr(cache, "z3_version", lambda: "0.1")
        found.append(cache.basis())
    for name, value in (
        ("implementation", SimpleNamespace(cache_tag="other-1")),
        ("flags", SimpleNamespace(optimize=1)),
    ):
        with monkeypatch.context() as other:
            known = {"implementation": sys.implementation, "flags": sys.flags}
            other.setattr(cache, "sys", SimpleNamespace(**known | {name: value}))
            found.append(cache.basis())
    assert len(set(found)) == 4


def test_what_is_asked_is_part_of_the_key(tmp_path: Path) -> None:
    """Other invariants, or the same in another order, another seed, a fault and the published algorithm are others."""
    kept = Cache(tmp_path)
    keys = [
        kept.key(WANTED),
        kept.key(WANTED[:1]),
        kept.key(WANTED[::-1]),
        kept.key([replace(one, case="height 2") for one in WANTED]),
        kept.key(WANTED, options_of(seed=1)),
        kept.key(WANTED, options_of(Fault("a fault", "_tree", "old", "new"))),
        kept.key(WANTED, options_of(algorithm=Algorithm.PUBLISHED)),
    ]
    assert len(set(keys)) == len(keys)
    assert kept.key(WANTED) == Cache(tmp_path).key(WANTED)


def test_a_source_that_changes_during_the_run_is_not_believed(copied: Path, tmp_path: Path) -> None:
    """Nobody knows which version was proved if a file changed after the digests were taken: nothing is kept."""
    kept = Cache(tmp_path / "cache")
    (copied / "tmem" / "_tree.py").write_text("pass\n")
    kept.keep(explored(Verdict.PROVED, Verdict.PROVED))
    assert "changed during the run" in kept.trouble
    assert entries(tmp_path / "cache") == []


def cut(entry: str) -> str:
    """Half of it."""
    return entry[: len(entry) // 2]


def forged(entry: str) -> str:
    """A refutation made a proof."""
    return entry.replace("refuted", "proved")


def foreign(entry: str) -> str:
    """Of another key."""
    return json.dumps(json.loads(entry) | {"key": "0" * 64})


@pytest.mark.parametrize(
    "spoil",
    [cut, forged, foreign, lambda _: "", lambda _: "[]", lambda _: "\x00", lambda _: "[" * 100_000, lambda _: "{}"],
    ids=["cut", "forged", "foreign", "empty", "list", "binary", "deep", "object"],
)
def test_a_spoilt_entry_counts_as_none(spoil: object, tmp_path: Path) -> None:
    """An entry that is cut short, changed, of another key or no entry at all is proved and written anew."""
    assert callable(spoil)
    one = explored(Verdict.REFUTED, Verdict.PROVED)
    kept = Cache(tmp_path)
    kept.keep(one)
    (entry,) = entries(tmp_path)
    whole = entry.read_text()
    entry.write_text(spoil(whole))
    assert kept.find(WANTED) is None
    kept.keep(one)
    assert entry.read_text() == whole


def test_an_entry_of_other_obligations_counts_as_none(tmp_path: Path) -> None:
    """An entry, whole in itself, that tells of other obligations than its key is not believed."""
    kept = Cache(tmp_path)
    key = kept.key(WANTED[:1])
    kept.keep(explored(Verdict.PROVED, Verdict.PROVED))
    (entry,) = entries(tmp_path)
    (tmp_path / f"{key}.json").write_text(json.dumps(json.loads(entry.read_text()) | {"key": key}))
    assert kept.find(WANTED[:1]) is None
    assert kept.find(WANTED) is not None


def test_a_folder_that_cannot_be_written_is_done_without(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With no place for a cache the proof goes on as ever, and says so on standard error."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert main(["prove", "delete/height 0/SHR-1"]) == Exit.PROVED
    printed = capsys.readouterr()
    assert "going on without a cache" in printed.err
    assert printed.out.endswith("1 passed, 0 failed\n")


def test_a_disk_that_is_full_is_said_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An entry that cannot be put in its place leaves no part of itself, and does not fail the run."""

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert main(["prove", CHEAP, "--cache", str(tmp_path)]) == Exit.PROVED
    assert "not everything was kept in the cache: No space left" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_oldest_entries_go(tmp_path: Path) -> None:
    """Beyond its size the cache drops what was not asked for the longest, and nothing that is not its own."""
    kept = Cache(tmp_path, most=2)
    options = [options_of(seed=seed) for seed in range(4)]
    for age, one in enumerate(options):
        kept.keep(explored(Verdict.PROVED, Verdict.PROVED), one)
        os.utime(tmp_path / f"{kept.key(WANTED, one)}.json", (age, age))
    (tmp_path / "mine.json").touch()
    os.utime(tmp_path / "mine.json", (0, 0))
    assert kept.find(WANTED, options[0]) is not None
    kept.trim()
    assert [kept.find(WANTED, one) is not None for one in options] == [True, False, False, True]
    assert (tmp_path / "mine.json").exists()


def test_a_run_leaves_no_more_than_there_is_room_for(tmp_path: Path) -> None:
    """What a run keeps makes older entries go, once it is done."""
    kept = Cache(tmp_path, most=1)
    kept.keep(explored(Verdict.PROVED, Verdict.PROVED), options_of(seed=1))
    os.utime(entries(tmp_path)[0], (0, 0))
    assert [one.cached for one in cache.prove(WANTED, kept, jobs=1)] == [False]
    assert [path.stem for path in entries(tmp_path)] == [kept.key(WANTED)]
