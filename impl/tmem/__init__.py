"""Transcendent memory: a store that keeps pages by handle, may refuse any, and whose source is proved.

    from tmem import PERSISTENT, Tmem

    store = Tmem()
    swap = store.new_pool(PERSISTENT)
    store.put(swap, 7, 0, b"a page")  # True, or False if refused
    store.get(swap, 7, 0)  # b"a page"

`Tmem` is the store; `Host` and `Pam` are what it asks for metadata and pages, with defaults; `errors` lists what it
raises. `compiled` says which build is running: True for libraries made of this source, False for the source itself.
"""

from types import FunctionType
from typing import Final

from ._check import Counts
from ._tree import Obj, Objnode, Pampd
from ._words import EPHEMERAL, PERSISTENT, SHARED, oid_from_words
from .errors import (
    BrokenInvariantError,
    FlagsError,
    GetDataError,
    HandleError,
    PoolDestroyedError,
    PoolError,
    ReentryError,
    TmemError,
)
from .host import BatchPam, DefaultHost, Host, MemoryPam, Pam
from .store import Tmem

__version__ = "0.1.0"

compiled: Final = not isinstance(Tmem.put, FunctionType)

__all__ = [
    "EPHEMERAL", "PERSISTENT", "SHARED", "BatchPam", "BrokenInvariantError", "Counts", "DefaultHost", "FlagsError",
    "GetDataError", "HandleError", "Host", "MemoryPam", "Obj", "Objnode", "Pam", "Pampd", "PoolDestroyedError",
    "PoolError", "ReentryError", "Tmem", "TmemError", "compiled", "oid_from_words",
]  # fmt: skip
