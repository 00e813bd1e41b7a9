"""One path through a piece: what it is given, what it calls, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path


@dataclass(eq=False, slots=True)
class Thing:
    """Something that the host or the PAM owns."""

    name: str


@dataclass(slots=True)
class PieceRun:
    """One path through a piece: what went in, what was called, what came out."""

    path: Path
    arguments: dict[str, Any] = field(default_factory=dict)
    given: list[Thing] = field(default_factory=list)
    freed: list[Any] = field(default_factory=list)
    together: list[Any] = field(default_factory=list)
    asked: int = 0
    refused: bool = False
    raised: list[CallbackError] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    # A host and a PAM, as far as these functions call them; `batch`: the PAM, if it takes runs, and `together` those.

    batch: Any = None
    id = 0

    @property
    def host(self) -> PieceRun:
        """The pool's host."""
        return self

    pam = host

    def objnode_alloc(self, _pool: int) -> Thing | None:
        """An objnode, or not."""
        self.asked += 1
        answer = self.path.choose(("given", "refused", "raises"))
        if answer == "given":
            self.given.append(Thing(f"objnode {self.asked}"))
            return self.given[-1]
        self.refused = True
        self.path.note(f"objnode_alloc number {self.asked} {answer}")
        if answer == "raises":
            self._raise("objnode_alloc")
        return None

    def objnode_free(self, _pool: int, thing: Thing) -> None:
        """Take something back, and raise or not."""
        self.free(thing)

    obj_free = objnode_free

    def free(self, thing: Thing) -> None:
        """As above."""
        self.freed.append(thing)
        if self.path.choose(("returns", "raises")) == "raises":
            self.path.note(f"the free of {thing.name} raises")
            self._raise(thing.name)

    def free_all(self, things: Any) -> None:
        """Take back several at once."""
        self.freed += things
        self.together += things
        if self.path.choose(("returns", "raises")) == "raises":
            self.path.note("free_all raises")
            self._raise("free_all")

    def _raise(self, name: str) -> None:
        self.raised.append(CallbackError(name))
        raise self.raised[-1]
