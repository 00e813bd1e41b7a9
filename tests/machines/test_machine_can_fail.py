"""The machine can fail: run on a store with one fault put into its source, it names what the fault breaks.

Each fault is a mistake that was made in this code or in its relatives. The store's functions are made to run the
faulty source, and the run is the same each time.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from support.faulty_source import put_in
from support.store_machine import StoreMachine
from tmem_proofs.source import Fault

SMALL = settings(
    derandomize=True,
    database=None,
    max_examples=150,
    stateful_step_count=40,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


def tree(name: str, old: str, new: str) -> Fault:
    """A fault in the tree of an object."""
    return Fault(name, "_tree", old, new)


def operations(name: str, old: str, new: str) -> Fault:
    """A fault in an operation on one handle."""
    return Fault(name, "_operations", old, new)


def ranges(name: str, old: str, new: str) -> Fault:
    """A fault in an operation on a run."""
    return Fault(name, "_ranges", old, new)


RELEASE = "    raised = release(pool, [] if pampd is None else [pampd], nodes, fresh, raised)\n"
RAISE = "    if raised is not None:\n        raise raised\n"
OBJ_FREE = "            pool.host.obj_free(pool.id, obj)\n        except BaseException"
FREE_ALL = "            pool.batch.free_all(pampds)\n        except BaseException"
HIDE = """\
    obj = pool.objs.pop(oid, None)
    if obj is not None:
        obj.lock = None
    return obj
"""
LOCKED_PUT = """\
        with bucket.lock:
            alive(bucket.pool)
            return _operations.put(bucket, oid, index, data)
"""
CARELESS_PUT = """\
        bucket.lock.acquire()
        stored = _operations.put(bucket, oid, index, data)
        bucket.lock.release()
        return stored
"""

# Each fault, and what the machine's message names. Where that are several identifiers, it is one of them: which one
# is looked at first depends on the call that meets the fault.
FAULTS = {
    tree("a put forgets slots_in_use", "    node.slots_in_use += 1\n", ""): "CNT-5|SHR-1|SHR-2",
    tree("the height is not shrunk", "    _shrink(obj, unlinked)\n", ""): "SHR-4",
    tree(
        "lookup reads beyond the height",
        "return obj.root if index == 0 and obj.height == 0 else None",
        "return obj.root if obj.height == 0 else None",
    ): "OWN-2|COH-2|EPH-3",
    tree(
        "a leaf that goes is not forgotten", "        del obj.leaves[index >> SLOT_BITS]\n", "        pass\n"
    ): "SHR-3",
    tree(
        "a leaf is known by a wrong index", "    leaves[index >> SLOT_BITS] =", "    leaves[index >> SLOT_BITS + 1] ="
    ): "SHR-3",
    tree("the page that was the root is not found", "        leaves[0] = nodes[-1]\n", "        pass\n"): "SHR-3",
    operations("an object is put in the table without its lock", "            obj.lock = bucket.lock\n", ""): "OID-2",
    operations(
        "a refused duplicate keeps the old page", "_, nodes = delete(obj, index)\n", "nodes = []\n"
    ): "CNT-1|CNT-2|OWN-2|SHR-4",
    operations(
        "a refused put says stored", RELEASE + RAISE + "    return False", RELEASE + RAISE + "    return True"
    ): "CNT-1|CNT-2|POOL-4",
    operations("a refused put keeps its objnodes", RELEASE, RELEASE.replace("nodes", "[]")): "MEM-1|SHR-4",
    operations("a refused put keeps its obj", RELEASE, RELEASE.replace("fresh", "None")): "MEM-2|CNT-2",
    operations(
        "a page whose get_data failed is never freed",
        "kept = pool.persistent if page is None",
        "kept = True if page is None",
    ): "CNT-1|CNT-2",
    operations(
        "a page removed is freed twice",
        "release(bucket.pool, [pampd], nodes",
        "release(bucket.pool, [pampd, pampd], nodes",
    ): "OWN-1",
    operations("reclaim goes by equality", "is not pampd", "!= pampd"): "EPH-3|CNT-1|CNT-2",
    operations(
        "a put to a frozen pool leaves the old page",
        "        flush_page(bucket, oid, index)\n        return False",
        "        return False",
    ): "CNT-1|CNT-2",
    Fault(
        "an exception of obj_free is swallowed",
        "_pool",
        OBJ_FREE + " as error:",
        OBJ_FREE + ":\n            pass\n        except ValueError as error:",
    ): "ERR-2",
    Fault("a shared pool lets go of what is got", "_pool", "keeps = flags != EPHEMERAL", "keeps = flags == 1"): (
        "CNT-1|CNT-2"
    ),
    Fault(
        "a flushed object stays in the table", "_teardown", HIDE, HIDE.replace("pop(oid, None)", "get(oid)")
    ): "OID-2",
    Fault(
        "a flushed object stays in the table, under its lock", "_teardown", HIDE, "    return pool.objs.get(oid)\n"
    ): ("CNT-2|OID-2"),
    Fault("a destroyed pool stays usable", "store", "_pools.pop(pool, None)", "_pools.get(pool)"): "POOL-1",
    ranges("a put of a range stores in a frozen pool", "    if pool.frozen:\n", "    if not pages:\n"): "POOL-4",
    ranges("a put of a range never frees what was there", "release(pool, used(held), ())", "None"): "CNT-1",
    ranges(
        "a refused page is unlinked where none was", "        if was is not None and pampds[", "        if pampds["
    ): ("CNT-"),
    ranges(
        "shared pages stay though their get_data failed", "    if pool.persistent:\n", "    if pool.keeps:\n"
    ): "CNT-1|CNT-2",
    ranges(
        "a get of a range gives pages of another", "read_all(pool, held)", "read_all(pool, held[::-1])"
    ): "COH-1|ERR",
    Fault("a run forgets slots_in_use", "_runs", "    leaf.slots_in_use -= len(gone)\n", ""): "CNT-5|SHR",
    Fault("a run forgets its pampds", "_runs", "    obj.pampd_count -= len(gone)\n", ""): "CNT-1|CNT-2",
    Fault("a run goes on in the next leaf", "_runs", "SLOT_MASK) + 1\n", "SLOT_MASK) + 1 + SLOTS\n"): "SHR-4",
    Fault("every page of a run is created at its first index", "_pool", "oid, index + at, page", "oid, index, page"): (
        "OWN-2|CNT-1|MEM-5|ERR-2"
    ),
    Fault(
        "the data of a run is mixed up",
        "_pool",
        "for at, page in zip(places, answers, strict=True)",
        "for at, page in enumerate(answers)",
    ): "COH|ERR",
    Fault(
        "an exception of free_all is swallowed",
        "_pool",
        FREE_ALL + " as error:",
        FREE_ALL + ":\n            pass\n        except ValueError as error:",
    ): "ERR-2",
    Fault("a lock is kept when a put raises", "store", LOCKED_PUT, CARELESS_PUT): r"bucket \d+ of pool \d+",
}


@pytest.mark.usefixtures("same_constants")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine fails on a store with this fault, and its message names what is broken."""
    put_in(fault, monkeypatch)
    with pytest.raises(AssertionError, match=FAULTS[fault]):
        run_state_machine_as_test(StoreMachine, settings=SMALL)


@pytest.mark.usefixtures("same_constants")
def test_without_a_fault_the_same_runs_are_in_order() -> None:
    """What the machine finds is the fault: the runs that find the faults find nothing in the store as it is."""
    run_state_machine_as_test(StoreMachine, settings=settings(SMALL, max_examples=10))
