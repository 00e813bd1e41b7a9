"""JUnit XML: a suite for each case, a test case for each obligation.

A refuted obligation is a failure with its story; an unknown or a vacuous one is an error. The time stands at the
suite: what a case costs is shared by its obligations.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from tmem_proofs.report import heading
from tmem_proofs.results import Explored, Proof, Result, Verdict

# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(proof: Proof) -> str:
    """The run as one XML document."""
    suites = ET.Element("testsuites", {"name": "tmem prove", **_counts(proof.results, proof.seconds)})
    suites.extend(_suite(one) for one in proof.explored)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(explored: Explored) -> ET.Element:
    name = ".".join(explored.key)
    suite = ET.Element("testsuite", {"name": name, **_counts(explored.results, explored.seconds)})
    for result in explored.results:
        case = ET.SubElement(suite, "testcase", classname=name, name=result.obligation.invariant)
        if result.verdict is not Verdict.PROVED:
            kind = "failure" if result.verdict is Verdict.REFUTED else "error"
            trouble = ET.SubElement(case, kind, type=result.verdict.value, message=_text(heading(result)))
            trouble.text = _text(result.story)
    return suite


def _counts(results: Sequence[Result], seconds: float) -> dict[str, str]:
    failures = sum(one.verdict is Verdict.REFUTED for one in results)
    errors = sum(one.verdict in {Verdict.UNKNOWN, Verdict.VACUOUS} for one in results)
    return {"tests": str(len(results)), "failures": str(failures), "errors": str(errors), "time": f"{seconds:.3f}"}


def _text(text: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
