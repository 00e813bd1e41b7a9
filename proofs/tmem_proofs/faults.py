"""Faults put into the shipped source by hand, each with an obligation that must refute it.

They are the mistakes that were made in this code or in its relatives: stumps, heights that stay, counts forgotten,
slots cleared without the count, success after refusal, errors taken for data. A claim that refutes no fault would be
worth nothing.
"""

from __future__ import annotations

from tmem_proofs.call_faults import CALL_FAULTS
from tmem_proofs.leaf_faults import LEAF_FAULTS
from tmem_proofs.piece_faults import DRAIN_FAULTS, PIECE_FAULTS
from tmem_proofs.range_faults import RANGE_FAULTS
from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault


def _tree(name: str, old: str, new: str, by: str) -> Refuted:
    return Refuted(Fault(name, "_tree", old, new), Obligation(*by.split("/")))


_TAKEN = (
    "# noqa: BLE001 - what was taken is released first; it is raised below\n        raised = error\n        if known"
)


def _operations(name: str, old: str, new: str, by: str) -> Refuted:
    return Refuted(Fault(name, "_operations", old, new), Obligation(*by.split("/")))


_COUNTS = (
    _tree("insert forgets pampd_count", "\n    obj.pampd_count += 1\n", "\n", "insert/height 1/CNT-1"),
    _tree(
        "delete forgets pampd_count",
        "    obj.pampd_count -= 1\n",
        "",
        "delete/height 1/CNT-1",
    ),
    _tree("insert forgets objnode_count", "    obj.objnode_count += len(nodes)\n", "", "insert/height 1/CNT-4"),
    _tree(
        "delete forgets the objnodes it unlinks",
        "    pampd, unlinked = _cut(obj, index)\n    obj.objnode_count -= len(unlinked)\n",
        "    pampd, unlinked = _cut(obj, index)\n",
        "delete/height 2/CNT-4",
    ),
    _tree("insert forgets slots_in_use", "    node.slots_in_use += 1\n", "", "insert/height 1/CNT-5"),
    _tree("a slot is cleared without the count", "        node.slots_in_use -= 1\n", "", "delete/height 1/CNT-5"),
    _tree(
        "a new root forgets slots_in_use",
        "    top.slots[0] = obj.root\n    top.slots_in_use = 1\n",
        "    top.slots[0] = obj.root\n",
        "insert/height 0/CNT-5",
    ),
)

_SHAPES = (
    _tree("delete does not shrink", "    _shrink(obj, unlinked)\n", "", "delete/height 2/SHR-1"),
    _tree(
        "delete shrinks by one level at most",
        "    while obj.height > 0:\n",
        "    for _ in range(min(1, obj.height)):\n",
        "delete/height 2/SHR-1",
    ),
    _tree(
        "delete shrinks to height 1 at best",
        "    while obj.height > 0:\n",
        "    while obj.height > 1:\n",
        "delete/height 1/SHR-1",
    ),
    _tree(
        "delete shrinks over other used slots",
        "top.slots_in_use > 1 or top.slots[0] is None",
        "top.slots[0] is None",
        "delete/height 2/COH-5",
    ),
    _tree(
        "an emptied tree keeps its height",
        "    obj.root = None\n    obj.height = 0\n    return emptied",
        "    obj.root = None\n    return emptied",
        "delete/height 1/SHR-1",
    ),
    _tree(
        "delete leaves emptied objnodes in place",
        "        if node.slots_in_use > 0:\n",
        "        if node.slots_in_use >= 0:\n",
        "delete/height 2/SHR-2",
    ),
    _tree(
        "the old root goes to slot 1",
        "    top.slots[0] = obj.root\n",
        "    top.slots[1] = obj.root\n",
        "insert/height 1/COH-5",
    ),
    _tree(
        "growing stops a level short",
        "    while index > MAX_INDEX[obj.height]:\n",
        "    while index > MAX_INDEX[obj.height + 1]:\n",
        "insert/height 1/COH-1",
    ),
    _tree(
        "a branch takes each slot from the level above",
        "node.slots[index >> SLOT_BITS * level & SLOT_MASK] = top",
        "node.slots[index >> SLOT_BITS * (level + 1) & SLOT_MASK] = top",
        "insert/height 2/COH-1",
    ),
    _tree(
        "a page lands one slot away",
        "    node.slots[slot] = _branch(",
        "    node.slots[slot ^ 1] = _branch(",
        "insert/height 1/SHR-3",
    ),
    Refuted(
        Fault(
            "trees are taller than need be",
            "_words",
            "while index > MAX_INDEX[height]",
            "while index >= MAX_INDEX[height]",
        ),
        Obligation("insert", "no object", "SHR-1"),
    ),
    _tree(
        "lookup believes every index to be in range",
        "return obj.root if index == 0 and obj.height == 0 else None",
        "return obj.root if obj.height == 0 else None",
        "lookup/height 0/COH-1",
    ),
)

_MEMORY = (
    _tree(
        "a put asks for one objnode more than it needs",
        "return height - obj.height + height - 1",
        "return height - obj.height + height",
        "insert/height 0/MEM-6",
    ),
    _tree(
        "a put asks for one objnode less than it needs",
        "return height - obj.height + height - 1",
        "return height - obj.height + height - 2",
        "insert/height 1/ERR-2",
    ),
    _tree(
        "a dropped root is handed back with its slot used", "        top.slots[0] = None\n", "", "delete/height 1/CNT-5"
    ),
    _tree(
        "a dropped root is handed back with its count",
        "        top.slots_in_use = 0\n        unlinked",
        "        unlinked",
        "delete/height 1/CNT-5",
    ),
    _tree("a dropped root is leaked", "        unlinked.append(top)\n", "", "delete/height 1/OWN-1"),
    _tree(
        "an emptied objnode is handed back twice",
        "        emptied.append(node)\n",
        "        emptied += [node, node]\n",
        "delete/height 1/OWN-1",
    ),
    _operations(
        "a refused put keeps its objnodes",
        "[] if pampd is None else [pampd], nodes, fresh, raised",
        "[] if pampd is None else [pampd], [], fresh, raised",
        "insert/height 1/MEM-1",
    ),
    _operations(
        "a refused put keeps its obj",
        "[] if pampd is None else [pampd], nodes, fresh, raised",
        "[] if pampd is None else [pampd], nodes, None, raised",
        "insert/no object/MEM-2",
    ),
    _operations(
        "an objnode is linked before the page is there",
        "            pampd = pool.pam.create(pool.id, oid, index, page)\n        if obj is",
        "            insert(obj, index, oid, nodes)\n"
        "            pampd = pool.pam.create(pool.id, oid, index, page)\n        if obj is",
        "insert/height 1/MEM-4",
    ),
    _operations(
        "a put to a known object that is refused says stored",
        "    raised = release(pool, [] if pampd is None else [pampd], nodes, fresh, raised)\n"
        "    if raised is not None:\n        raise raised\n    return False",
        "    raised = release(pool, [] if pampd is None else [pampd], nodes, fresh, raised)\n"
        "    if raised is not None:\n        raise raised\n    return True",
        "insert/height 1/COH-1",
    ),
    _operations(
        "a put says refused when it has stored",
        "            obj.lock = bucket.lock\n            return True",
        "            obj.lock = bucket.lock\n            return False",
        "insert/height 1/MEM-5",
    ),
    _operations(
        "a created page is leaked when memory for the object runs out",
        "            pampd = pool.pam.create(pool.id, oid, index, page)\n        if obj is",
        "            pampd = pool.pam.create(pool.id, oid, index, page)\n"
        "            pampd = pampd and pool.host.objnode_alloc(pool.id) and pampd\n"
        "        if obj is",
        "insert/height 1/MEM-3",
    ),
)

_PAGES = (
    _operations(
        "a refused duplicate keeps the old page",
        "        replace(obj, index, new)\n        return True\n    _, nodes = delete(obj, index)",
        "        replace(obj, index, new)\n        return True\n    nodes: list[Objnode] = []",
        "replace/height 1/COH-3",
    ),
    _operations(
        "a duplicate stores nothing and says stored",
        "        replace(obj, index, new)\n",
        "",
        "replace/height 1/COH-1",
    ),
    _operations(
        "a duplicate gives its objnodes back and asks for them again",
        "    return _put_duplicate(bucket, oid, obj, index, pampd, page)",
        "    flush_page(bucket, oid, index)\n    return _put_new(bucket, oid, bucket.pool.objs.get(oid), index, page)",
        "replace/height 1/MEM-6",
    ),
    _operations("a duplicate frees nothing", "        pool.pam.free(old)\n", "", "replace/height 1/OWN-1"),
    _operations(
        "a removed page is freed by another name",
        "    return release(bucket.pool, [pampd], nodes,",
        "    return release(bucket.pool, [index], nodes,",
        "delete/height 1/OWN-2",
    ),
    _operations(
        "an exception of the PAM is swallowed",
        "    raised = release(pool, [], nodes, emptied(bucket, oid, obj), raised)\n"
        "    if raised is not None:\n        raise raised\n",
        "    release(pool, [], nodes, emptied(bucket, oid, obj), raised)\n",
        "replace/height 1/ERR-2",
    ),
    _operations(
        "a put lets a KeyboardInterrupt of the PAM through",
        f"BaseException as error:  {_TAKEN}",
        f"Exception as error:  {_TAKEN}",
        "insert/height 1/MEM-1",
    ),
    _operations(
        "an object is never taken out of its bucket",
        "if obj.pampd_count > 0:",
        "if obj.pampd_count >= 0:",
        "delete/height 0/CNT-2",
    ),
    _operations(
        "flush_page drops nothing",
        "    raised = _remove(bucket, oid, obj, index)\n"
        "    if raised is not None:\n        raise raised\n    return True",
        "    return True",
        "delete/height 1/COH-4",
    ),
)

_KEPT = "pool.persistent if page is None else pool.keeps and not exclusive"

_GETS = (
    _operations(
        "a get of a persistent page removes it",
        _KEPT,
        "pool.persistent if page is None else pool.keeps and not pool.persistent and not exclusive",
        "get/height 1/COH-6",
    ),
    _operations(
        "a get of a private ephemeral page leaves it",
        _KEPT,
        "pool.persistent if page is None else not exclusive",
        "get/height 1/EPH-1",
    ),
    _operations(
        "a get of a shared page removes it",
        _KEPT,
        "pool.persistent if page is None else pool.persistent and not exclusive",
        "get/height 1/EPH-4",
    ),
    _operations(
        "an exclusive get leaves a shared page",
        _KEPT,
        "pool.persistent if page is None else pool.keeps and not (exclusive and pool.persistent)",
        "get/height 0/EPH-4",
    ),
    _operations(
        "an exclusive get leaves a persistent page",
        _KEPT,
        "pool.persistent if page is None else pool.keeps and not (exclusive and not pool.persistent)",
        "get/height 0/COH-6",
    ),
    _operations(
        "a failing get_data loses a persistent page",
        _KEPT,
        "False if page is None else pool.keeps and not exclusive",
        "get/height 1/COH-6",
    ),
    _operations(
        "a failing get_data leaves an ephemeral page",
        _KEPT,
        "True if page is None else pool.keeps and not exclusive",
        "get/height 1/ERR-1",
    ),
    _operations(
        "a failing get_data gives an empty page",
        "    if page is None and raised is None:\n",
        '    if page is None and raised is None:\n        return b""\n',
        "get/height 1/ERR-1",
    ),
    _operations(
        "an exception of get_data is swallowed",
        "        raise raised\n    return page",
        "        pass\n    return page",
        "get/height 1/ERR-2",
    ),
    _operations(
        "a get finds a page where none is",
        "        return None\n    pool = bucket.pool\n",
        '        return b""\n    pool = bucket.pool\n',
        "get/height 1/COH-2",
    ),
    _operations(
        "a get misses what is in a shared pool",
        "        return None\n    pool = bucket.pool\n",
        "        return None\n    pool = bucket.pool\n"
        "    if pool.keeps and not pool.persistent:\n        return None\n",
        "get/height 1/EPH-2",
    ),
    _operations(
        "a get asks for the data of something else",
        "        page = pool.pam.get_data(pampd)",
        "        page = pool.pam.get_data(obj)",
        "get/height 1/COH-1",
    ),
    _operations(
        "a get asks for the data of a page that it has freed",
        "        page = pool.pam.get_data(pampd)",
        "        pool.pam.free(pampd)\n        page = pool.pam.get_data(pampd)",
        "get/height 1/OWN-2",
    ),
    _operations(
        "a get forgets the object that it has emptied",
        "return release(bucket.pool, [pampd], nodes, emptied(bucket, oid, obj)",
        "return release(bucket.pool, [pampd], nodes, None",
        "get/height 1/CNT-2",
    ),
)

FAULTS: tuple[Refuted, ...] = (
    *_COUNTS,
    *LEAF_FAULTS,
    *_SHAPES,
    *_MEMORY,
    *_PAGES,
    *_GETS,
    *CALL_FAULTS,
    *DRAIN_FAULTS,
    *PIECE_FAULTS,
    *RANGE_FAULTS,
)
