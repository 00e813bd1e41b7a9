"""What is claimed of a pool that has just been made: that it is well-formed, as every call finds it and leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tmem_proofs.claims.calls import CallRun
from tmem_proofs.claims.claim import Claim, Claims
from tmem_spec import words


def made(run: CallRun) -> Iterator[Any]:
    """The pool that the call has made, if it has made one."""
    if run.answer is not None and run.answer.pool is not None:
        yield run.store._pools[run.answer.pool]


def is_alive(run: CallRun) -> Iterator[Claim]:
    """POOL-1: it is not destroyed."""
    for pool in made(run):
        yield Claim(pool.destroyed is False, f"destroyed: {pool.destroyed}")


def stores(run: CallRun) -> Iterator[Claim]:
    """POOL-4: it is not frozen."""
    for pool in made(run):
        yield Claim(pool.frozen is False, f"frozen: {pool.frozen}")


def has_no_object(run: CallRun) -> Iterator[Claim]:
    """CNT-2: it has no object; and each bucket knows whose it is."""
    for pool in made(run):
        yield Claim(pool.objs == {}, f"it has {pool.objs}")
        for number, bucket in enumerate(pool.buckets):
            yield Claim(bucket.pool is pool, f"bucket {number} is of {bucket.pool}")


def has_a_bucket_for_every_hash(run: CallRun) -> Iterator[Claim]:
    """OID-2: it has 256 buckets."""
    for pool in made(run):
        yield Claim(len(pool.buckets) == words.BUCKETS, f"{len(pool.buckets)} buckets")


def has_a_lock_for_every_bucket(run: CallRun) -> Iterator[Claim]:
    """LCK-1: each bucket has a lock of its own, which nobody holds."""
    for pool in made(run):
        locks = {id(bucket.lock) for bucket in pool.buckets}
        yield Claim(len(locks) == len(pool.buckets), f"{len(locks)} locks for {len(pool.buckets)} buckets")
        yield Claim(not any(bucket.lock.locked() for bucket in pool.buckets), "a lock is held")


def calls_its_own_callbacks(run: CallRun) -> Iterator[Claim]:
    """OWN-2: its host and its PAM are the store's; it knows if that is the package's own, and if it takes runs."""
    for pool in made(run):
        yield Claim(pool.host is run.store._host, f"its host is {pool.host}")
        yield Claim(pool.pam is run.store._pam, f"its PAM is {pool.pam}")
        yield Claim(pool.plain is isinstance(pool.pam, run.code.host.MemoryPam), f"plain {pool.plain}, of {pool.pam}")
        takes_runs = isinstance(pool.pam, run.code.host.GuardedBatchPam)
        yield Claim(pool.batch is (pool.pam if takes_runs else None), f"batch {pool.batch}, of {pool.pam}")


NEW_POOL_CLAIMS: dict[str, Claims] = {
    "POOL-1": is_alive,
    "POOL-4": stores,
    "CNT-2": has_no_object,
    "OID-2": has_a_bucket_for_every_hash,
    "LCK-1": has_a_lock_for_every_bucket,
    "OWN-2": calls_its_own_callbacks,
}
