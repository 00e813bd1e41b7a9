"""Faults in the calls on the store, each with an obligation that must refute it.

Locks not taken, kept or nested; destroyed pools that answer; checks that let a bad oid through; pages kept or dropped
by the wrong kind of pool; reclaim of another page: see also `tmem_proofs.faults`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tmem_proofs.refuted import Refuted
from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault

ANY, MISUSED = "any store", "misused"

_STORE = [
    (
        "a buffer is kept and not copied",
        "        return bytes(page)\n",
        "        return page\n",
        "put/COH-1",
    ),
    (
        "a put asks no pool whether it is alive",
        "            alive(bucket.pool)\n            return _operations.put(",
        "            return _operations.put(",
        "put/POOL-1",
    ),
    (
        "a pool may be destroyed twice",
        "        if gone is None:\n            raise self._unknown(pool)\n        gone.destroyed",
        "        if gone is None:\n            return\n        gone.destroyed",
        "destroy_pool/POOL-1",
    ),
    (
        "put takes no lock",
        "        data = _copy(page)\n        with bucket.lock:\n",
        "        data = _copy(page)\n        if bucket.lock:\n",
        "put/LCK-1",
    ),
    (
        "put keeps its lock",
        "        data = _copy(page)\n        with bucket.lock:\n",
        "        data = _copy(page)\n        bucket.lock.__enter__()\n        if data is not None:\n",
        "put/LCK-2",
    ),
    (
        "an oid may be the invalid one",
        "        check_oid(oid)\n        return pool.buckets",
        "        check_oid(min(oid, 0))\n        return pool.buckets",
        "get/OID-3",
    ),
    (
        "a pool leaves the table without its lock",
        "        with self._table:\n            gone = ",
        "        if self._table:\n            gone = ",
        "destroy_pool/LCK-1",
    ),
    (
        "a pool enters the table without its lock",
        "        with self._table:\n            pool = ",
        "        if self._table:\n            pool = ",
        "new_pool/LCK-1",
    ),
    ("a destroyed pool is not marked", "        gone.destroyed = True\n", "", "destroy_pool/OWN-3"),
    ("a pool id is given twice", "            self._spent += 1\n", "", "new_pool/POOL-2"),
    ("freeze does not freeze", "        frozen.frozen = True\n", "        frozen.frozen = False\n", "freeze/POOL-4"),
    ("freeze does not wait", "        _teardown.settle(frozen)\n", "", "freeze/POOL-4"),
    ("thaw does not thaw", "self._pool(pool).frozen = False", "self._pool(pool).frozen = True", "thaw/POOL-4"),
    (
        "persistent pages are reclaimed",
        "        if bucket.pool.persistent:\n",
        "        if pool == -1:\n",
        "reclaim/COH-6",
    ),
    (
        "an unknown pool is another's",
        "        if pool is None:\n            raise self._unknown(pool_id)\n        return pool",
        "        if pool is None:\n            return Pool(0, 0, self._host, self._pam)\n        return pool",
        "freeze/POOL-1",
    ),
]

_LOCKED = "                    lock.acquire()\n                    try:\n                        "  # in put and in get
_PLACE = ":\n                            if place"
_GET = "not quick.destroyed:\n                            page"
_AS_IN_PUT = "            except KeyError:\n                pass  # as in put\n"

_QUICK = [
    (
        "a quick put goes to an object that is gone",
        f"if obj.lock is lock and not quick.frozen and not quick.destroyed{_PLACE}",
        f"if not quick.frozen and not quick.destroyed{_PLACE}",
        "put/COH-1",
    ),
    (
        "a quick put asks no pool whether it is frozen",
        f"not quick.frozen and not quick.destroyed{_PLACE}",
        f"not quick.destroyed{_PLACE}",
        "put/POOL-4",
    ),
    ("a quick put asks no pool whether it is alive", f" and not quick.destroyed{_PLACE}", _PLACE, "put/POOL-1"),
    ("a quick put puts a page beside another", " and lookup(obj, index) is None:", ":", "put/CNT-1"),
    ("a quick put goes beyond 32 bits", "if 0 <= index <= LAST_INDEX and lookup", "if lookup", "put/OID-4"),
    ("a quick get leaves a private page", f"quick.keeps and {_GET}", _GET, "get/EPH-1"),
    (
        "a quick get reads an object that is gone",
        f"if obj.lock is lock and quick.keeps and {_GET}",
        f"if quick.keeps and {_GET}",
        "get/COH-2",
    ),
    (
        "a quick get keeps its lock",
        f"                        lock.release()\n{_AS_IN_PUT}        return self._get",
        f"                        pass\n{_AS_IN_PUT}        return self._get",
        "get/LCK-2",
    ),
    (
        "a quick get looks before it has the lock",
        f"{_LOCKED}if obj.lock is lock and quick.keeps and {_GET}",
        f"                    lookup(obj, index)\n{_LOCKED}if obj.lock is lock and quick.keeps and {_GET}",
        "get/LCK-1",
    ),
    ("objects are listed before the locks are passed", "        _teardown.settle(gone)\n", "", "destroy_pool/OWN-3"),
    ("a call goes to another bucket", "pool.buckets[bucket_of(oid)]", "pool.buckets[bucket_of(oid) ^ 1]", "get/OID-2"),
]

_MISUSES = [
    ("re-entry is not noticed", "if inside and _sync", "if not inside and _sync", "put/LCK-2"),
    (
        "a pool id is spent on wrong flags",
        "        check_flags(flags)\n",
        "        self._spent += 1\n        check_flags(flags)\n",
        "new_pool/COH-5",
    ),
    ("a pool id may equal an int", "not isinstance(pool_id, int)", "isinstance(pool_id, str)", "thaw/ERR-2"),
]

_WORDS = [
    (
        "an index may have 33 bits",
        "if not 0 <= index <= LAST_INDEX:",
        "if not 0 <= index <= 2 * LAST_INDEX:",
        "put/OID-4",
    ),
    (
        "unknown flags are ignored",
        "    if flags not in _FLAGS:\n",
        "    if flags > 2 and flags < 0:\n",
        "new_pool/POOL-3",
    ),
]

_TEARDOWN = [
    (
        "flush_object takes no lock",
        "    with bucket.lock:\n        alive(bucket.pool)\n        obj = _hide",
        "    if bucket.lock:\n        alive(bucket.pool)\n        obj = _hide",
        "flush_object/LCK-1",
    ),
    (
        "flush_object asks no pool whether it is alive",
        "        alive(bucket.pool)\n        obj = _hide",
        "        obj = _hide",
        "flush_object/POOL-1",
    ),
    (
        "flush_object leaves the object in its pool",
        "    obj = pool.objs.pop(oid, None)",
        "    obj = pool.objs.get(oid)",
        "flush_object/COH-4",
    ),
    (
        "flush_object keeps its lock when the pool is destroyed",
        "    with bucket.lock:\n        alive(bucket.pool)\n        obj = _hide(bucket.pool, oid)\n",
        (
            "    bucket.lock.__enter__()\n    alive(bucket.pool)\n    obj = _hide(bucket.pool, oid)\n"
            "    bucket.lock.__exit__(None, None, None)\n"
        ),
        "flush_object/LCK-2",
    ),
    (
        "objects are struck out of what is gone through",
        "for oid in sorted(pool.objs.copy()):",
        "for oid in pool.objs:",
        "flush_pool/ERR-2",
    ),
    (
        "objects go in the opposite order",
        "sorted(pool.objs.copy())",
        "sorted(pool.objs.copy(), reverse=True)",
        "flush_pool/OID-1",
    ),
    (
        "the locks of all buckets are taken at once",
        "        with bucket.lock:\n            pass",
        "        bucket.lock.__enter__()",
        "freeze/LCK-3",
    ),
    (
        "a flushed pool's objects stay in sight",
        "obj = pool.objs.pop(oid, None)",
        "obj = pool.objs.get(oid, None)",
        "flush_pool/COH-4",
    ),
    (
        "objects of a flushed pool are leaked",
        "    for bucket, obj in hidden:\n",
        "    for bucket, obj in hidden[1:]:\n",
        "flush_pool/OWN-1",
    ),
    ("an obj is freed at every step", "obj if gone else None", "obj", "flush_pool/CNT-2"),
    ("an obj is leaked when it is torn down", "obj if gone else None", "None", "destroy_pool/OWN-3"),
    ("an exception of a free is lost", "    return raised\n", "    return None\n", "flush_object/ERR-2"),
    (
        "tearing down stops after one step",
        "            gone = obj.root is None\n",
        "            gone = True\n",
        "flush_object/CNT-2",
    ),
]

_HIDING = [
    ("an object out of sight keeps its lock", "        obj.lock = None\n", "        pass\n", "flush_object/OID-2"),
]

_OPERATIONS = [
    (
        "an object has the lock of another bucket",
        "obj.lock = bucket.lock",
        "obj.lock = bucket.pool.buckets[0].lock",
        "put/OID-2",
    ),
    (
        "a put to another index of an object makes a second object",
        "        return _put_new(bucket, oid, obj, index, page)",
        "        return _put_new(bucket, oid, None, index, page)",
        "put/COH-5",
    ),
    (
        "an error of get_data is raised before the page is dropped",
        "        raised = GetDataError(",
        "        raise GetDataError(",
        "get/ERR-1",
    ),
    (
        "a put asks for an objnode too many",
        "obj is not None and take(pool, missing(obj, index), nodes)",
        "obj is not None and take(pool, missing(obj, index) + 1, nodes)",
        "put/MEM-6",
    ),
    ("objnodes of a quick put are kept", "        release(pool, (), nodes)\n", "", "put/OWN-1"),
    (
        "objnodes taken are not linked",
        "        insert(obj, index, pampd, nodes)\n",
        "        insert(obj, index, pampd, [])\n",
        "put/CNT-4",
    ),
    (
        "a put to a page's place is as one to an empty place",
        "    return _put_duplicate(bucket, oid, obj, index, pampd, page)",
        "    return _put_new(bucket, oid, obj, index, page)",
        "put/CNT-1",
    ),
    ("a refused put keeps its objnodes", "[pampd], nodes, fresh, raised)", "[pampd], [], fresh, raised)", "put/MEM-1"),
    ("a refused put keeps its obj", "[pampd], nodes, fresh, raised)", "[pampd], nodes, None, raised)", "put/MEM-2"),
    (
        "a page is leaked when there is no memory for its object",
        "release(pool, [] if pampd is None else [pampd], nodes",
        "release(pool, [], nodes",
        "put/MEM-3",
    ),
    (
        "a put says refused when it has stored",
        "            obj.lock = bucket.lock\n            return True",
        "            obj.lock = bucket.lock\n            return False",
        "put/MEM-5",
    ),
    ("a put over a page says stored and stores nothing", "        replace(obj, index, new)\n", "", "put/COH-1"),
    (
        "a refused put over a page leaves that page",
        "    _, nodes = delete(obj, index)\n    raised",
        "    nodes: list[Objnode] = []\n    raised",
        "put/COH-3",
    ),
    ("a put over a page leaks that page", "        pool.pam.free(old)\n", "", "put/OWN-1"),
    (
        "an object leaves its bucket with a page",
        "if obj.pampd_count > 0:",
        "if obj.pampd_count > 1:",
        "flush_page/COH-5",
    ),
    ("an object without a page stays", "if obj.pampd_count > 0:", "if obj.pampd_count >= 0:", "flush_page/CNT-2"),
    (
        "a put to a frozen pool leaves the stale page",
        "        flush_page(bucket, oid, index)\n        return False",
        "        return False",
        "put/POOL-4",
    ),
    (
        "a get that misses asks the PAM all the same",
        "    if obj is None or pampd is None:\n        return None\n",
        "    if obj is None:\n        return None\n",
        "get/COH-2",
    ),
    (
        "a get hands the PAM something else",
        "page = pool.pam.get_data(pampd)",
        "page = pool.pam.get_data(obj)",
        "get/OWN-2",
    ),
    (
        "a get yields another page's data",
        "page = pool.pam.get_data(pampd)",
        "page = pool.pam.get_data(type(pampd)('another page'))",
        "get/COH-1",
    ),
    (
        "a get that fails says not found",
        "    if page is None and raised is None:\n",
        "    if page is None and oid < 0:\n",
        "get/ERR-1",
    ),
    (
        "a get from a shared pool removes",
        "else pool.keeps and not exclusive",
        "else pool.persistent and not exclusive",
        "get/EPH-4",
    ),
    ("a get from a private pool keeps", "else pool.keeps and not exclusive", "else not exclusive", "get/EPH-1"),
    ("an exclusive get keeps", "else pool.keeps and not exclusive", "else pool.keeps", "get_exclusive/COH-6"),
    (
        "a get loses the page it cannot read",
        "kept = pool.persistent if page is None",
        "kept = False if page is None",
        "get/COH-6",
    ),
    (
        "a get believes that ephemeral pages are gone",
        "    if obj is None or pampd is None:\n        return None",
        "    if obj is None or pampd is None or not bucket.pool.keeps:\n        return None",
        "get/EPH-2",
    ),
    (
        "an exception of the PAM is kept from the caller of get",
        "    if raised is not None:\n        raise raised\n    return page",
        "    return page",
        "get/ERR-2",
    ),
    (
        "reclaim goes by the handle alone",
        "lookup(obj, index) is not pampd",
        "lookup(obj, index) is None",
        "reclaim/EPH-3",
    ),
    ("reclaim goes by equality", "is not pampd", "!= pampd", "reclaim/EPH-3"),
    (
        "reclaim says done and does nothing",
        "    return flush_page(bucket, oid, index)\n",
        "    return True\n",
        "reclaim/EPH-2",
    ),
    (
        "flush_page says done and does nothing",
        "    raised = _remove(bucket, oid, obj, index)\n",
        "    raised = None\n",
        "flush_page/COH-4",
    ),
]

_NEW_POOLS = [
    ("a new pool is frozen", "self.frozen = False", "self.frozen = True", "new_pool/POOL-4"),
    ("a new pool is destroyed", "self.destroyed = False", "self.destroyed = True", "new_pool/POOL-1"),
    ("a pool lacks a bucket", "range(BUCKETS)", "range(BUCKETS - 1)", "new_pool/OID-2"),
    ("a pool has one lock", "[Bucket(self) for _ in range(BUCKETS)]", "[Bucket(self)] * BUCKETS", "new_pool/LCK-1"),
    ("a pool takes its PAM for its host", "self.host = host", "self.host = pam", "new_pool/OWN-2"),
    ("a new pool has an object", "dict[int, Obj] = {}", "dict[int, Obj] = {0: Obj()}", "new_pool/CNT-2"),
]


def faults(module: str, case: str, table: list[tuple[str, str, str, str]]) -> Iterator[Refuted]:
    """The faults of a table: name, what the module reads, what it reads then, OPERATION/INVARIANT of this case."""
    for name, old, new, by in table:
        operation, invariant = by.split("/")
        call = f"Tmem.{operation}" if case in {ANY, MISUSED} else operation
        yield Refuted(Fault(name, module, old, new), Obligation(call, case, invariant))


CALL_FAULTS: tuple[Refuted, ...] = (
    *faults("store", ANY, _STORE),
    *faults("_words", ANY, _WORDS),
    *faults("_teardown", ANY, _TEARDOWN),
    *faults("_operations", ANY, _OPERATIONS),
    *faults("_pool", ANY, _NEW_POOLS),
    *faults("store", ANY, _QUICK),
    *faults("store", MISUSED, _MISUSES),
    *faults("_teardown", ANY, _HIDING),
)
