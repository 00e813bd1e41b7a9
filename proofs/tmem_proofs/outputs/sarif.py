"""SARIF 2.1.0: a rule for each invariant, a result for each obligation that is not proved.

A result lies at the shipped function; the predicate of the specification that it contradicts is its related location.
"""

from __future__ import annotations

import json
from typing import Any

from tmem_proofs.places import Place, place_of
from tmem_proofs.report import told
from tmem_proofs.results import Proof, Result, Verdict
from tmem_proofs.shipped import function_of, place_of_operation
from tmem_spec import Invariant, named

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(proof: Proof, status: int) -> str:
    """The run, and the exit status of its command, as one SARIF log."""
    rules = list(dict.fromkeys(one.obligation.invariant for one in proof.results))
    driver = {
        "name": "tmem prove",
        "version": proof.tools.tmem,
        "rules": [_rule(named(one)) for one in rules],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "exitCode": int(status)}],
        "results": [_result(one, rules) for one in proof.failures],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(invariant: Invariant) -> dict[str, Any]:
    predicate = place_of(invariant.predicate)
    text = f"{invariant.sentence} Level: {invariant.level.value}. Source: {invariant.source}. Predicate: {predicate}."
    return {
        "id": invariant.id,
        "shortDescription": {"text": invariant.sentence},
        "help": {"text": f"{text} See `tmem explain {invariant.id}`."},
        "defaultConfiguration": {"level": "error"},
    }


def _result(result: Result, rules: list[str]) -> dict[str, Any]:
    """One failure. What is unknown or vacuous is a warning: nothing is known to be wrong, nothing to be right."""
    obligation = result.obligation
    predicate = named(obligation.invariant).predicate
    return {
        "ruleId": obligation.invariant,
        "ruleIndex": rules.index(obligation.invariant),
        "level": "error" if result.verdict is Verdict.REFUTED else "warning",
        "message": {"text": told(result)},
        "locations": [_location(place_of_operation(obligation.operation), function_of(obligation.operation))],
        "relatedLocations": [
            {
                "id": 0,
                **_location(place_of(predicate), predicate.__qualname__),
                "message": {"text": f"the predicate of {obligation.invariant}"},
            }
        ],
        "partialFingerprints": {"obligation/v1": obligation.name},
        "properties": {"verdict": result.verdict.value, "paths": result.paths},
    }


def _location(place: Place, name: str) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": place.uri, "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line},
        },
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "function"}],
    }
