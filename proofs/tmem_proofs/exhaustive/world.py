"""One store with one pool, which can be brought into a state, asked, and read.

A store is brought into a state by making its objs and objnodes anew, as `forms` describes them: that is much quicker
than making the calls that led there, or than a deep copy. Nothing of a store is left out by that: all that an obj, an
objnode, a bucket and a pool have is either set here, or is the same in every state. A field that is not known here may
be neither, and so no store that has one is searched.

Of the names that the implementation keeps to itself, the search uses those in this module, and in shapes.py put, get
and flush_page of a bucket.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tmem_proofs.conformance.locks import GuardedObjs, OneThreadLock
from tmem_proofs.exhaustive.forms import Branch, Form, Reading, State
from tmem_proofs.exhaustive.outside import Outside, Pampd
from tmem_proofs.exhaustive.scope import Scaled, ScopeError
from tmem_proofs.source import Algorithm

POOL = 0

# The fields of what a store is made of, by module and type.
_FIELDS = {
    ("tree", "Obj"): {"height", "leaves", "lock", "objnode_count", "pampd_count", "root"},
    ("tree", "Objnode"): {"slots", "slots_in_use"},
    ("pool", "Bucket"): {"lock", "pool"},
    ("pool", "Pool"): {
        "batch",
        "buckets",
        "destroyed",
        "frozen",
        "host",
        "id",
        "keeps",
        "objs",
        "pam",
        "persistent",
        "plain",
    },
    ("store", "Tmem"): {"_host", "_inside", "_pam", "_pools", "_quick", "_spent", "_table"},
}


@cache
def page_of(oid: int, index: int) -> bytes:
    """What every state has at a handle that holds a page."""
    return b"page %d of object %d" % (index, oid)


class World:
    """A store, with the host and PAM around it. `trouble`: what was wrong while no callback was under way."""

    def __init__(self, scaled: Scaled, flags: int, *, refusals_only: bool = False) -> None:
        """A store whose one pool, without a page, has these flags."""
        _know_all_fields(scaled)
        self._tree = scaled.code.tree
        self._shipped = scaled.code.algorithm is Algorithm.SHIPPED
        self._flags = flags
        scaled.code.pool._sync.Lock = OneThreadLock  # noqa: SLF001 - whoever would wait for a lock is told so
        self.outside = Outside(scaled.code, self._lock_wrong, refusals_only=refusals_only)
        self.store = scaled.code.store.Tmem(host=self.outside, pam=self.outside)
        self.pool = self.store._pools[self.store.new_pool(flags)]  # noqa: SLF001 - to be read, and brought into a state
        self.bucket = self.pool.buckets[0]  # of every oid of a scope
        self.errors = scaled.code.errors
        self._locks = [self.store._table, *(bucket.lock for bucket in self.pool.buckets)]  # noqa: SLF001 - as above
        self.trouble: list[str] = []

    def enter(self, state: State) -> None:
        """Be in this state: of a store whose pool is not destroyed."""
        self.outside.clear()
        self.pool.frozen = state.frozen
        self.pool.objs = {oid: self._obj(oid, form) for oid, form in state.objects}
        GuardedObjs(self.pool, self.trouble.append)
        if state.destroyed:
            self.store.destroy_pool(POOL)

    def state(self, reading: Reading) -> State:
        """The state it is in now."""
        forms = [(oid, reading.form(oid, obj)) for oid, obj in self.pool.objs.items()]
        return State(self._flags, tuple(sorted(forms)), self.pool.frozen, self.pool.destroyed)

    def reading(self) -> Reading:
        """What reads the objects of this store."""
        return Reading(self._tree.Objnode, leaves=self._shipped)

    def pampd(self, oid: int, index: int) -> Pampd:
        """The pampd of a handle that holds a page."""
        return next(one for one in self.outside.pampds.values() if (one.oid, one.index) == (oid, index))

    def locks_held(self) -> int:
        """How many locks are held."""
        return [lock.locked() for lock in self._locks].count(True)

    def _lock_wrong(self) -> str | None:
        held = self.locks_held()
        return None if held == 1 else f"LCK-1: found {held} locks held in a callback, expected 1"

    def _obj(self, oid: int, form: Form) -> Any:
        obj = self._tree.Obj()
        obj.height, obj.pampd_count, obj.objnode_count = form.height, form.pampd_count, form.objnode_count
        leaves: dict[int, Any] = {}
        obj.root = self._branch(oid, form.root, form.height, 0, leaves)
        if self._shipped and leaves:
            obj.leaves = leaves
        obj.lock = self.bucket.lock
        self.outside.objs[id(obj)] = obj
        return obj

    def _branch(self, oid: int, branch: Branch, level: int, digits: int, leaves: dict[int, Any]) -> Any:
        """What a slot holds, at a level, led to by these slots; leaves that it leads to are added to `leaves`."""
        if branch is None:
            return None
        if not isinstance(branch, tuple):
            pampd = Pampd(oid, int(branch), page_of(oid, int(branch)))
            self.outside.pampds[id(pampd)] = pampd
            return pampd
        node = self._tree.Objnode()
        node.slots_in_use, slots = branch
        if level == 1:
            leaves[digits] = node
        first = digits * len(slots)
        node.slots = [self._branch(oid, slot, level - 1, first + at, leaves) for at, slot in enumerate(slots)]
        self.outside.objnodes[id(node)] = node
        return node


def _know_all_fields(scaled: Scaled) -> None:
    """Raise ScopeError if something in a store has a field that a state says nothing of, or lacks one."""
    for (module, name), known in _FIELDS.items():
        fields = set(getattr(getattr(scaled.code, module), name).__slots__)
        if fields != known:
            strange = ", ".join(sorted(fields ^ known))
            raise ScopeError(f"{name} has other fields than the search brings into a state, in world.py: {strange}")
