"""Faults in what an object knows beside its tree: its leaves and its lock. Each has an obligation that refutes it."""

from __future__ import annotations

from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault


def _tree(name: str, old: str, new: str, by: str) -> Refuted:
    return Refuted(Fault(name, "_tree", old, new), Obligation(*by.split("/")))


def _operations(name: str, old: str, new: str, by: str) -> Refuted:
    return Refuted(Fault(name, "_operations", old, new), Obligation(*by.split("/")))


LEAF_FAULTS: tuple[Refuted, ...] = (
    _tree(
        "a leaf is not entered",
        "        obj.leaves[index >> SLOT_BITS] = nodes[0]\n",
        "        pass\n",
        "insert/height 1/SHR-3",
    ),
    _tree("the first leaf is not entered", "    leaves[index >> SLOT_BITS] = nodes[0]\n", "", "insert/height 0/SHR-3"),
    _tree(
        "a leaf is entered as that of another index",
        "        obj.leaves[index >> SLOT_BITS] = nodes[0]\n",
        "        obj.leaves[index & SLOT_MASK] = nodes[0]\n",
        "insert/height 1/SHR-3",
    ),
    _tree(
        "a page that gets a leaf is not entered",
        "    if obj.root is not None:\n        leaves[0] = nodes[-1]\n",
        "",
        "insert/height 0/SHR-3",
    ),
    _tree(
        "a leaf is not struck out",
        "    if unlinked:\n        del obj.leaves[index >> SLOT_BITS]\n",
        "",
        "delete/height 2/SHR-3",
    ),
    _tree(
        "a tree without objnodes keeps a leaf",
        "    if obj.height == 0:\n        obj.leaves = _NO_LEAVES\n",
        "",
        "delete/height 1/SHR-3",
    ),
    _tree(
        "place forgets pampd_count",
        "        obj.pampd_count += 1\n    slots[slot]",
        "    slots[slot]",
        "place/height 1/CNT-1",
    ),
    _tree("place forgets slots_in_use", "        leaf.slots_in_use += 1\n", "", "place/height 1/CNT-5"),
    _tree(
        "place counts the page that it replaces",
        "    if slots[slot] is None:\n        leaf.slots_in_use += 1\n",
        "    if slots:\n        leaf.slots_in_use += 1\n",
        "place/height 1/CNT-5",
    ),
    _tree(
        "place says that it has where no leaf is",
        "    if leaf is None:\n        return False\n",
        "    if leaf is None:\n        return True\n",
        "place/height 2/COH-1",
    ),
    _tree(
        "a delete from a leaf of two pages leaves the tree as high",
        "_FEW: Final = 2",
        "_FEW: Final = 1",
        "delete/height 1/SHR-1",
    ),
    _operations("an object has no lock", "            obj.lock = bucket.lock\n", "", "insert/no object/CNT-2"),
    _operations("an emptied object keeps its lock", "    obj.lock = None\n", "", "delete/height 0/CNT-2"),
    _operations(
        "an object stays for whose leaves there is no memory",
        "        if known is None:\n            pool.objs.pop(oid, None)\n",
        "",
        "insert/no object/CNT-2",
    ),
)
