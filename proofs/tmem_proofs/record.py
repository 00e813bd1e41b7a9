"""Results as JSON, and back: for `--json`, for `--compare`, and for the cache. result.schema.json says the same.

A document lists cases, each with its obligations, in the words of `tmem_proofs.results`. Reading is strict: what is
not of this form raises RecordError.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from tmem_proofs.assumptions import ASSUMPTIONS
from tmem_proofs.results import (
    Explored,
    Gap,
    Obligation,
    Proof,
    Reach,
    Recheck,
    Result,
    Stability,
    Tools,
    Variation,
    Verdict,
    closing_line,
)
from tmem_spec import named

FORMAT = "tmem prove"
VERSION = 1

Value = TypeVar("Value")


class RecordError(ValueError):
    """What was read is no record of this format."""


def document(proof: Proof, status: int) -> dict[str, Any]:
    """The whole run, and the exit status of its command."""
    paths, queries, resources = proof.cost()
    invariants = dict.fromkeys(one.obligation.invariant for one in proof.results)
    return {
        "format": FORMAT,
        "version": VERSION,
        "tools": {"tmem": proof.tools.tmem, "python": proof.tools.python, "z3": proof.tools.z3},
        "status": int(status),
        "closing": closing_line(proof.results),
        "totals": {
            **{verdict.value: proof.count(verdict) for verdict in Verdict},
            "cached": proof.cached,
            "paths": paths,
            "queries": queries,
            "resources": resources,
            "seconds": round(proof.seconds, 3),
        },
        "invariants": {one: {"sentence": named(one).sentence, "level": named(one).level.value} for one in invariants},
        "cases": [case_as_json(one) for one in proof.explored],
        "reach": None if proof.reach is None else reach_as_json(proof.reach),
        "recheck": None if proof.recheck is None else asdict(proof.recheck),
        "stability": None if proof.stability is None else _stability_as_json(proof.stability),
        "assumed": [{"kind": one.kind.value, "sentence": one.sentence} for one in ASSUMPTIONS],
    }


def reach_as_json(reach: Reach) -> dict[str, Any]:
    """What the paths execute."""
    return {"lines": reach.lines, "gaps": [asdict(one) for one in reach.gaps]}


def reach_from_json(found: Any) -> Reach:
    """What the paths execute. Raises RecordError."""
    gaps = (
        Gap(_field(one, "module", str), _field(one, "line", int), _field(one, "text", str), _field(one, "reason", str))
        for one in _field(found, "gaps", list)
    )
    return Reach(_field(found, "lines", int), tuple(gaps))


def _recheck_from_json(found: Any) -> Recheck:
    undecided = tuple(str(one) for one in _field(found, "undecided", list))
    return Recheck(_field(found, "solver", str), _field(found, "confirmed", int), undecided)


def _stability_as_json(stability: Stability) -> dict[str, Any]:
    return {
        "resources": list(stability.resources),
        "unstable": [one.obligation.name for one in stability.unstable],
        "obligations": [
            {
                "name": one.obligation.name,
                "verdicts": [verdict.value for verdict in one.verdicts],
                "resources": list(one.resources),
            }
            for one in stability.variations
        ],
    }


def _stability_from_json(found: Any) -> Stability:
    return Stability(
        tuple(_field(found, "resources", list)),
        tuple(_variation_from_json(one) for one in _field(found, "obligations", list)),
    )


def _variation_from_json(found: Any) -> Variation:
    name = _field(found, "name", str)
    try:
        verdicts = tuple(Verdict(one) for one in _field(found, "verdicts", list))
        obligation = Obligation(*name.split("/"))
    except (TypeError, ValueError) as error:
        raise RecordError(f"{name}: {error}") from None
    return Variation(obligation, verdicts, tuple(_field(found, "resources", list)))


def case_as_json(explored: Explored) -> dict[str, Any]:
    """One case with its obligations."""
    operation, case = explored.key
    return {
        "operation": operation,
        "case": case,
        "paths": explored.paths,
        "queries": explored.queries,
        "resources": explored.resources,
        "seconds": round(explored.seconds, 3),
        "cached": explored.cached,
        "replayed": explored.replayed,
        "ways": dict(explored.ways),
        "rests": list(explored.rests),
        "obligations": [_result_as_json(one) for one in explored.results],
    }


def _result_as_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.obligation.name,
        "invariant": result.obligation.invariant,
        "verdict": result.verdict.value,
        "paths": result.paths,
        "queries": result.queries,
        "resources": result.resources,
        "witness": result.witness,
        "story": result.story,
        "test": result.test,
    }


def read(text: str) -> Proof:
    """The run that a document tells of. Raises RecordError."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise RecordError(f"no JSON: {error}") from None
    if _field(found, "format", str) != FORMAT or _field(found, "version", int) != VERSION:
        raise RecordError(f"not a record of {FORMAT!r}, version {VERSION}")
    tools = _field(found, "tools", dict)
    return Proof(
        tuple(case_from_json(one) for one in _field(found, "cases", list)),
        _number(_field(found, "totals", dict), "seconds"),
        Tools(*(_field(tools, name, str) for name in ("tmem", "python", "z3"))),
        None if found.get("reach") is None else reach_from_json(found["reach"]),
        None if found.get("recheck") is None else _recheck_from_json(found["recheck"]),
        None if found.get("stability") is None else _stability_from_json(found["stability"]),
    )


def case_from_json(found: Any) -> Explored:
    """One case. Raises RecordError."""
    operation, case = _field(found, "operation", str), _field(found, "case", str)
    results = tuple(_result_from_json(operation, case, one) for one in _field(found, "obligations", list))
    if not results:
        raise RecordError(f"{operation}/{case} without an obligation")
    return Explored(
        results,
        *_counts(found),
        _number(found, "seconds"),
        _field(found, "cached", bool),
        _field(found, "replayed", int),
        ways=tuple((way, _field(_field(found, "ways", dict), way, int)) for way in _field(found, "ways", dict)),
        rests=tuple(str(one) for one in _field(found, "rests", list)),
    )


def _result_from_json(operation: str, case: str, found: Any) -> Result:
    obligation = Obligation(operation, case, _field(found, "invariant", str))
    try:
        verdict = Verdict(_field(found, "verdict", str))
    except ValueError as error:
        raise RecordError(f"{obligation.name}: {error}") from None
    texts = (_field(found, name, str) for name in ("witness", "story", "test"))
    return Result(obligation, verdict, *_counts(found), *texts)


def _counts(found: Any) -> tuple[int, int, int]:
    return _field(found, "paths", int), _field(found, "queries", int), _field(found, "resources", int)


def _field(found: Any, name: str, kind: type[Value]) -> Value:
    """What is under a name, if it is of the kind: exactly, for a truth value is no number here."""
    value = found.get(name) if isinstance(found, Mapping) else None
    if type(value) is not kind:
        raise RecordError(f"{name!r} is {value!r}, where {kind.__name__} is expected")
    return value


def _number(found: Any, name: str) -> float:
    """Seconds: JSON writers may turn 2.0 into 2."""
    value = found.get(name) if isinstance(found, Mapping) else None
    return float(value) if type(value) is int else _field(found, name, float)
