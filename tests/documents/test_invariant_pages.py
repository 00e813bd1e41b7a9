"""What `tmem docs` writes: whole, linked to lines that are there, and other than it was when the run is."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tmem_proofs import cli
from tmem_proofs.claims.catalogue import subjects
from tmem_proofs.documents import command, links, pages, theorems
from tmem_proofs.documents.drawing import svg
from tmem_proofs.documents.graph import graph
from tmem_proofs.documents.knowledge import Knowledge
from tmem_proofs.documents.readings import readings
from tmem_proofs.mutants.matrix import Matrix
from tmem_proofs.mutants.outcome import Outcome, State
from tmem_proofs.record import document
from tmem_proofs.results import Exit, Explored, Obligation, Proof, Result, Tools, Verdict
from tmem_spec import all_invariants, named

HREF = "{http://www.w3.org/2000/svg}a"
RESTING = {"Tmem.put": ("insert", "lookup"), "drain": ("used",)}


def proof() -> Proof:
    """A run of everything, as far as its shape goes: each obligation there is, proved on one path."""
    explored = tuple(
        Explored(
            tuple(
                Result(Obligation(one.operation, one.case, each), Verdict.PROVED, 1, witness="w") for each in one.claims
            ),
            1,
            0,
            0,
            0.0,
            rests=RESTING.get(one.operation, ()),
        )
        for one in subjects()
    )
    return Proof(explored, 0.0, Tools("1", "3", "5"))


def with_verdict(run: Proof, name: str, verdict: Verdict) -> Proof:
    """The run with another verdict on one obligation."""

    def changed(one: Result) -> Result:
        return replace(one, verdict=verdict) if one.obligation.name == name else one

    return replace(run, explored=tuple(replace(one, results=tuple(map(changed, one.results))) for one in run.explored))


KNOWN = Knowledge(proof())
DOCS = links.TOP / "docs"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents, in a folder of their own."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "run.json").write_text(to_json(proof()), encoding="utf-8")
    assert cli.main(["docs", "--result", str(folder / "run.json"), "--out", str(folder / "docs")]) == Exit.PROVED
    return folder


def to_json(run: Proof) -> str:
    """What `tmem prove --json` would write."""
    return json.dumps(document(run, Exit.PROVED))


def test_every_invariant_is_read_once() -> None:
    """There is a formula and a story for each, and none of one that is no more."""
    assert readings().keys() == {one.id for one in all_invariants()}
    assert all(one.formula and one.story for one in readings().values())


def test_a_page_has_all_that_is_known() -> None:
    """Sentence, formula, predicate, story, obligations, assumptions, faults and mutants."""
    killed = {"_tree._unlink: x -> y": {"theorem B": Outcome(State.KILLED, "delete/height 2/SHR-2")}}
    known = Knowledge(KNOWN.proof, Matrix(outcomes=killed))
    text = pages.page(named("SHR-2"), known, DOCS / "invariants" / "SHR-2.md")
    for part in (
        "**No objnode is empty.**",
        r"\text{slots\_in\_use}(n) \ge 1",
        "return slots_in_use >= 1",
        "stump",
        "| insert | no object, heights 0 to 6 | proved | 8 | nothing else |",
        "- assumed before the call: the store is well-formed",
        "- delete leaves emptied objnodes in place: refuted by `delete/height 2/SHR-2`",
        "- mutant `_tree._unlink: x -> y`: killed by `delete/height 2/SHR-2`",
        "D3: the last objnode of a stump is empty",
    ):
        assert part in text, part


def test_a_verdict_changes_the_pages() -> None:
    """What is refuted or unknown is said so, on the page and in the list."""
    name = "delete/height 2/SHR-2"
    for verdict in (Verdict.REFUTED, Verdict.VACUOUS):
        known = Knowledge(with_verdict(KNOWN.proof, name, verdict))
        assert f"| delete | heights 1 to 6 | {verdict.value} |" in pages.page(
            named("SHR-2"), known, DOCS / "x" / "y.md"
        )
        assert f"| No objnode is empty. | {verdict.value} (" in pages.index(known)
    assert "| No objnode is empty. | proved (" in pages.index(KNOWN)
    assert re.search(r"\[LIN-1\].*\| tested, not proved \|", pages.index(KNOWN))


def test_what_rests_on_something_refuted_is_not_whole() -> None:
    """A box is green only if everything below it is."""
    assert KNOWN.rests["Tmem.put"] == {"insert", "lookup"}
    assert KNOWN.rests["drain"] == {"used slots"}
    assert KNOWN.colour_of("Tmem.put") == "whole"
    refuted = Knowledge(with_verdict(KNOWN.proof, "lookup/height 3/COH-1", Verdict.REFUTED))
    assert [refuted.colour_of(one) for one in ("lookup", "Tmem.put", "Tmem.get")] == ["refuted", "proved", "whole"]
    unknown = Knowledge(with_verdict(KNOWN.proof, "lookup/height 3/COH-1", Verdict.UNKNOWN))
    assert unknown.colour_of("lookup") == "unknown"
    assert {one.name: one.colour for one in graph(refuted).nodes}["COH"] == "refuted"


def test_contracts_lead_to_who_proves_them() -> None:
    """An operation of that very name, or else whoever runs the function."""
    assert Knowledge(_resting("missing")).rests["Tmem.put"] == {
        one
        for one in KNOWN.by_operation
        if one.startswith("insert") or one in {"replace", "replace not created", "place", "Tmem.put_range"}
    } - {"place"}


def _resting(name: str) -> Proof:
    run = proof()
    return replace(
        run, explored=tuple(replace(one, rests=(name,) if one.key[0] == "Tmem.put" else ()) for one in run.explored)
    )


def linked(text: str) -> Iterator[tuple[str, int, int]]:
    """Each link to lines of a file."""
    for target, first, last in re.findall(r"\]\(([^)#]+)#L(\d+)-L(\d+)\)", text):
        yield target, int(first), int(last)


def test_links_lead_to_lines_that_are_there() -> None:
    """To a file of the checkout, and to lines of it, the first of which begins a definition."""
    seen = 0
    for one in all_invariants():
        file = DOCS / "invariants" / f"{one.id}.md"
        for target, first, last in linked(pages.page(one, KNOWN, file)):
            lines = (file.parent / target).resolve().read_text(encoding="utf-8").splitlines()
            assert 1 <= first <= last <= len(lines)
            assert re.match(r"\s*(def|class) ", lines[first - 1]), (target, first)
            seen += 1
    assert seen > len(all_invariants())


def test_the_picture_is_one_and_leads_somewhere(written: Path) -> None:
    """It is XML, and each box leads to a heading of a page that was written."""
    drawing = ET.fromstring((written / "docs" / "graph.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own
    targets = [one.attrib["href"] for one in drawing.iter(HREF)]
    assert len(targets) == len(graph(KNOWN).nodes) > 40
    for target in targets:
        file, _, anchor = target.partition("#")
        headings = re.findall(r"^#+ (.+)$", (written / "docs" / file).read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in headings}
        assert anchor in slugs, target
    assert len(graph(KNOWN).edges) > len(graph(KNOWN).nodes)


def test_the_picture_shows_colours() -> None:
    """What is refuted is red in it."""
    refuted = Knowledge(with_verdict(KNOWN.proof, "take/any/MEM-6", Verdict.REFUTED))
    assert 'class="refuted"><title>take' in svg(graph(refuted))
    assert 'class="whole"><title>take' in svg(graph(KNOWN))


def test_the_theorems_are_counted() -> None:
    """Each theorem says how much of it is proved."""
    refuted = Knowledge(with_verdict(KNOWN.proof, "take/any/MEM-6", Verdict.REFUTED))
    of = sum(not one.obligation.operation.startswith("spec.") for one in KNOWN.proof.results)
    assert f"\n{of} of {of} obligations proved" in theorems.page(KNOWN)
    assert f"\n{of - 1} of {of} obligations proved" in theorems.page(refuted)


def test_documents_that_differ_are_named(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that was changed, and one that is gone; not one whose witness alone is another."""
    call = ["docs", "--result", str(written / "run.json"), "--out", str(written / "docs"), "--check"]
    assert cli.main(call) == Exit.PROVED
    page = written / "docs" / "invariants" / "SHR-2.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("  Witness: w", "  Witness: v"), encoding="utf-8")
    assert cli.main(call) == Exit.PROVED
    page.write_text(text.replace("No objnode", "Some objnode"), encoding="utf-8")
    (written / "docs" / "theorems.md").unlink()
    capsys.readouterr()
    assert cli.main(call) == Exit.REFUTED
    printed = capsys.readouterr().out
    assert "SHR-2.md" in printed
    assert "theorems.md" in printed
    assert "2 stale" in printed.splitlines()[-1]


def test_what_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no run, or no matrix, is wrong usage."""
    (tmp_path / "no.json").write_text("[]", encoding="utf-8")
    assert cli.main(["docs", "--result", str(tmp_path / "no.json")]) == Exit.USAGE
    assert "cannot read" in capsys.readouterr().err


def test_all_documents_are_among_those_written() -> None:
    """A page for each invariant, their list, the theorems, the graph, trees, the gallery, pictures and the table."""
    names = [file.relative_to(DOCS).as_posix() for file in dict(command.documents(KNOWN, DOCS))]
    assert [one for one in names if one.startswith("invariants/")] == [
        *(f"invariants/{one.id}.md" for one in all_invariants()), "invariants/index.md",
    ]  # fmt: skip
    others = [one for one in names if not one.startswith(("invariants/", "pictures/"))]
    assert others == ["theorems.md", "graph.svg", "trees.md", "gallery.md", "explorer/table.js"]
    assert names == list(dict.fromkeys(names))
