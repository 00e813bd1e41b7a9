"""What is claimed of trees: their shape, and that what they count is so. SHR and CNT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.claim import Claim
from tmem_proofs.claims.memory import seen_on_the_way
from tmem_proofs.claims.scenario import Run
from tmem_proofs.engine.heap import Misplaced, at_now, leaf_of, same_place
from tmem_proofs.engine.slots import Slots
from tmem_spec import law
from tmem_spec.words import INDEX_LIMIT, SLOT_BITS


def height_is_least(run: Run) -> Iterator[Claim]:
    """SHR-1, of the tree as it is now."""
    obj = _obj(run)
    if obj is None:
        return
    if run.heap.is_node(obj.root):
        used = obj.root.slots[0] is not None
        holds = law.shr_1(obj.height, obj.root.slots_in_use, slot_0_used=used)
        yield Claim(holds, f"a root at level {obj.height} that uses slot 0 alone")
    else:
        yield Claim(obj.height == 0, f"height {obj.height} over {obj.root!r}")


def no_objnode_is_empty(run: Run) -> Iterator[Claim]:
    """SHR-2, of every objnode that the operation has met."""
    for node in _nodes_now(run):
        yield Claim(law.shr_2(node.slots_in_use), f"{node.slots.name} with slots_in_use {node.slots_in_use}")


def page_lies_where_its_index_says(run: Run) -> Iterator[Claim]:
    """SHR-3: the slots that lead to a new page spell its index; any index leads to a page, or to nothing."""
    for pampd, _ in run.surroundings.pages.values():
        for slots in _ways_to(run, pampd, run.root):
            yield Claim(law.shr_3(run.index, slots), f"the new page in slots {slots}, root first")
    anywhere = run.path.integer("any index", 0, INDEX_LIMIT - 1)
    now = run.now
    held = None if now is None else at_now(run.heap, now.root, now.height, anywhere)
    yield Claim(not isinstance(held, Misplaced) and not run.heap.is_node(held), f"{held!r} in the place of a page")
    if run.keeps_leaves and now is not None:
        for prefix in (run.index >> SLOT_BITS, anywhere >> SLOT_BITS):
            leaf = leaf_of(run.heap, now.root, now.height, prefix, Slots.held_now)
            known = now.leaves.held_now(prefix)
            yield Claim(same_place(leaf, known), f"{known!r} is known as the leaf, where {leaf!r} is")


def pampd_count_is_right(run: Run) -> Iterator[Claim]:
    """CNT-1: pampd_count changes as the number of pages does."""
    pages = run.heap.pages_below(run.root) - run.heap.pages_below(run.before.root, first=True)
    obj = _obj(run)
    counted = (0 if obj is None else obj.pampd_count) - run.before.pampd_count
    yield Claim(law.cnt_1(counted, pages), f"pampd_count changed by {counted}, pages by {pages}")


def object_exists_iff_it_has_a_page(run: Run) -> Iterator[Claim]:
    """CNT-2: an object is in its bucket if, and only if, it has a page."""
    now = run.now
    if now is not None:
        yield Claim(run.heap.pages_below(now.root) >= 1, "an object without a page in its bucket")
    elif run.obj is not None:
        yield Claim(run.heap.pages_below(run.obj.root) == 0, "an object with pages out of its bucket")
    if run.keeps_leaves:
        lock = None if run.obj is None else run.obj.lock
        yield Claim(now is None or now.lock is run.bucket.lock, "an object in the table without its bucket's lock")
        yield Claim(now is not None or lock is None, "an object out of the table has a lock")
    yield from seen_on_the_way("CNT-2")(run)


def objnode_count_is_right(run: Run) -> Iterator[Claim]:
    """CNT-4: objnode_count changes as the number of objnodes below the root does."""
    nodes = run.heap.objnodes_below(run.root) - run.heap.objnodes_below(run.before.root, first=True)
    obj = _obj(run)
    counted = (0 if obj is None else obj.objnode_count) - run.before.objnode_count
    yield Claim(law.cnt_4(counted, nodes), f"objnode_count changed by {counted}, objnodes by {nodes}")


def slots_in_use_is_right(run: Run) -> Iterator[Claim]:
    """CNT-5, of every objnode that the operation has met; of those handed back, see `seen_on_the_way`."""
    for node in _nodes_now(run):
        used = node.slots.used_now()
        found = f"{node.slots.name} with slots_in_use {node.slots_in_use}, used {used}"
        yield Claim(law.cnt_5(node.slots_in_use, used), found)
    yield from seen_on_the_way("CNT-5")(run)


def _obj(run: Run) -> Any:
    """The object, be it in its bucket, out of it, or given and handed back in this run."""
    given = [one for one in run.surroundings.given if isinstance(one, run.surroundings.tree.Obj)]
    return next((one for one in (run.now, run.obj, *given) if one is not None), None)


def _nodes_now(run: Run) -> list[Any]:
    return list(run.heap.reachable(run.root))


def _ways_to(run: Run, wanted: Any, value: Any) -> Iterator[list[Any]]:
    """The slots, from here down, of each way to a pampd."""
    if value is wanted:
        yield []
    if run.heap.is_node(value):
        for (slot, _), held in zip(value.slots.first, value.slots.now, strict=True):
            for slots in _ways_to(run, wanted, held):
                yield [slot, *slots]
