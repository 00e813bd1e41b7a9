"""Contracts for ranges: beside those of the tree, what stands for the functions of runs and for a put of one page.

A range is run with a few pages, at any index: so each run of it may end at the end of its leaf, and the next begin
there. What runs of any length do to a tree is proved of trees, page by page of an arbitrary run.

  pages_of_range   the indexes of the range; `put_there`: what is to be put at each, of a put
  performed        the pages whose single operation was performed
  alone            the puts of one page, each with what was asked before it, and the tree that it left
  met              where it was found out whether an index has a leaf
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tmem_proofs.engine.contracts import Contracts, Several, Tree
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.heap import MOST_OBJNODES, Data, Pampd
from tmem_proofs.engine.outside import Outside
from tmem_proofs.engine.range_notes import Alone, Met
from tmem_proofs.engine.symbolic import every, implies
from tmem_spec.calls import Environment
from tmem_spec.words import MAX_HEIGHT, MOST_OBJNODES_A_PUT, SLOT_BITS, SLOTS, index_valid

SLOT_MASK = SLOTS - 1
STORED, REFUSED, RAISES = "stored", "refused", "raises"


@dataclass(eq=False, slots=True)
class Performed:
    """The single operation of one page: in which hold of a lock, and what the environment did for it."""

    index: Any
    hold: int
    refused: bool = False
    failed: bool = False


class RangeContracts(Contracts):
    """The stand-ins, for one run of a call on a range."""

    stand_ins = (*Contracts.stand_ins, "split", "has_leaf", "span", "fill", "plant", "cut", "create_all", "read_all")

    def __init__(self, path: Path, outside: Outside, tree: ModuleType) -> None:
        """As for other calls."""
        super().__init__(path, outside, tree)
        self.performed: list[Performed] = []
        self.oid: Any = None
        self.pages_of_range: list[Any] = []
        self.put_there: list[bytes] = []
        self.taken: list[tuple[Several, int]] = []
        self.alone: list[Alone] = []
        self.met: list[Met] = []
        self._known: list[tuple[Any, Any, bool]] = []
        self._missing: Any = None

    def obj(self, name: str, *, brief: bool = False) -> Any:
        """As for other calls; of height 0 if its one page is that of index 0."""
        obj = super().obj(name, brief=brief)
        obj.height = obj.root.first_height = self.path.integer(f"{name}: height", 0, MAX_HEIGHT)
        return obj

    def performing(self, index: Any, *, refused: bool = False, failed: bool = False) -> None:
        """The single operation of a page is performed now."""
        self.performed.append(Performed(index, self._holds(), refused, failed))

    def environment(self, index: Any) -> Environment:
        """What the specification calls the environment of the single operation of a page."""
        of_page = [one for one in self.performed if one.index is index]
        return Environment(
            refused=any(one.refused for one in of_page),
            get_data_failed=any(one.failed for one in of_page),
            raised=self.outside.first_raised is not None,
        )

    # The tree.

    def lookup(self, obj: Any, index: Any) -> Any:
        """As for other calls; a tree of height 0 has the page of index 0, alone, and what has no leaf is that."""
        held = super().lookup(obj, index)
        if obj.root is None:
            return held
        if held is None:
            self.path.assume(implies(self.path, index == 0, obj.height > 0))
            return held
        alone = every(self.path, (index == 0, obj.pampd_count == 1))
        self.path.assume(implies(self.path, obj.height == 0, alone))
        if any(not has for _, _, has in self._of_run(obj, index)):
            self.path.assume(obj.height == 0)
        return held

    def split(self, index: Any, count: Any) -> list[tuple[Any, int]]:
        """The range as runs: at each index but the first a leaf may begin."""
        whole = type(count) is int and 0 <= count <= len(self.pages_of_range)
        self._expect("OID-4", whole, f"split() of {count} pages")
        runs: list[tuple[Any, int]] = []
        for at in range(count) if whole else ():
            if not runs or (index + at) & SLOT_MASK == 0:
                runs.append((index + at, 1))
            else:
                runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        return runs

    def has_leaf(self, obj: Any, index: Any) -> bool:
        """Whether there is one; then the tree has an objnode. If not, no index of the run but 0 holds a page."""
        self._expect("LCK-1", obj.lock is None or obj.lock.is_held, "an object is looked into without its lock")
        for _, _, has in self._of_run(obj, index):
            return has
        if not index_valid(index):
            return False
        has = self.path.choose(("a leaf", "no leaf")) == "a leaf"
        self.leaf = has if self.leaf is None else self.leaf
        self._learn_leaf(obj, index, has=has)
        self.met.append(Met(index, has))
        if has:
            self.path.assume(obj.height > 0)
        for page in self.pages_of_range:
            if obj.root is not None and page >> SLOT_BITS == index >> SLOT_BITS:
                self.lookup(obj, page)
        self._believe_leaves(obj)
        return has

    def span(self, obj: Any, index: Any, count: int) -> list[Any]:
        """What the map says of each index."""
        return [self.lookup(obj, index + at) for at in range(count)]

    def fill(self, obj: Any, index: Any, pages: list[Any]) -> None:
        """Each index holds its page, which is its own pampd; what they held is gone."""
        self._expect("SHR-3", self.has_leaf(obj, index), "fill() of a run that has no leaf")
        for at, page in enumerate(pages):
            held = self.lookup(obj, index + at)
            self._link(obj, index + at, self._as_pampd(page), held)
            if held is not None and self.outside.pool.plain:
                self.outside.freed.append(held)  # the package's own PAM need not be told
            self.performing(self._at(index, at))

    def place(self, obj: Any, index: Any, page: Any) -> bool:
        """As `fill`, of a pampd that the PAM made."""
        self._expect(
            "SHR-3", self.has_leaf(obj, index), "place() where there is no leaf, and the answer is not looked at"
        )
        self._link(obj, index, page, self.lookup(obj, index))
        return True

    def plant(self, obj: Any, index: Any, pages: list[Any], nodes: list[Several]) -> None:
        """Each index of a run without a leaf holds its page; the objnodes, as many as were missing, are the tree's."""
        self._expect("CNT-4", _sum(nodes) == self.outside.lacking, f"{_sum(nodes)} objnodes handed to plant()")
        self._expect("SHR-3", obj.height > 0, "plant() in a tree without objnodes")
        for at in range(len(pages)):
            self._expect("CNT-1", self.lookup(obj, index + at) is None, "plant() at an index that holds a page")
            self.performing(self._at(index, at))
        self.outside.exhausted("leaf")
        for at, page in enumerate(pages):
            self._link(obj, index + at, self._as_pampd(page), None)
        obj.objnode_count += _sum(nodes)
        self.outside.linked += nodes
        self._learn_leaf(obj, index, has=True)

    def delete(self, obj: Any, index: Any) -> tuple[Any, list[Several]]:
        """As for other calls. No objnode goes while the leaf has a page, but where that is the page of index 0."""
        pampd, nodes = super().delete(obj, index)
        for one in obj.root.map.entries if obj.root is not None else ():
            if one.now is not None and one.key >> SLOT_BITS == index >> SLOT_BITS:
                self.path.assume(implies(self.path, one.key > 0, _sum(nodes) == 0))
        return pampd, nodes

    def cut(self, obj: Any, index: Any, count: int) -> tuple[list[Any], list[Several]]:
        """No index of the run holds a page; those that did are handed out, and what the tree needs no more."""
        pampds = []
        for at in range(count):
            self.performing(self._at(index, at))
            held = self.lookup(obj, index + at)
            if held is not None:
                pampds.append(held)
                obj.root.map[index + at] = None
                obj.pampd_count -= 1
        if self.outside.pool.plain:
            self.outside.freed += pampds  # as in `fill`
        return pampds, self._unlinked(obj) if pampds else []

    # Taking, and the PAM.

    def take(self, pool: Any, count: Any, nodes: list[Several]) -> bool:
        """As for other calls; if it fails, no page of the run that it is for is stored."""
        before, took = len(self.outside.given), False
        try:
            took = super().take(pool, count, nodes)
        finally:
            self.taken += [(one, self._holds()) for one in self.outside.given[before:]]
            for page in self._rest(self._missing) if not took else ():
                self.performing(page, refused=True)
        return took

    def release(
        self, pool: Any, pampds: Any, nodes: Any, obj: Any = None, raised: BaseException | None = None
    ) -> BaseException | None:
        """As for other calls. Where freeing pages that a put is in the place of raises, no page of the run is put."""
        replaced = [index for index in self.pages_of_range if any(self._held_at(index) is one for one in pampds)]
        error = super().release(pool, pampds, nodes, obj, raised)
        if self.outside.requests[-1].failed and not pampds and obj is None:
            self.path.assume(_sum(nodes) > 0)
        for index in replaced if self.put_there and error is not None else ():
            for page in self._rest(index):
                self.performing(page)
        return error

    def missing(self, obj: Any, index: Any) -> Any:
        """As for other calls, of the pages from an index to the end of its run."""
        self._missing = index
        lacking = super().missing(obj, index)
        if any(not has for _, _, has in self._of_run(obj, index)):
            self.path.assume(lacking > 0)
        return lacking

    def create_all(self, pool: Any, oid: Any, index: Any, pages: list[Any]) -> tuple[list[Any], CallbackError | None]:
        """Of each page a pampd, or a refusal, or an exception, of which the first is given."""
        pampds, raised = [], None
        for at, page in enumerate(pages):
            error = None
            self.outside.handle = (self.oid, self._meant_for(page))
            try:
                pampds.append(self.outside.create(pool.id, oid, index + at, page))
            except CallbackError as one:
                pampds.append(None)
                error = one
            raised = raised or error
            self.performing(self._at(index, at), refused=pampds[-1] is None)
        return pampds, raised

    def read_all(self, pool: Any, held: list[Any]) -> tuple[list[Any], CallbackError | None]:
        """Of each page its data, or none, or an exception, of which the first is given."""
        del pool
        pages, raised, error = [], None, None
        for pampd in held:
            try:
                pages.append(None if pampd is None else self.outside.get_data(pampd))
            except CallbackError as one:
                pages.append(None)
                error = one
            raised = raised or error
        failed = [pampd for pampd, page in zip(held, pages, strict=True) if pampd is not None and page is None]
        for index in self.pages_of_range:
            if any(self._held_at(index) is pampd for pampd in failed):
                self.performing(index, failed=True)
        return pages, raised

    # A put of one page.

    def put(self, bucket: Any, oid: Any, index: Any, page: Any) -> bool:
        """The specification's rule for a put: the handle holds the page, or nothing. A leaf may have come, or gone."""
        self._expect("LCK-1", bucket.lock.is_held, "a put without the lock of its bucket")
        self._expect("OWN-2", index == self._meant_for(page), "a page is put at the index of another")
        obj = bucket.pool.objs.get(oid)
        held = None if obj is None else self.lookup(obj, index)
        if held is not None:
            self.outside.freed.append(held)
        way = self.path.choose(self._ways(bucket.pool, held))
        requests = len(self.outside.requests)
        self.performing(self._nth(index), refused=way != STORED and not bucket.pool.frozen)
        self.alone.append(Alone(self.performed[-1], requests))
        if way == STORED or held is not None:
            self._known = [one for one in self._known if one[0] is not obj]
        if way == STORED:
            self._store(bucket, oid, obj, index, page)
            return True
        self._empty(bucket, oid, obj, index, had=held is not None)
        if way == RAISES or not bucket.pool.frozen:
            name = "release" if bucket.pool.frozen else "memory" if self.outside.plain else "create"
            self.outside.request(name, [], failed=True)
            self.alone[-1].failed = True
        if way == RAISES:
            self.outside.throw("put")
        return False

    def _ways(self, pool: Any, held: Any) -> tuple[str, ...]:
        """What may come of it. To the package's own PAM, a page that is there can be replaced and given back always."""
        if pool.frozen:
            return (REFUSED,) if held is None or self.outside.plain else (REFUSED, RAISES)
        if pool.plain and held is not None:
            return (STORED,)
        return (STORED, RAISES) if self.outside.plain else (STORED, REFUSED, RAISES)

    def _store(self, bucket: Any, oid: Any, obj: Any, index: Any, page: Any) -> None:
        low = obj is None or bool(obj.height == 0)
        if obj is None:
            obj = self.tree.Obj()
            obj.root, obj.lock = Tree(self.path, "a new object"), bucket.lock
            bucket.pool.objs.peek(oid).now = obj
            self.outside.given.append(obj)
        self._link(obj, index, self.outside.keep(page), obj.root.map.get(index))
        self._grow(obj, index)
        # A tree that had no objnode has a leaf for this index now, and for index 0: for no index after them.
        for later in [one for one in self.pages_of_range if low and bool(one > index)]:
            if later >> SLOT_BITS != index >> SLOT_BITS:
                self._learn_leaf(obj, later, has=False)

    def _grow(self, obj: Any, index: Any) -> None:
        """The tree is as high as it must be; where it has an objnode, the index has a leaf."""
        alone = index == 0 and bool(obj.pampd_count == 1)
        obj.height = 0 if alone else self.path.integer("height after a put", 1, MAX_HEIGHT)
        obj.objnode_count = 0 if alone else self.path.integer("objnode_count after a put", 1, MOST_OBJNODES)
        self._learn_leaf(obj, index, has=not alone)
        self.alone[-1].height, self.alone[-1].objnode_count = obj.height, obj.objnode_count

    def _empty(self, bucket: Any, oid: Any, obj: Any, index: Any, *, had: bool) -> None:
        if not had:
            return
        obj.root.map[index] = None
        obj.pampd_count -= 1
        if obj.pampd_count == 0:
            self._believe_empty(obj)
            obj.root = obj.lock = None
            obj.objnode_count = 0
            bucket.pool.objs.peek(oid).now = None
            self.outside.freed.append(obj)
            return
        obj.height = self.path.integer("height after a put", 0, MAX_HEIGHT)
        obj.objnode_count = self.path.integer("objnode_count after a put", 0, MOST_OBJNODES)
        self.alone[-1].height, self.alone[-1].objnode_count = obj.height, obj.objnode_count

    # The rest serves these.

    def _link(self, obj: Any, index: Any, pampd: Pampd, held: Any) -> None:
        obj.root.map[index] = pampd
        self.outside.linked.append(pampd)
        obj.pampd_count += held is None

    def _unlinked(self, obj: Any) -> list[Several]:
        """Objnodes that are handed out with pages: every one, with the last page."""
        if obj.pampd_count == 0:
            self._believe_empty(obj)
            unlinked, obj.root, obj.height = Several(obj.objnode_count), None, 0
        else:
            unlinked = Several(self.path.integer("objnodes unlinked", 0, MOST_OBJNODES_A_PUT))
        obj.objnode_count -= unlinked.count
        self.outside.unlinked.append(unlinked)
        return [unlinked]

    def _of_run(self, obj: Any, index: Any) -> list[tuple[Any, Any, bool]]:
        """What is known of the leaf of an index."""
        return [one for one in self._known if one[0] is obj and one[1] == index >> SLOT_BITS]

    def _learn_leaf(self, obj: Any, index: Any, *, has: bool) -> None:
        self._known = [one for one in self._known if not (one[0] is obj and one[1] == index >> SLOT_BITS)]
        self._known.append((obj, index >> SLOT_BITS, has))

    def _believe_leaves(self, obj: Any) -> None:
        """SHR-2: each leaf that is known of has a page, its own."""
        pages = 0
        for _, prefix, has in [one for one in self._known if one[0] is obj]:
            held = [one for one in obj.root.map.entries if one.now is not None and one.key >> SLOT_BITS == prefix]
            pages += max(len(held), int(has))
        self.path.assume(obj.pampd_count >= pages)

    def _rest(self, index: Any) -> list[Any]:
        """The pages of the run of an index whose single operation was not performed yet."""
        of_run = [one for one in self.pages_of_range if one >> SLOT_BITS == index >> SLOT_BITS]
        return [one for one in of_run if not any(one is done.index for done in self.performed)]

    def _at(self, index: Any, at: int) -> Any:
        """The page of the range that an index and an offset name, by its own index."""
        return self._nth(index + at)

    def _nth(self, index: Any) -> Any:
        return next((page for page in self.pages_of_range if page == index), index)

    def _meant_for(self, page: Any) -> Any:
        """The index at which a page is to be put."""
        return next(index for index, one in zip(self.pages_of_range, self.put_there, strict=True) if one == page)

    def _held_at(self, index: Any) -> Any:
        """What the call's object holds at an index, if that was looked at."""
        for _, tree in self._first_trees:
            for entry in tree.map.entries:
                if entry.key == index:
                    return entry.now
        return None

    def _holds(self) -> int:
        return sum(lock.taken for lock in self.outside.witness.held)


def data_of(value: Any) -> Any:
    """What a get gives of a page: its data; to the package's own PAM a pampd is the page that it describes."""
    return Data(value) if isinstance(value, Pampd) else value


def _sum(nodes: list[Several]) -> Any:
    return sum(node.count for node in nodes)
