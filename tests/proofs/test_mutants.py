"""Mutants: what the operators make, what counts as a kill, and what is kept of a run."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tmem_proofs.cli import main
from tmem_proofs.faults import FAULTS
from tmem_proofs.mutants import by_hand, command, explained, implementation, matrix, report, rounds, specification
from tmem_proofs.mutants.explained import Survivor
from tmem_proofs.mutants.layers import LAYERS, layer_named, put_before, unchanged
from tmem_proofs.mutants.matrix import Matrix, MatrixError
from tmem_proofs.mutants.mutant import (
    IMPLEMENTATION,
    PREFIXES,
    SPECIFICATION,
    Mutant,
    Text,
    digests,
    functions_in,
    mutants_of,
    texts,
)
from tmem_proofs.mutants.operators import EXPRESSIONS, edits_of
from tmem_proofs.mutants.outcome import Outcome, State
from tmem_proofs.mutants.specification import weakened
from tmem_proofs.mutants.statements import STATEMENTS
from tmem_proofs.results import Exit
from tmem_proofs.source import Fault

TOP = Path(__file__).parents[2]
KILLED = Outcome(State.KILLED, "insert/height 1/CNT-1")
SURVIVED = Outcome(State.SURVIVED)
TIMED_OUT = Outcome(State.TIMED_OUT, "more than 2 rounds")


@pytest.fixture(scope="module")
def shipped() -> list[Mutant]:
    """Every mutant of the implementation."""
    return list(implementation.mutants())


@pytest.fixture(scope="module")
def specified() -> list[Mutant]:
    """Every mutant of the specification."""
    return list(specification.mutants())


def made(source: str) -> list[Mutant]:
    """The mutants of a module that has one function."""
    text = Text(source)
    ((name, node),) = functions_in(text)
    return list(mutants_of(IMPLEMENTATION, f"_m.{name}", "_m", text, edits_of(text, node, (*EXPRESSIONS, *STATEMENTS))))


def changes(body: str) -> set[str]:
    """What the mutants of a function with this body are called, its name apart."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return {one.name.partition(": ")[2] for one in made(f"def f(a, b):\n{lines}")}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return a < b", {"a < b -> a <= b", "a < b -> a >= b"}),
        ("return a is b", {"a is b -> a is not b", "a is b -> a == b"}),
        ("return a is None", {"a is None -> a is not None"}),
        ("return a + 1", {"a + 1 -> a - 1", "a + 1 -> a + 2", "a + 1 -> a + 0"}),
        ("return a << b", {"a << b -> a >> b"}),
        ("return not a", {"not a -> (a)"}),
        ("return a or b", {"a or b -> a and b", "a or b -> (a)", "a or b -> (b)"}),
        ("return g(a, b)", {"g(a, b) -> g(b, a)"}),
        ("return [a]", {"[a] -> []"}),
        ("a.count -= b", {"a.count -= b -> a.count += b", "a.count -= b -> pass"}),
        ("if a:\n    b()", {"if a -> if True", "if a -> if False"}),
        ("for x in a:\n    b(x)", {"for x in a -> no round", "for x in a: -> for x in a: one round"}),
        ("while a:\n    break", {"break -> continue"}),
        ("with a.lock:\n    b()", {"with a.lock -> if True"}),
        ("try:\n    a()\nexcept BaseException:\n    b()", {
            "except BaseException: b() -> raise", "except BaseException: b() -> pass",
            "except BaseException: b() -> except Exception"}),
        ("return True", {"return True -> return False"}),
        ("return a", {"return a -> return None"}),
        ("del a[b]", {"del a[b] -> pass"}),
    ],
)  # fmt: skip
def test_an_operator_changes_what_it_is_for(body: str, expected: set[str]) -> None:
    """Each operator makes the mutants that it should of a line that it is for."""
    assert expected <= changes(body)


def test_annotations_docstrings_and_messages_are_left_alone() -> None:
    """What says nothing about behaviour is not changed."""
    assert changes('"""A docstring, 1 < 2."""\na: list[1] = b\nraise E(f"{1 + 2}")') == {
        "a: list[1] = b -> pass",
        'raise E(f"{1 + 2}") -> pass',
    }


def test_mutants_of_one_name_are_numbered() -> None:
    """Names are unique, and two places that read alike are told apart by a number."""
    names = [one.name for one in made("def f(a):\n    g(a, 1)\n    g(a, 1)\n")]
    assert len(names) == len(set(names))
    assert {"_m.f: g(a, 1) -> g(1, a)", "_m.f: g(a, 1) -> g(1, a) (2)"} <= set(names)


def test_a_mutant_is_source_that_differs(shipped: list[Mutant], specified: list[Mutant]) -> None:
    """A mutant of either package parses, and is not the source it was made from."""
    sources = {package: texts(package) for package in PREFIXES}
    for one in (*shipped[::5], *specified[::5]):
        old = sources[one.package][one.fault.module]
        assert ast.dump(ast.parse(one.put_into(old.source))) != old.dumped, one.name


def test_names_are_unique_and_found_by_function(shipped: list[Mutant], specified: list[Mutant]) -> None:
    """No two mutants have one name, and what stands for the code of each one's function is known."""
    every = [*shipped, *specified]
    assert len({one.name for one in every}) == len(every)
    assert {one.function for one in every} <= digests().keys()
    assert all(one.name.startswith(f"{one.function}: ") for one in every)
    assert {one.package for one in every if one.name.startswith(PREFIXES[SPECIFICATION])} == {SPECIFICATION}


def test_a_weakened_predicate_allows_all() -> None:
    """The whole body becomes an answer that nothing contradicts."""
    text = Text('def p(a: int) -> bool:\n    """Says."""\n    b = a\n    return b > 0\n')
    ((_, node),) = functions_in(text)
    edit = weakened(text, node)
    assert text.source[: edit.start] + edit.text == 'def p(a: int) -> bool:\n    """Says."""\n    return True'


def test_every_bug_has_mutants(shipped: list[Mutant]) -> None:
    """The faults that stand for a bug are faults, and their mutants say which bug it is."""
    assert {name for names in by_hand.BUGS.values() for name in names} <= {one.fault.name for one in FAULTS}
    assert {one.bug for one in shipped} - {""} == by_hand.BUGS.keys()


def test_what_is_listed_as_a_survivor_is_a_mutant(shipped: list[Mutant]) -> None:
    """Every entry names a mutant of today; one that names none is told."""
    names = [one.name for one in shipped]
    assert explained.stale(names) == []
    assert explained.stale(names[:1]) == sorted(explained.survivors())
    assert len(explained.survivors()) == len(explained.SURVIVORS)


# Rounds.


def test_rounds_are_counted_where_they_are() -> None:
    """Every `while` loop counts, no line moves, and the rest is as it was."""
    source = "def f(a):\n    while a > 1 or not a:\n        while a:\n            a -= 1\n    return a\n"
    assert rounds.counted(source).splitlines()[:5] == [
        "def f(a):",
        "    while _another() and (a > 1 or not a):",
        "        while _another() and (a):",
        "            a -= 1",
        "    return a",
    ]
    assert rounds.counted("def f(a):\n    return a\n") == "def f(a):\n    return a\n"


def of_height_for(old: str, new: str) -> Mutant:
    """A mutant of `height_for`."""
    return Mutant("_words.height_for: a test", IMPLEMENTATION, "_words.height_for", 1, Fault("", "_words", old, new))


def test_an_endless_loop_is_no_kill() -> None:
    """A mutant that goes round for ever is given up after so many rounds, in every layer that runs it."""
    endless = of_height_for("    while index > MAX_INDEX[height]:\n", "    while True:\n        continue\n")
    for name in ("theorem B", "exhaustive"):
        assert put_before(layer_named(name), endless) == Outcome(State.TIMED_OUT, "more than 1,000,000 rounds of loops")


@pytest.mark.parametrize("layer", [one.name for one in LAYERS if one.package == IMPLEMENTATION])
def test_a_layer_kills_what_is_wrong(layer: str) -> None:
    """Each layer names what it finds wrong with heights that are one too many."""
    wrong = of_height_for("    return height\n", "    return height + 1\n")
    outcome = put_before(layer_named(layer), wrong)
    assert outcome.state is State.KILLED
    assert outcome.by


def test_theorem_a_notices_a_weakened_predicate(specified: list[Mutant]) -> None:
    """A predicate that allows all makes an obligation say nothing, and that is noticed."""
    weak = next(one for one in specified if one.name == "spec.law.shr_2: the predicate -> return True")
    assert put_before(layer_named("theorem A"), weak).state is State.KILLED


@pytest.mark.parametrize("layer", [one.name for one in LAYERS if one.package == IMPLEMENTATION and not one.proves])
def test_a_layer_finds_nothing_wrong_with_the_source(layer: str) -> None:
    """A layer that finds something wrong with the source as it is would kill whatever there is."""
    assert unchanged(layer_named(layer), of_height_for("    return height\n", "")) == SURVIVED


def test_a_layer_that_kills_the_source_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then no verdict counts, and the status is that of an error."""
    monkeypatch.setattr(command, "unchanged", lambda *_: KILLED)
    assert main(["mutants", "_pool.take", "--layer", "exhaustive"]) == Exit.USAGE
    assert "of the source as it is: killed insert/height 1/CNT-1" in capsys.readouterr().err


# What counts.


def listed(name: str, *, equivalent: bool = True) -> dict[str, Survivor]:
    """A list with one mutant in it."""
    function, _, change = name.partition(": ")
    return {name: Survivor(function, change, "a reason", equivalent)}


def test_a_survivor_without_a_reason_fails() -> None:
    """A mutant that no layer kills is explained, or it fails the run; so does a reason for one that is killed."""
    rows = {"f: a": {"theorem B": KILLED}, "f: b": {"theorem B": SURVIVED}}
    assert report.judge(rows, {}).unexplained == ("f: b",)
    assert not report.judge(rows, {}).accounted_for
    assert report.judge(rows, listed("f: b")).accounted_for
    assert report.judge(rows, listed("f: b") | listed("f: a")).wrong == ("f: a",)
    assert not report.judge(rows, listed("f: b") | listed("f: a")).accounted_for


def test_a_mutant_that_timed_out_is_not_killed() -> None:
    """Nor is one that is undecided, or that only a replay contradicts, or that a layer could not be asked about."""
    for state in set(State) - {State.KILLED}:
        judgement = report.judge({"f: a": {"theorem B": Outcome(state, "x")}}, {})
        assert (judgement.killed, judgement.unexplained) == ((), ("f: a",))
    assert report.judge({"f: a": {"theorem B": TIMED_OUT, "machine": KILLED}}, {}).killed == ("f: a",)


def test_theorem_b_alone_must_kill_most() -> None:
    """With every mutant killed by some layer, 19 of 20 by theorem B pass, and 18 fail; equivalent ones do not count."""
    for missed, enough in ((1, True), (2, False)):
        rows = {f"f: {n}": {"theorem B": SURVIVED if n < missed else KILLED, "machine": KILLED} for n in range(20)}
        rows["f: left"] = {"theorem B": SURVIVED}
        assert report.judge(rows, listed("f: left")).accounted_for
        assert report.judge(rows, listed("f: left")).enough is enough
        assert not report.judge(rows, listed("f: left", equivalent=False)).enough


def test_a_sample_is_the_same_each_time(shipped: list[Mutant]) -> None:
    """One in N of those selected, from the first on."""
    chosen = command.selected(shipped, ["_pool.*"], 10)
    assert [one.name for one in chosen] == [one.name for one in command.selected(shipped, ["_pool.*"], 10)]
    assert chosen == [one for one in shipped if one.function.startswith("_pool.")][::10]


# What is kept.


def test_a_matrix_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """What is written is read again, a mutant a line; a file that is something else is refused."""
    kept = Matrix({"_m.f": "d"}, {"_m.f: a -> b": {"theorem B": KILLED, "machine": TIMED_OUT}, "_m.f: c -> d": {}})
    file = tmp_path / "mutants.json"
    matrix.save(kept, file)
    again = matrix.read(file)
    assert (again.digests, again.outcomes) == (kept.digests, {"_m.f: a -> b": kept.outcomes["_m.f: a -> b"]})
    assert sum("_m.f: " in line for line in file.read_text().splitlines()) == 1
    assert matrix.read(tmp_path / "none.json").outcomes == {}
    for text in ("{}", "no JSON", json.dumps({"format": "something"})):
        file.write_text(text)
        with pytest.raises(MatrixError):
            matrix.read(file)


def test_what_is_of_other_code_does_not_count() -> None:
    """Outcomes of a function are forgotten once its code is another; those of others stay."""
    one, other = (Mutant(f"_m.{name}: a", IMPLEMENTATION, f"_m.{name}", 1, Fault("", "_m", "", "")) for name in "fg")
    kept = Matrix({"_m.f": "old", "_m.g": "same"}, {m.name: {"theorem B": KILLED} for m in (one, other)})
    fitted = kept.fitted([one, other], {"_m.f": "new", "_m.g": "same"})
    assert fitted.missing([one, other], layer_named("theorem B")) == [one]


def test_a_mutant_of_the_specification_is_noticed_once() -> None:
    """What one layer has noticed is not put before the next; of the implementation every layer is asked."""
    for package, missing in ((SPECIFICATION, 0), (IMPLEMENTATION, 1)):
        first, second = [one.name for one in LAYERS if one.package == package][:2]
        mutant = Mutant("f: a", package, "f", 1, Fault("", "m", "", ""))
        kept = Matrix({"f": "d"}, {"f: a": {first: KILLED}})
        assert len(kept.missing([mutant], layer_named(second))) == missing


def test_the_command_keeps_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run with the same file asks nothing again, and both end with the same line."""
    file, page = tmp_path / "mutants.json", tmp_path / "mutants.md"
    arguments = ["mutants", "_pool.take", "--layer", "theorem B", "--sample", "4", "--file", str(file)]
    assert main([*arguments, "--page", str(page)]) == Exit.PROVED
    first = capsys.readouterr().out.splitlines()
    assert first[-1] == "3 killed, 0 explained, 0 neither"
    assert "`_pool.take` | 3/3 |" in page.read_text()
    text = file.read_text().replace("killed", "survived", 1)
    file.write_text(text)
    assert main(arguments) == Exit.REFUTED
    assert capsys.readouterr().out.splitlines()[-1] == "2 killed, 0 explained, 1 neither"


def test_wrong_usage_is_no_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A layer that is none and a file that is no matrix are wrong usage; nothing selected is nothing decided."""
    assert main(["mutants", "_pool.take", "--layer", "theorem C"]) == Exit.USAGE
    assert "no layer 'theorem C'" in capsys.readouterr().err
    (tmp_path / "other.json").write_text("[]")
    assert main(["mutants", "_pool.take", "--file", str(tmp_path / "other.json")]) == Exit.USAGE
    assert main(["mutants", "no_such_function"]) == Exit.UNDECIDED


def test_the_page_says_what_is_stored() -> None:
    """The page of the documents is made of the stored result."""
    stored = matrix.read(TOP / "proofs" / "mutants.json")
    assert stored.outcomes
    assert (TOP / "docs" / "mutants.md").read_text(encoding="utf-8") == report.page(stored)
