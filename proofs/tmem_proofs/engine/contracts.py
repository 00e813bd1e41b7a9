"""Contracts: what the functions of the tree, and of taking and releasing, are proved to do, standing in for them.

An operation of the store is run over objects that *are* the contract of their tree: a finite map from indexes to
pampds, with as many pages as it counts, and objnodes known by their number alone. What a contract demands of its
caller is noted as a finding, and must hold; that the shipped functions keep the contracts is proved by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tmem_proofs.engine.arbitrary import Mapping
from tmem_proofs.engine.explorer import Infeasible, Path
from tmem_proofs.engine.heap import MOST_OBJNODES, MOST_PAGES, Pampd
from tmem_proofs.engine.outside import Outside
from tmem_spec.words import BUCKETS, MOST_OBJNODES_A_PUT, index_valid

GIVEN, REFUSED, RAISES = "given", "refused", "raises"


def noted(path: Path, name: str, stand_in: Callable[..., Any]) -> Callable[..., Any]:
    """The stand-in of a function; that the path rests on that is noted when it is called."""

    def called(*arguments: Any, **options: Any) -> Any:
        path.rests.add(name)
        return stand_in(*arguments, **options)

    return called


@dataclass(eq=False, slots=True)
class Several:
    """Objnodes, `count` of them, taken from the host or unlinked from a tree together."""

    count: Any


class Tree:
    """The pages of an object, by index; stands where its root would be, for as long as it has a page."""

    def __init__(self, path: Path, name: str) -> None:
        """An empty map; `map.make` makes it an arbitrary one."""
        self.map = Mapping(path, name, None)
        self.lacking: Any = None
        self.first_count: Any = 0
        self.first_objnodes: Any = 0
        self.first_height: Any = None

    def first_page(self, index: Any) -> Any:
        """The pampd that was at an index before the call. There were as many pages as were counted (CNT-1)."""
        first = self.map.entry(index).first
        self.map.path.assume(self.first_count >= sum(entry.first is not None for entry in self.map.entries))
        return first


class Contracts:
    """The stand-ins, for one run. `stand_ins`: the functions that are stood for."""

    stand_ins: tuple[str, ...] = (
        "lookup", "place", "missing", "insert", "replace", "delete", "drain", "take", "release", "bucket_of",
    )  # fmt: skip

    def __init__(self, path: Path, outside: Outside, tree: ModuleType) -> None:
        """`tree`: the module under proof, for its Obj."""
        self.path = path
        self.outside = outside
        self.tree = tree
        self.drained: list[Any] = []
        self.brief: list[Any] = []
        self._first_trees: list[tuple[Any, Tree]] = []
        self.named: Pampd | None = None
        self.leaf: bool | None = None
        self.hashes: list[tuple[Any, Any]] = []

    def install(self, modules: list[ModuleType]) -> None:
        """Put the stand-ins in the place of the shipped functions, wherever a module has imported them."""
        for module in modules:
            for name in self.stand_ins:
                if hasattr(module, name):
                    setattr(module, name, noted(self.path, name, getattr(self, name)))

    def obj(self, name: str, *, brief: bool = False) -> Any:
        """An arbitrary object that has a page (CNT-2), rightly counted (CNT-1). `brief`: it is drained in one step."""
        obj = self.tree.Obj()
        if brief:
            self.brief.append(obj)
        obj.root = Tree(self.path, name)
        obj.root.map.make(self._page)
        self._first_trees.append((obj, obj.root))
        self.path.knowledge.on_return(self._first_trees.pop)
        obj.height = None
        obj.pampd_count = self.path.integer(f"{name}: pampd_count", 1, MOST_PAGES)
        obj.objnode_count = self.path.integer(f"{name}: objnode_count", 0, MOST_OBJNODES)
        obj.root.first_count, obj.root.first_objnodes = obj.pampd_count, obj.objnode_count
        return obj

    def first_tree(self, obj: Any) -> Tree | None:
        """The tree that an object had before the call; None if it was not there."""
        return next((tree for one, tree in self._first_trees if one is obj), None)

    def is_drained(self, obj: Any) -> bool:
        """Whether the object was torn down, its pages with it."""
        return any(one is obj for one in self.drained)

    # The tree.

    def lookup(self, obj: Any, index: Any) -> Any:
        """What the map says; reading changes nothing."""
        self._expect("LCK-1", obj.lock is None or obj.lock.is_held, "an object is looked into without its lock")
        if obj.root is None:
            return None
        held = obj.root.map.get(index)
        self._believe_count(obj)
        return held

    def bucket_of(self, oid: Any) -> Any:
        """Some number of a bucket, the same for the same oid."""
        for known, number in self.hashes:
            if known is oid or known == oid:
                return number
        self.hashes.append((oid, self.path.integer(f"bucket of {oid}", 0, BUCKETS - 1)))
        return self.hashes[-1][1]

    def place(self, obj: Any, index: Any, page: Any) -> bool:
        """The index holds the page, in the place of what it held; or nothing is done: the index has no leaf."""
        held = self.lookup(obj, index)
        if obj.root is None or not index_valid(index):
            return False
        self.leaf = self.path.choose(("a leaf", "no leaf")) == "a leaf"
        if not self.leaf:
            return False
        pampd = self._as_pampd(page)
        obj.root.map[index] = pampd
        self.outside.linked.append(pampd)
        if held is None:
            obj.pampd_count += 1
        elif self.outside.pool.plain:
            self.outside.freed.append(held)  # the package's own PAM need not be told
        return True

    def missing(self, obj: Any, index: Any) -> Any:
        """Some number, 11 at most (MEM-6), of an index that holds nothing; 1 at least if it has no leaf."""
        self._expect("CNT-1", self.lookup(obj, index) is None, "missing() of an index that holds a page")
        if obj.root is None:
            obj.root = Tree(self.path, "a new object")
            obj.root.lacking = self.path.integer("objnodes missing", 0, MOST_OBJNODES_A_PUT)
            lacking, obj.root = obj.root.lacking, None
            self.outside.lacking = lacking
            return lacking
        self.outside.lacking = self.path.integer("objnodes missing", int(self.leaf is False), MOST_OBJNODES_A_PUT)
        return self.outside.lacking

    def insert(self, obj: Any, index: Any, pampd: Any, nodes: list[Several]) -> None:
        """The index holds the pampd; the objnodes, as many as were missing, are the tree's."""
        self._expect("CNT-1", self.lookup(obj, index) is None, "insert() at an index that holds a page")
        self._expect("CNT-4", _sum(nodes) == self.outside.lacking, f"{_sum(nodes)} objnodes handed to insert()")
        if nodes:
            self.outside.exhausted("leaf")
        if obj.root is None:
            obj.root = Tree(self.path, "a new object")
        obj.root.map[index] = linked = self._as_pampd(pampd)
        obj.pampd_count += 1
        obj.objnode_count += _sum(nodes)
        self.outside.linked += [*nodes, linked]

    def _as_pampd(self, page: Any) -> Pampd:
        """A page is its own pampd to the package's own PAM: its page is noted. Any other pampd has been created."""
        if isinstance(page, Pampd):
            return page
        self._expect("OWN-2", self.outside.pool.plain, "a page is linked, and its PAM made no pampd of it")
        kept: Pampd = self.outside.keep(page)
        return kept

    def replace(self, obj: Any, index: Any, pampd: Any) -> None:
        """The index holds the other pampd."""
        self._expect("CNT-1", self.lookup(obj, index) is not None, "replace() at an index that holds nothing")
        obj.root.map[index] = pampd
        self.outside.linked.append(pampd)

    def delete(self, obj: Any, index: Any) -> tuple[Any, list[Several]]:
        """The index holds nothing; what the tree needs no more is handed out; no page, no tree."""
        pampd = self.lookup(obj, index)
        self._expect("CNT-1", pampd is not None, "delete() at an index that holds nothing")
        obj.root.map[index] = None
        obj.pampd_count -= 1
        if obj.pampd_count == 0:
            self._believe_empty(obj)
            unlinked = Several(obj.objnode_count)
            obj.root = None
        else:
            unlinked = Several(self.path.integer("objnodes unlinked", 0, MOST_OBJNODES_A_PUT))
        obj.objnode_count -= unlinked.count
        self.outside.unlinked.append(unlinked)
        return pampd, [unlinked]

    def drain(self, obj: Any) -> tuple[list[Any], list[Several]]:
        """Some pages, one at least, are handed out, until there are none.

        After a first step that leaves pages the object is an arbitrary one again, so the second may be the last: the
        two stand for any number.
        """
        self._expect("CNT-1", obj.root is not None, "drain() of an object that has no page")
        again = any(one is obj for one in (*self.drained, *self.brief))
        self.drained.append(obj)
        pages = Pages(obj, self.path.integer("pages drained", 1, 64))
        last = again or self.path.choose(("pages remain", "no page remains")) == "no page remains"
        unlinked = Several(obj.objnode_count if last else self.path.integer("objnodes drained", 0, 6))
        obj.pampd_count = 0 if last else obj.pampd_count - pages.count
        obj.objnode_count -= unlinked.count
        if last:
            obj.root = None
        self.outside.unlinked += [unlinked]
        return [pages], [unlinked]

    # Taking and releasing.

    def take(self, pool: Any, count: Any, nodes: list[Several]) -> bool:
        """All that are asked for, or fewer and a refusal or an exception."""
        self.outside.called(pool, "objnode_alloc")
        self._expect("MEM-6", count <= MOST_OBJNODES_A_PUT, f"{count} objnodes asked for")
        if count == 0:
            return True
        answer = GIVEN if self.outside.plain else self.path.choose((GIVEN, REFUSED, RAISES))
        if answer == GIVEN:
            nodes.append(Several(count))
            self.outside.given.append(nodes[-1])
            self.outside.request("objnode_alloc", [nodes[-1]], failed=False)
            return True
        some = Several(self.path.integer("objnodes taken before", 0, MOST_OBJNODES_A_PUT - 1))
        self.path.assume(some.count < count)
        nodes.append(some)
        self.outside.given.append(some)
        self.outside.request("objnode_alloc", [some], failed=True)
        self.outside.refused = True
        self.path.note(f"an objnode_alloc {answer}")
        if answer == RAISES:
            self.outside.throw("objnode_alloc")
        return False

    def release(
        self, pool: Any, pampds: Any, nodes: Any, obj: Any = None, raised: BaseException | None = None
    ) -> BaseException | None:
        """Everything is freed, each once; of the exceptions, the first is given back."""
        for pampd in pampds:
            self._expect("OWN-2", isinstance(pampd, Pampd | Pages), f"free is handed {pampd!r}")
        things = [*pampds, *nodes, *([] if obj is None else [obj])]
        for thing in things:
            self.outside.take_back(pool, thing)
        may_raise = bool(things) and not self.outside.plain
        raises = may_raise and self.path.choose(("frees return", "a free raises")) == "a free raises"
        self.outside.request("release", things, failed=raises)
        if raises:
            self.path.note("a free raises")
            error = self.outside.raises("free")
            return error if raised is None else raised
        return raised

    def _page(self, index: Any) -> Pampd:
        """A page that was there before; or the one that a reclaim names, which is in one place at most."""
        if not index_valid(index):
            self.path.stop(Infeasible())
        if self.named is not None and self.path.choose(("another page", "the page named")) == "the page named":
            return self.named
        return Pampd("a page")

    def _expect(self, invariant: str, holds: Any, found: str) -> None:
        self.outside.witness.expect(invariant, holds, found)

    def _believe_count(self, obj: Any) -> None:
        """CNT-1: there are as many pages as are counted, so no fewer than are known."""
        known = sum(entry.now is not None for entry in obj.root.map.entries)
        self.path.assume(obj.pampd_count >= known)

    def _believe_empty(self, obj: Any) -> None:
        """CNT-1 of an object that counts no page: it has none."""
        if any(entry.now is not None for entry in obj.root.map.entries):
            self.path.stop(Infeasible())


@dataclass(eq=False, slots=True)
class Pages:
    """Pages of an object that is being torn down, `count` of them."""

    obj: Any
    count: Any


def _sum(nodes: list[Several]) -> Any:
    return sum(node.count for node in nodes)
