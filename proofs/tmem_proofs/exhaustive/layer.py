"""The search as a layer of the checks: is there anything in a small scope that refutes these sources?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tmem_proofs.exhaustive.scope import Scope
from tmem_proofs.exhaustive.search import search
from tmem_proofs.source import load_sources

# Trees of height 2 with every set of indexes, and two objects of one bucket: a second or so for sources that are right.
SMALL = (Scope(indexes=4), Scope(indexes=2, objects=2))


def refutes(sources: Mapping[str, str], scopes: Sequence[Scope] = SMALL) -> str | None:
    """What goes wrong first in the package of these sources (module to text), and how; None if nothing does.

    Sources that cannot be loaded are refuted. Raises ScopeError for those that no scope can be made of: it refutes
    nothing. What loops for ever makes this loop, too (see search.py).
    """
    try:
        code = load_sources(sources)
    except Exception as error:  # noqa: BLE001 - whatever it is, the sources as shipped do not raise it
        return f"import: {type(error).__name__}: {error}"
    for scope in scopes:
        found = search(code, scope)
        if found.divergences:
            first = found.divergences[0]
            return f"{first.step}: {first.wrong[0]}"
    return None
