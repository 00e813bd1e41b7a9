"""What tmem raises. Every message names the value found and, where there is one, the way out.

A refusal is not an error: `put` answers False. An exception of a callback reaches the caller as it is.
"""

from __future__ import annotations


class TmemError(Exception):
    """The base of everything that tmem raises of its own, apart from TypeError for arguments of a wrong type."""


class HandleError(TmemError, ValueError):
    """An oid or an index that names nothing: out of range, or the invalid oid."""


class FlagsError(TmemError, ValueError):
    """Pool flags that are reserved, unknown or unsupported."""


class PoolError(TmemError, LookupError):
    """A pool id that names no pool, or a pool that the operation is not for."""


class PoolDestroyedError(PoolError):
    """A pool that has been destroyed."""


class GetDataError(TmemError):
    """The PAM could not give back the data of a page that it holds."""


class ReentryError(TmemError, RuntimeError):
    """A callback called the store that was calling it."""


class BrokenInvariantError(TmemError, AssertionError):
    """`Tmem.check` found the store ill-formed. The message begins with the invariant's identifier."""

    def __init__(self, identifier: str, message: str) -> None:
        """`identifier`: of the invariant, as in the specification."""
        super().__init__(f"{identifier}: {message}")
        self.identifier = identifier
