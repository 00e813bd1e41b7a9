"""Faults put into the specification by hand, each with an obligation of theorem A that must refute it.

They are mistakes in the machine's rules, in the canonical law, and promises that ask too much. A promise that asks too
little is refuted by nothing: its obligation proves less, or is vacuous.
"""

from __future__ import annotations

from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault


def _fault(module: str, name: str, old: str, new: str, by: str) -> Refuted:
    operation, case, invariant = by.split("/")
    return Refuted(Fault(name, module, old, new), Obligation(f"spec.{operation}", case, invariant))


def _machine(name: str, old: str, new: str, by: str) -> Refuted:
    return _fault("machine", name, old, new, by)


def _store(name: str, old: str, new: str, by: str) -> Refuted:
    return _fault("store", name, old, new, by)


def _histories(name: str, old: str, new: str, by: str) -> Refuted:
    return _fault("histories", name, old, new, by)


def _law(name: str, old: str, new: str, by: str) -> Refuted:
    return _fault("law", name, old, new, by)


_PUTS = (
    _machine(
        "a refused put stores its page",
        "        if mem_5(rules, environment):\n            return After(None)\n",
        "        if mem_5(rules, environment):\n            return After(page)\n",
        "put/induction/COH-3",
    ),
    _store(
        "a refused put keeps the old page",
        "        return Step(store.with_held(call.handle, after.held), after.violations)\n",
        "        if isinstance(call, Put) and after.held is None:\n"
        "            return Step(store, after.violations)\n"
        "        return Step(store.with_held(call.handle, after.held), after.violations)\n",
        "put/induction/COH-3",
    ),
    _machine(
        "a put stores nothing",
        "        return After(page)\n    if answer.outcome is Outcome.REFUSED",
        "        return After(None)\n    if answer.outcome is Outcome.REFUSED",
        "put/induction/COH-6",
    ),
    _machine(
        "a frozen pool stores",
        'return After(page, (violation("POOL-4", "a put stored in a frozen pool", "a flush"),))',
        "return After(page)",
        "put/any history/POOL-4",
    ),
    _store(
        "a put lands at index 0",
        "pool.pages.with_entry((handle.oid, handle.index), page)",
        "pool.pages.with_entry((handle.oid, 0), page)",
        "put/induction/COH-1",
    ),
)

_KEPT = "        kept = (rules.persistent or rules.shared) and not exclusive\n        return After(held if kept"

_GETS = (
    _machine(
        "a hit keeps a private page",
        _KEPT,
        "        kept = not exclusive\n        return After(held if kept",
        "get/induction/EPH-1",
    ),
    _machine(
        "a hit removes a shared page",
        _KEPT,
        "        kept = rules.persistent and not exclusive\n        return After(held if kept",
        "get/induction/EPH-4",
    ),
    _machine(
        "a hit removes a persistent page",
        _KEPT,
        "        kept = rules.shared and not exclusive\n        return After(held if kept",
        "get/induction/COH-6",
    ),
    _machine("any page will do", "    elif answer.page != held:\n", "    elif False:\n", "get/any history/COH-1"),
    _machine(
        "a page is found where none is",
        'broken.append(violation("COH-2", f"page {answer.page!r} at a handle that holds none", "not found"))',
        "pass",
        "get/any history/COH-2",
    ),
    _machine(
        "a persistent page may be reclaimed unasked",
        "    if held is None or (environment.reclaims and not rules.persistent):\n",
        "    if held is None or environment.reclaims:\n",
        "get/any history/COH-6",
    ),
    _machine(
        "a page may be missed at any time",
        "    if held is None or (environment.reclaims and not rules.persistent):\n",
        "    if True:\n",
        "get/any history/EPH-4",
    ),
    _machine(
        "a failing get_data gives a miss",
        'return (violation("ERR-1", "not found, although there was a page whose get_data failed", "an error"),)',
        "return ()",
        "get/any history/ERR-1",
    ),
    _machine(
        "a failing get loses a persistent page",
        "        return After(held if rules.persistent else None, broken + _failed(",
        "        return After(None, broken + _failed(",
        "get/induction/COH-6",
    ),
    _machine(
        "a miss writes into the buffer",
        "    if answer.buffer_changed and answer.outcome is not Outcome.HIT:\n",
        "    if answer.buffer_changed and answer.outcome is Outcome.FAILED:\n",
        "get/any history/COH-7",
    ),
)

_FLUSHES = (
    _machine(
        "flush_page keeps the page",
        "        return After(None)\n    return After(None, _raised_only(answer, environment))\n\n\ndef flush(",
        "        return After(held)\n    return After(None, _raised_only(answer, environment))\n\n\ndef flush(",
        "flush_page/induction/COH-4",
    ),
    _machine(
        "flush_object keeps the pages",
        "    return None if inside else held\n",
        "    return held\n",
        "flush_object/induction/COH-4",
    ),
    _machine(
        "flush_object drops pages of other objects",
        "    return None if inside else held\n",
        "    return None\n",
        "flush_object/induction/COH-6",
    ),
    _store(
        "flush_object takes an index for an oid",
        "place[0] == call.oid",
        "place[1] == call.oid",
        "flush_object/induction/COH-4",
    ),
    _store(
        "destroy_pool keeps the pages",
        "inside=inside(place))",
        "inside=inside(place) and not isinstance(call, DestroyPool))",
        "destroy_pool/induction/POOL-1",
    ),
    _machine(
        "a persistent page is reclaimed",
        '    if rules.persistent:\n        return After(held, (violation("COH-6", "reclaim from a persistent pool",'
        ' "rejected"),))\n',
        "",
        "reclaim/induction/COH-6",
    ),
    _machine(
        "reclaim takes whatever page is there",
        "    if answer.outcome is Outcome.DONE and not names_held:\n",
        "    if False:\n",
        "reclaim/any history/EPH-3",
    ),
    _machine(
        "reclaim leaves the page",
        "        return After(None)\n    return After(None if names_held else held",
        "        return After(held)\n    return After(None if names_held else held",
        "reclaim/induction/EPH-2",
    ),
)

_POOLS = (
    _store(
        "a destroyed pool accepts",
        "    if pool is None or pool.destroyed:\n",
        "    if pool is None:\n",
        "get/any history/POOL-1",
    ),
    _store(
        "a call to be rejected may be answered",
        "    return (*broken, violation(invariant, answer.outcome.value, Outcome.REJECTED.value))\n",
        "    return broken\n",
        "flush_pool/any history/POOL-1",
    ),
    _store(
        "destroying is forgotten",
        "destroyed=isinstance(call, DestroyPool)",
        "destroyed=False",
        "destroy_pool/induction/POOL-1",
    ),
    _store(
        "an id is given while its pool lives",
        "    if earlier is not None and (not earlier.destroyed",
        "    if earlier is not None and (False",
        "new_pool/any history/POOL-2",
    ),
    _store(
        "a pool is made of another kind",
        "machine.Rules(persistent=bool(call.flags & PERSISTENT), shared=bool(call.flags & SHARED))",
        "machine.Rules(persistent=bool(call.flags & SHARED), shared=bool(call.flags & PERSISTENT))",
        "new_pool/induction/POOL-1",
    ),
    _store("freeze is ignored", "frozen=isinstance(call, Freeze)", "frozen=False", "freeze/induction/POOL-4"),
    _store("thaw is ignored", "frozen=isinstance(call, Freeze)", "frozen=True", "thaw/induction/POOL-4"),
)

_PROMISES = (
    _histories(
        "COH-1 also asks for a buffer as it was",
        "kept = put_page is not None and event.answer.page == put_page\n",
        "kept = put_page is not None and event.answer.page == put_page and not event.answer.buffer_changed\n",
        "get/any history/COH-1",
    ),
    _histories(
        "COH-2 wants the filling before the miss",
        "kept = filled is not None and filled > empty",
        "kept = filled is not None and filled < empty",
        "get/any history/COH-2",
    ),
    _histories(
        "COH-5 forgets that a get takes a private page",
        " or private_ephemeral(history, handle, left):",
        ":",
        "get/any history/COH-5",
    ),
    _histories(
        "COH-6 forgets exclusive gets",
        "missed_with_cause(history, handle, at, (flushes, takes, fails_to_fill))",
        "missed_with_cause(history, handle, at, (flushes, fails_to_fill))",
        "get/any history/COH-6",
    ),
    _histories(
        "EPH-1 is asked of shared pools too",
        "    if hits(history[at], handle) and private_ephemeral(history, handle, at):\n",
        "    if hits(history[at], handle) and not persistent(history, handle, at):\n",
        "get/any history/EPH-1",
    ),
    _histories(
        "EPH-2 forgets gets that fail",
        "causes = (*removing, misses, flushes, takes, fails_to_fill, reclaims, fails)",
        "causes = (*removing, misses, flushes, takes, fails_to_fill, reclaims)",
        "get/any history/EPH-2",
    ),
    _histories(
        "EPH-3 asks for not found in destroyed pools too",
        "yield Promise(outcome is not Outcome.DONE, found",
        "yield Promise(outcome is Outcome.NOT_FOUND, found",
        "reclaim/any history/EPH-3",
    ),
    _histories(
        "EPH-4 forgets reclaim",
        "        causes = (misses, flushes, takes, fails_to_fill, reclaims, fails)",
        "        causes = (misses, flushes, takes, fails_to_fill, fails)",
        "get/any history/EPH-4",
    ),
    _histories(
        "ERR-1 allows no rejection",
        "kept = outcome not in {Outcome.HIT, Outcome.MISS}",
        "kept = outcome is Outcome.FAILED",
        "get/any history/ERR-1",
    ),
    _histories(
        "POOL-1 forgets that an id is given again",
        "if pool_of(event) == handle.pool and history.since(handle, at, destroys, makes):",
        "if pool_of(event) == handle.pool and history.ever(handle, at, destroys):",
        "freeze/any history/POOL-1",
    ),
    _histories(
        "POOL-4 forgets thaws",
        "history.since(handle, at, freezes, thaws)",
        "history.ever(handle, at, freezes)",
        "put/any history/POOL-4",
    ),
    _fault(
        "events",
        "a hit that takes the page is said to leave it",
        "    return hits(event, handle) and not takes(event, handle) and not",
        "    return hits(event, handle) and not",
        "get/induction/COH-5",
    ),
)

_LEVELS = "range(1, height(indexes) + 1)"

LAW_FAULTS: tuple[Refuted, ...] = (
    _law(
        "trees are taller than need be",
        "while last > max_index(least)",
        "while least < 6 and last >= max_index(least)",
        "height/any set/SHR-1",
    ),
    _law("a tree without an index has height 1", "    least = 0\n", "    least = 1\n", "height/empty/SHR-1"),
    _law("the root is not counted", _LEVELS, "range(1, height(indexes))", "objnodes/any set/SHR-4"),
    _law("pages are counted as objnodes", _LEVELS, "range(height(indexes) + 1)", "objnodes/inserting/SHR-4"),
    _law("leaves are counted twice", _LEVELS, f"(1, *{_LEVELS})", "objnodes/six a page/SHR-4"),
    _law(
        "a put may ask for 10 objnodes",
        "else MOST_OBJNODES_A_PUT",
        "else MOST_OBJNODES_A_PUT - 1",
        "objnodes/inserting/MEM-6",
    ),
    _law(
        "a prefix keeps a digit too many",
        "index >> SLOT_BITS * level",
        "index >> SLOT_BITS * max(0, level - 1)",
        "prefix/any/SHR-3",
    ),
    _law("a root may use slot 0 alone", "slots_in_use > 1 or", "slots_in_use >= 1 or", "tree/height 1/SHR-1"),
    _law("a root must use three slots", "slots_in_use > 1 or", "slots_in_use > 2 or", "tree/height 2/SHR-1"),
    _law("an objnode may be empty", "return slots_in_use >= 1", "return slots_in_use >= 0", "tree/level 2/SHR-2"),
    _law("an objnode must use two slots", "return slots_in_use >= 1", "return slots_in_use >= 2", "tree/level 1/SHR-2"),
    _law(
        "slots are read leaf first",
        "spelled = spelled << SLOT_BITS | slot",
        "spelled = slot << SLOT_BITS | spelled",
        "tree/level 3/SHR-3",
    ),
)

MACHINE_FAULTS: tuple[Refuted, ...] = (*_PUTS, *_GETS, *_FLUSHES, *_POOLS, *_PROMISES)
