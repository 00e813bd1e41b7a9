"""Faults in what the calls rest on: taking, releasing, arithmetic, and the steps of tearing down.

Each comes with an obligation that must refute it: see also `tmem_proofs.faults`.
"""

from __future__ import annotations

from tmem_proofs.call_faults import faults
from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault

_PIECES = [
    ("take stops an objnode short", "for _ in range(count):", "for _ in range(count - 1):", "take/MEM-5"),
    ("take asks for one more", "for _ in range(count):", "for _ in range(count + 1):", "take/MEM-6"),
    (
        "take loses an objnode",
        "        nodes.append(node)\n    return True",
        "        nodes[:] = [node]\n    return True",
        "take/OWN-1",
    ),
    (
        "release forgets the obj",
        "    if obj is not None:\n        try:",
        "    if pampds and obj is not None:\n        try:",
        "release/OWN-1",
    ),
    (
        "release lets a KeyboardInterrupt of the PAM through",
        "            pool.pam.free(pampd)\n        except BaseException",
        "            pool.pam.free(pampd)\n        except Exception",
        "release/OWN-1",
    ),
    (
        "release gives the exception of a free before that of the operation",
        "    for node in nodes:\n",
        "    raised = None\n    for node in nodes:\n",
        "release/ERR-2",
    ),
]


_DRAIN = [
    (
        "drain forgets pampd_count",
        "    obj.pampd_count -= node.slots_in_use\n",
        "",
        "drain/height 2/CNT-1",
    ),
    (
        "a drained tree keeps its height",
        "    obj.root = None\n    obj.height = 0\n    return emptied",
        "    obj.root = None\n    return emptied",
        "drain/height 2/CNT-2",
    ),
    (
        "drain forgets objnode_count",
        "    obj.objnode_count -= len(unlinked)\n    return pampds",
        "    return pampds",
        "drain/height 2/CNT-4",
    ),
    (
        "drain hands out a leaf with its count",
        "    node.slots_in_use = 0\n    unlinked = [node",
        "    unlinked = [node",
        "drain/height 2/CNT-5",
    ),
    (
        "drain clears another slot than it took",
        "        slot = _first_used(node.slots)\n        path.append((node, slot))",
        "        slot = _first_used(node.slots)\n        path.append((node, slot ^ 1))",
        "drain/height 2/COH-5",
    ),
    (
        "drain leaks the leaf",
        "    unlinked = [node, *_unlink(obj, path)]",
        "    unlinked = [*_unlink(obj, path)]",
        "drain/height 2/OWN-1",
    ),
    (
        "drain leaves emptied objnodes in place",
        "        if node.slots_in_use > 0:\n",
        "        if node.slots_in_use >= 0:\n",
        "drain/height 3/SHR-2",
    ),
    (
        "drain goes down a level too far",
        "    for _ in range(obj.height - 1):\n",
        "    for _ in range(obj.height):\n",
        "drain/height 1/ERR-2",
    ),
    (
        "the search for a used slot ends at an empty one",
        "    while slots[slot] is None:\n",
        "    while slots[slot] is not None:\n",
        "first used slot/any/SHR-3",
    ),
    (
        "the search for a used slot goes down from slot 0",
        "        slot += 1\n    return slot",
        "        slot -= 1\n    return slot",
        "first used slot/any/SHR-3",
    ),
    (
        "empty slots are handed out",
        "[held for held in slots if held is not None]",
        "list(slots)",
        "used slots/any/OWN-1",
    ),
]

DRAIN_FAULTS = tuple(
    Refuted(Fault(name, "_tree", old, new), Obligation(*by.split("/"))) for name, old, new, by in _DRAIN
)
PIECE_FAULTS: tuple[Refuted, ...] = (
    *faults("_pool", "any", _PIECES),
    Refuted(
        Fault("heights are one too many", "_words", "    return height\n", "    return height + 1\n"),
        Obligation("height_for", "any", "SHR-1"),
    ),
    Refuted(
        Fault("oids hash to nine bits", "_words", "_WORD) >> 56", "_WORD) >> 55"),
        Obligation("bucket_of", "any", "OID-2"),
    ),
)
