"""Faults in ranges, runs, and how the PAM is asked for them. Each has an obligation that refutes it.

See also `tmem_proofs.faults`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs.call_faults import ANY, faults
from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault

_SPLICE = (
    "    gone = slots[first:last] if leaf.slots_in_use == SLOTS else used(slots[first:last])\n"
    "    slots[first:last] = [None] * (last - first)\n"
)
_SPLICE_ALL = _SPLICE.replace("first:last", "first : last + 1").replace("(last - first)", "(last + 1 - first)")
_PLACED = "    leaf.slots[first : first + len(pampds)] = pampds\n"
_QUICK_PUT = "live = obj.lock is lock and not quick.frozen and not quick.destroyed\n"
_QUICK_GET = "if obj.lock is lock and quick.keeps and not quick.destroyed and has_leaf(obj, index):"

_RUNS = [
    ("a page without a leaf is not in a run", "        held[0] = obj.root\n", "        pass\n", "span/height 0/COH-1"),
    ("a run is read beside itself", "leaf.slots[slot : slot + count]", "leaf.slots[0:count]", "span/height 1/COH-1"),
    ("filling forgets slots_in_use", "    leaf.slots_in_use += more\n", "", "fill/height 1/CNT-5"),
    ("filling forgets pampd_count", "    obj.pampd_count += more\n", "", "fill/height 2/CNT-1"),
    (
        "filling counts pages again that it is in the place of",
        "len(pampds) - len(used(slots[first:after]))",
        "len(pampds)",
        "fill/height 2/CNT-1",
    ),
    (
        "a run is filled beside itself",
        "    slots[first:after] = pampds\n",
        "    slots[0:after] = pampds\n",
        "fill/height 1/ERR-2",
    ),
    ("planting forgets pampd_count", "    obj.pampd_count += len(pampds) - 1\n", "", "plant/height 2/CNT-1"),
    ("planting forgets slots_in_use", "    leaf.slots_in_use = len(pampds)\n", "", "plant/height 1/CNT-5"),
    (
        "a run is planted where its leaf begins",
        _PLACED,
        "    leaf.slots[0 : len(pampds)] = pampds\n",
        "plant/height 1/COH-5",
    ),
    ("pages are planted in the root", "leaf, first = nodes[0],", "leaf, first = nodes[-1],", "plant/height 1/SHR-3"),
    ("cutting a run without a page", "    if last < first:\n", "    if False:\n", "cut/height 1/ERR-2"),
    ("cutting leaves all but the last", "    slots[first:last] = [None] * (last - first)\n", "", "cut/height 1/COH-4"),
    ("cutting forgets slots_in_use", "    leaf.slots_in_use -= len(gone)\n", "", "cut/height 1/CNT-5"),
    ("cutting forgets pampd_count", "    obj.pampd_count -= len(gone)\n", "", "cut/height 2/CNT-1"),
    (
        "cutting hands out the last alone",
        "return [*gone, pampd], unlinked",
        "return [pampd], unlinked",
        "cut/height 1/OWN-1",
    ),
    ("cutting deletes what is gone", _SPLICE, _SPLICE_ALL, "cut/height 2/CNT-2"),
    ("cutting empties an objnode", _SPLICE, _SPLICE_ALL, "cut/height 2/SHR-2"),
    ("cutting leaves a root with slot 0 alone", _SPLICE, _SPLICE_ALL, "cut/height 1/SHR-1"),
    (
        "a run goes beyond its leaf",
        "after = (index | SLOT_MASK) + 1\n",
        "after = index + SLOTS\n",
        "split/any/SHR-3",
    ),
    ("a range loses its last run", "    while index < end:\n", "    while index + SLOTS < end:\n", "split/any/COH-1"),
    (
        "the first slot is not looked at",
        "while last >= first and",
        "while last > first and",
        "last used slot/any/SHR-3",
    ),
]

_POOL = [
    (
        "every page is created at one index",
        "pool.pam.create(pool.id, oid, index + at, page)",
        "pool.pam.create(pool.id, oid, index, page)",
        "create_all/any/OWN-2",
    ),
    (
        "a refusal moves what comes behind it",
        "            pampds[at] = pool.pam.create(",
        "            pampds[len(pampds) - pampds.count(None)] = pool.pam.create(",
        "create_all/any/OWN-1",
    ),
    (
        "an exception of create_all goes on at once",
        "pool.batch.create_all(pool.id, oid, index, pages)\n        except BaseException",
        "pool.batch.create_all(pool.id, oid, index, pages)\n        except Exception",
        "create_all/any/ERR-2",
    ),
    (
        "data is given for other pages",
        "in zip(places, answers, strict=True):",
        "in enumerate(answers):",
        "read_all/any/COH-1",
    ),
    (
        "data of one page is asked for again",
        "pool.pam.get_data(held[at])",
        "pool.pam.get_data(held[places[0]])",
        "read_all/any/OWN-2",
    ),
    ("what went together goes again one by one", "        pampds = ()\n", "", "release/any/OWN-1"),
]

_RANGES = [
    (
        "a frozen pool is filled",
        "    if pool.frozen:\n",
        "    if not pages:\n",
        "put_range/POOL-4",
    ),
    (
        "success after a refusal",
        "return [pampd is not None for pampd in pampds]",
        "return [True for _ in pampds]",
        "put_range/COH-1",
    ),
    (
        "success without an objnode",
        "raised\n    return False\n",
        "raised\n    return True\n",
        "put_range/COH-1",
    ),
    (
        "objnodes of a refused run are kept",
        "    raised = release(pool, (), nodes, None, raised)\n",
        "",
        "put_range/MEM-1",
    ),
    (
        "a page that is not created stays",
        "if was is not None and pampds[at] is None:",
        "if was is None and held is None:",
        "put_range/COH-3",
    ),
    (
        "a handle is emptied that is empty",
        "if was is not None and pampds[at] is None:",
        "if pampds[at] is None:",
        "put_range/CNT-1",
    ),
    (
        "what was created is not linked",
        "            place(obj, index + at, pampd)\n",
        "            pass\n",
        "put_range/MEM-3",
    ),
    (
        "old pages are freed again",
        "release(pool, (), nodes, emptied(bucket, oid, obj), raised)",
        "release(pool, used(held), nodes, emptied(bucket, oid, obj), raised)",
        "put_range/OWN-1",
    ),
    (
        "pages are created after a free has raised",
        "    if raised is None:\n        pampds, raised",
        "    if True:\n        pampds, raised",
        "put_range/ERR-2",
    ),
    (
        "an objnode too many is taken",
        "missing(obj, index), nodes):",
        "missing(obj, index) + 1, nodes):",
        "put_range/CNT-4",
    ),
    (
        "a PAM is not asked for the pages of a run",
        "obj.height > 0 and pool.plain",
        "obj.height > 0",
        "put_range/OWN-2",
    ),
    ("a leaf is planted over the page of index 0", "obj.height > 0 and pool.plain", "pool.plain", "put_range/SHR-3"),
    (
        "a get leaves private pages",
        "    if not pool.keeps:\n        _drop(bucket, oid, obj, index, count)\n",
        "",
        "get_range/EPH-1",
    ),
    (
        "a get takes shared pages",
        "    if not pool.keeps:\n        _drop(bucket, oid, obj, index, count)\n",
        "    _drop(bucket, oid, obj, index, count)\n",
        "get_range/EPH-4",
    ),
    (
        "a get takes persistent pages",
        "    if not pool.keeps:\n        _drop(bucket, oid, obj, index, len(held))\n",
        "    _drop(bucket, oid, obj, index, len(held))\n",
        "get_range/COH-6",
    ),
    ("pages are taken for their data", "    if not pool.plain:\n", "    if False:\n", "get_range/COH-1"),
    (
        "an exception of get_data is lost",
        "    if raised is None:\n        raised = Get",
        "    if True:\n        raised = Get",
        "get_range/ERR-2",
    ),
    ("a page whose data fails is missing", "    if failed:\n", "    if not held:\n", "get_range/ERR-1"),
    (
        "a persistent page whose data fails goes",
        "    if pool.persistent:\n        return raised\n",
        "",
        "get_range/ERR-1",
    ),
    (
        "pages whose data fails leak",
        "    release(pool, pampds, nodes, emptied(bucket, oid, obj), raised)\n",
        "    emptied(bucket, oid, obj)\n",
        "get_range/OWN-1",
    ),
    ("every page was there", "    return found\n", "    return [True for _ in found]\n", "flush_range/COH-4"),
    ("flushed pages leak", "() if pool.plain else pampds", "()", "flush_range/OWN-1"),
    (
        "an object stays without a page",
        "nodes, emptied(bucket, oid, obj))\n    if raised",
        "nodes, None)\n    if raised",
        "flush_range/CNT-2",
    ),
]

_STORE = [
    (
        "a run is read without its lock",
        "            with bucket.lock:\n                alive(bucket.pool)\n                pages +=",
        "            if True:\n                alive(bucket.pool)\n                pages +=",
        "get_range/LCK-1",
    ),
    (
        "a range goes on in a pool that is destroyed",
        "                alive(bucket.pool)\n                answers +=",
        "                answers +=",
        "put_range/POOL-1",
    ),
    (
        "every run puts the first pages",
        "copies[first - index : first - index + count]",
        "copies[:count]",
        "put_range/COH-1",
    ),
    (
        "a range is got whatever its indexes",
        "        check_range(index, count)\n        pages:",
        "        pages:",
        "get_range/OID-4",
    ),
    (
        "a range is flushed whatever its indexes",
        "        check_range(index, count)\n        found:",
        "        found:",
        "flush_range/OID-4",
    ),
    ("a range is put whatever its indexes", "        check_range(index, len(copies))\n", "", "put_range/OID-4"),
    (
        "the quick way fills a frozen pool",
        _QUICK_PUT,
        _QUICK_PUT.replace("not quick.frozen and ", ""),
        "put_range/POOL-4",
    ),
    (
        "the quick way fills a destroyed pool",
        _QUICK_PUT,
        _QUICK_PUT.replace(" and not quick.destroyed", ""),
        "put_range/POOL-1",
    ),
    (
        "the quick way fills an object that has gone",
        _QUICK_PUT,
        _QUICK_PUT.replace("obj.lock is lock and ", ""),
        "put_range/COH-1",
    ),
    (
        "the quick way plants in a tree without objnodes",
        "if live and obj.height > 0 and 0 <=",
        "if live and 0 <=",
        "put_range/SHR-3",
    ),
    ("the quick way plants beyond 32 bits", " and 0 <= index <= LAST_INDEX:", ":", "put_range/OID-4"),
    ("the quick way leaves private pages", _QUICK_GET, _QUICK_GET.replace("quick.keeps and ", ""), "get_range/EPH-1"),
    (
        "the quick way reads a destroyed pool",
        _QUICK_GET,
        _QUICK_GET.replace("not quick.destroyed and ", ""),
        "get_range/POOL-1",
    ),
]

_WORDS = [
    (
        "a range may end an index too late",
        "0 <= count <= LAST_INDEX + 1 - index",
        "0 <= count <= LAST_INDEX + 2 - index",
        "get_range/OID-4",
    ),
    ("a range may have less than no page", "0 <= count <= LAST_INDEX", "count <= LAST_INDEX", "flush_range/OID-4"),
]


def _of(module: str, table: list[tuple[str, str, str, str]]) -> Iterator[Refuted]:
    for name, old, new, by in table:
        yield Refuted(Fault(name, module, old, new), Obligation(*by.split("/")))


RANGE_FAULTS: tuple[Refuted, ...] = (
    *_of("_runs", _RUNS),
    *_of(
        "_tree",
        [("planting forgets objnode_count", "    obj.objnode_count += len(nodes)\n", "", "plant/height 1/CNT-4")],
    ),
    *_of("_pool", _POOL),
    *faults("_ranges", ANY, _RANGES),
    *faults("store", ANY, _STORE),
    *faults("_words", ANY, _WORDS),
)
