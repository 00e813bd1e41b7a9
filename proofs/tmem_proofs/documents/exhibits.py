"""The defects of the published code, as exhibits: calls that show each, and the obligation that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tmem_proofs.documents.scenes import OURS, PUBLISHED, Scene, Shown, code_of, flush_object, get, played, put, shown
from tmem_proofs.documents.stage import OID, Onlooker, Stage
from tmem_proofs.source import Code, Fault, load_published
from tmem_spec.words import EPHEMERAL, SHARED, WORD_BITS, bucket_of

_BOTH = (PUBLISHED, OURS)


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A defect: its number in the list of known ones, what it is, and what shows it.

    scene        calls on a tree, played by both algorithms
    seen         what else is seen of both, in lines, where no tree shows it
    obligation   which refutes it, `operation/case/invariant`; none where no obligation is about it, and then why
    fault        a change to the published code, where the defect is of a repair
    """

    defect: str
    title: str
    told: str
    scene: Scene | None = None
    seen: Callable[[str], Iterator[str]] | None = None
    obligation: str = ""
    why_none: str = ""
    fault: Fault | None = None


def _locked(algorithm: str) -> Iterator[str]:
    """How often the bucket's lock is taken while an object of 1,000 pages is flushed, and how many pages go at most."""
    stage = Stage(code_of(algorithm), EPHEMERAL)
    for index in range(1000):
        stage.put(index)
    counting = Counting(stage.host)
    stage.bucket.lock = counting
    stage.flush_object()
    taken, most = counting.taken, counting.most
    yield f"{algorithm}: flush_object of 1000 pages takes the lock {taken} times, and frees up to {most} each time"


class Counting:
    """In the place of a lock: how often it is taken, and the most frees of pages while it is held."""

    def __init__(self, host: Onlooker) -> None:
        """Not taken."""
        self.host = host
        self.taken = 0
        self.most = 0
        self._before = 0

    def __enter__(self) -> None:
        """Take it."""
        self.taken += 1
        self._before = self._freed()

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self.most = max(self.most, self._freed() - self._before)

    def _freed(self) -> int:
        return sum(one.value == "pam_free" for one in self.host.callbacks)


def _hashed(algorithm: str) -> Iterator[str]:
    """Where the oids of permuted words go."""
    permuted = ((1, 2, 3), (3, 1, 2), (2, 3, 1))
    oids = [sum(word << WORD_BITS * at for at, word in enumerate(words)) for words in permuted]
    buckets = {bucket_of(one) for one in oids}
    yield f"{algorithm}: the oids {', '.join(map(str, permuted))} go to {len(buckets)} bucket"


def _destroyed(algorithm: str) -> Iterator[str]:
    """What a pool still does once it is destroyed."""
    code = code_of(algorithm)
    host = Onlooker(code.tree)
    if algorithm == OURS:
        yield from _destroyed_ours(code, host)
        return
    pool = code.pool.Pool(0, EPHEMERAL, host, host)
    code.operations.flush_pool(pool)
    bucket = pool.buckets[bucket_of(OID)]
    with bucket.lock:
        stored = code.operations.put(bucket, OID, 0, b"a page")
    yield f"{algorithm}: destroyed, the pool takes another put: {'stored' if stored else 'refused'}"
    code.operations.flush_pool(pool)
    yield f"{algorithm}: destroyed a second time, it says nothing"


def _destroyed_ours(code: Code, host: Onlooker) -> Iterator[str]:
    store = code.store.Tmem(host=host, pam=host)
    pool = store.new_pool(EPHEMERAL)
    store.destroy_pool(pool)
    calls: dict[str, Callable[[], object]] = {
        "destroyed, the pool takes another put": lambda: store.put(pool, OID, 0, b"a page"),
        "destroyed a second time": lambda: store.destroy_pool(pool),
    }
    for told, call in calls.items():
        try:
            call()
        except Exception as error:  # noqa: BLE001 - it is what is shown
            yield f"{OURS}: {told}: {type(error).__name__}"


NAIVE = Fault(
    "D1 mended where it shows",
    "published",
    "    page: bytes | None = pool.pam.get_data(pampd)\n",
    "    page: bytes | None = pool.pam.get_data(pampd)\n    if page is None:\n        return None\n",
)

EXHIBITS: tuple[Exhibit, ...] = (
    Exhibit("D1", "An error of get_data is data", "The published code keeps the answer of get_data in an unsigned "
            "integer and asks whether it is negative. So a page that cannot be decompressed is a success, and the "
            "caller's buffer holds what it held.",
            Scene("d1", "D1", "get_data fails", (put(0),), get(0, get_data_fails=True), _BOTH),
            obligation="get/height 0/ERR-1"),
    Exhibit("D2", "Its naive repair leaks", "Return early when get_data fails, and the page, which is out of the tree "
            "by then, is never freed; if it was the last, its object stays without a page: a zombie.",
            Scene("d2", "D2", "get_data fails, and the get returns early", (put(0),), get(0, get_data_fails=True),
                  _BOTH), obligation="get/height 0/CNT-2", fault=NAIVE),
    Exhibit("D3", "Stumps stay", "A put that is refused an objnode leaves those it was given before in the tree. "
            "Nothing leads out of them, and nothing frees them as long as their object has a page.",
            Scene("d3", "D3", "objnode 5 of 5 is refused", (put(0),), put(4096, 5), _BOTH),
            obligation="insert refused descending/height 1/SHR-2"),
    Exhibit("D4", "Heights stay", "The tree has grown before the refusal, and stays as high: every later get of page 0 "
            "goes down three levels.",
            Scene("d4", "D4", "objnode 4 of 5 is refused", (put(0),), put(4096, 4), _BOTH),
            obligation="insert refused growing/height 0/SHR-1"),
    Exhibit("D5", "A duplicate put may need memory", "The published code frees the page that is there, with the branch "
            "that it alone needed, and inserts anew. With no objnode to be had, replacing a page loses it.",
            Scene("d5", "D5", "the page is there; objnode 1 is refused", (put(0), put(4096)), put(4096, 1), _BOTH),
            obligation="replace/height 3/MEM-6"),
    Exhibit("D9", "Destroying a pool disables nothing", "Every page goes, and that is all: the pool takes the next "
            "put, and nobody will ever free that page. A second destruction corrupts the list of pools.",
            seen=_destroyed,
            why_none="the published algorithm, as it is proved here, has no table of pools; of ours POOL-1 is proved"),
    Exhibit("D12", "Locks are held as long as it takes", "A flush holds its bucket's lock until the last page is "
            "freed: everybody whose object hashes alike waits. Ours lets go of it after every leaf.", seen=_locked,
            why_none="how long a lock is held no invariant says; tests/unit/test_teardown.py does"),
    Exhibit("D14", "Permuted words hash alike", "The hash is an exclusive or of the three words. Ours keeps it, as "
            "OID-2 demands: but here it chooses a lock, and no longer where an object is looked for.", seen=_hashed,
            why_none="it is the published hash that OID-2 demands; a collision costs waiting, and nothing else"),
    Exhibit("D16", "Objnodes go back with stale counts", "When a whole tree is freed, slots_in_use stays as it was. A "
            "host that keeps objnodes for the next tree hands out one that counts pages it does not have.",
            Scene("d16", "D16", "the object is flushed", (put(0), put(1)), flush_object(), _BOTH),
            obligation="insert/no object/CNT-5"),
    Exhibit("D19", "The shared flag is never read", "A get from a shared pool should leave the page for the others. "
            "The published code takes it away: the second who gets it misses.",
            Scene("d19", "D19", "a second get from a shared pool", (put(0), put(1), get(1)), get(1), _BOTH, SHARED),
            obligation="get/height 0/EPH-4"),
)  # fmt: skip


def shown_of(exhibit: Exhibit, algorithm: str) -> Shown | None:
    """The scene of an exhibit as one algorithm plays it, with the repair put into the published one; None without."""
    if exhibit.scene is None:
        return None
    if exhibit.fault is not None and algorithm == PUBLISHED:
        return played(load_published(exhibit.fault), exhibit.scene)
    return shown(exhibit.scene, algorithm)
