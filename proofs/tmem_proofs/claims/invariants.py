"""The obligations: which invariant is claimed of which operation, and what it says of one path through it.

Each function of `answers`, `memory` and `shape` takes a finished run and yields what must hold of it, as claims on
unknown values, wherever the specification has a predicate by calling that. A run of which an invariant says nothing
(MEM-1 of a put that is not refused) yields nothing; an invariant that says nothing of any run is vacuous, and that is
no pass.
"""

from __future__ import annotations

from tmem_proofs.claims import answers, memory, shape
from tmem_proofs.claims.claim import Claims

_EVERYWHERE: dict[str, Claims] = {
    "COH-5": answers.others_stay,
    "ERR-2": answers.exceptions_are_passed_on,
}

_CHANGED: dict[str, Claims] = {
    "SHR-1": shape.height_is_least,
    "SHR-2": shape.no_objnode_is_empty,
    "SHR-3": shape.page_lies_where_its_index_says,
    "CNT-1": shape.pampd_count_is_right,
    "CNT-2": shape.object_exists_iff_it_has_a_page,
    "CNT-4": shape.objnode_count_is_right,
    "CNT-5": shape.slots_in_use_is_right,
    "OWN-1": memory.freed_exactly_once,
    **_EVERYWHERE,
}

_PUT: dict[str, Claims] = {
    "COH-1": answers.page_is_there,
    "COH-3": answers.old_page_is_gone,
    **_CHANGED,
    "MEM-1": memory.objnodes_are_given_back,
    "MEM-3": memory.pampd_is_given_back,
    "MEM-5": memory.refused_for_a_reason,
    "MEM-6": memory.asks_for_no_more,
}

# What is claimed apart, of puts that are refused half way: all that a stump would break.
_HALF_WAY: dict[str, Claims] = {
    "COH-3": answers.old_page_is_gone,
    "SHR-1": shape.height_is_least,
    "SHR-2": shape.no_objnode_is_empty,
    "CNT-2": shape.object_exists_iff_it_has_a_page,
    "CNT-4": shape.objnode_count_is_right,
    "CNT-5": shape.slots_in_use_is_right,
    "MEM-1": memory.objnodes_are_given_back,
    "MEM-2": memory.obj_is_given_back,
    "MEM-3": memory.pampd_is_given_back,
    "OWN-1": memory.freed_exactly_once,
}

# What is claimed of each operation.
CLAIMS: dict[str, dict[str, Claims]] = {
    "insert": {
        **_PUT,
        "MEM-2": memory.obj_is_given_back,
        "MEM-4": memory.tree_is_as_it_was,
    },
    "insert refused growing": {**_HALF_WAY, "MEM-4": memory.tree_is_as_it_was},
    "insert refused descending": {**_HALF_WAY, "MEM-4": memory.tree_is_as_it_was},
    "insert not created": {**_HALF_WAY, "MEM-4": memory.tree_is_as_it_was},
    "replace": {**_PUT, "OWN-2": memory.seen_on_the_way("OWN-2")},
    "replace not created": _HALF_WAY,
    "delete": {
        "COH-4": answers.flushed_page_is_gone,
        **_CHANGED,
        "OWN-2": memory.seen_on_the_way("OWN-2"),
    },
    "lookup": {"COH-1": answers.page_is_found, **_EVERYWHERE},
    "place": {
        "COH-1": answers.page_is_there,
        "MEM-4": memory.tree_is_as_it_was,
        "MEM-6": memory.lacks_an_objnode,
        **{key: claims for key, claims in _CHANGED.items() if key != "OWN-1"},
    },
    "get": {
        "COH-1": answers.hit_is_the_page,
        "COH-2": answers.nothing_is_found_where_nothing_is,
        "COH-6": answers.persistent_page_stays,
        "EPH-1": answers.hit_removes_a_private_page,
        "EPH-2": answers.ephemeral_page_is_found,
        "EPH-4": answers.hit_keeps_a_shared_page,
        "ERR-1": answers.failing_get_data_is_an_error,
        **_CHANGED,
        "OWN-2": memory.data_is_of_the_page,
    },
}


# A tree of height 0, or none, has no objnode before the call, nor, if nothing is added, after it.
_OF_OBJNODES = {"SHR-2", "CNT-5"}
_WITHOUT = {
    ("height 0", "replace"): _OF_OBJNODES,
    ("height 0", "delete"): _OF_OBJNODES,
    ("height 0", "get"): _OF_OBJNODES,
    ("height 0", "place"): _OF_OBJNODES | {"COH-1"},  # what has no leaf has no place
    ("height 0", "replace not created"): _OF_OBJNODES,
    ("height 0", "insert refused growing"): {"SHR-2"},
    ("height 0", "insert refused descending"): {"SHR-2"},
    ("height 0", "insert not created"): _OF_OBJNODES,
    ("no object", "insert refused descending"): {"SHR-2"},
    ("no object", "insert not created"): _OF_OBJNODES,
}


def claimed(operation: str, case: str) -> list[str]:
    """The invariants that are claimed of an operation from one kind of state."""
    without = _WITHOUT.get((case, operation), set())
    return [invariant for invariant in CLAIMS[operation] if invariant not in without]
