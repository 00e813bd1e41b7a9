"""The gallery of defects: each shows itself in the published algorithm, and not in ours, by the same calls."""

from __future__ import annotations

import pytest

from tmem_proofs.documents.exhibits import EXHIBITS, NAIVE, Exhibit, shown_of
from tmem_proofs.documents.gallery import story
from tmem_proofs.documents.scenes import OURS, PUBLISHED
from tmem_proofs.documents.stage import Step
from tmem_spec.metadata import Live


def exhibit(defect: str) -> Exhibit:
    """The exhibit of a defect."""
    return next(one for one in EXHIBITS if one.defect == defect)


def last(defect: str, algorithm: str) -> Step:
    """The call that shows a defect."""
    played = shown_of(exhibit(defect), algorithm)
    assert played is not None
    return played.steps[-1]


def broken(step: Step) -> set[str]:
    """The invariants that a step breaks."""
    return {one.partition(":")[0] for one in step.broken}


def seen(defect: str, algorithm: str) -> list[str]:
    """What is seen where no tree shows a defect."""
    shows = exhibit(defect).seen
    assert shows is not None
    return list(shows(algorithm))


def test_d1_an_error_is_data() -> None:
    """A get answers what was in the buffer, as if that were the page; ours says that it failed."""
    assert broken(last("D1", PUBLISHED)) == {"ERR-1", "COH-1"}
    assert last("D1", OURS).answer == "get_data failed"
    assert broken(last("D1", OURS)) == set()


def test_d2_its_naive_repair_leaks() -> None:
    """The page is in no tree and was not freed, and an object without a page is left."""
    step = last("D2", PUBLISHED)
    assert step.live == Live(objs=1, objnodes=0, pages=1)
    assert "CNT-2" in broken(step)
    assert last("D2", OURS).live == Live()
    assert NAIVE.new != NAIVE.old


def test_d3_stumps_stay() -> None:
    """Objnodes that lead to no page are in the tree after a put that was refused."""
    assert {"MEM-1", "SHR-2"} <= broken(last("D3", PUBLISHED))
    assert broken(last("D3", OURS)) == set()


def test_d4_heights_stay() -> None:
    """The tree is higher than its page needs."""
    assert {"MEM-1", "SHR-1"} <= broken(last("D4", PUBLISHED))
    assert broken(last("D4", OURS)) == set()


def test_d5_a_duplicate_needs_memory() -> None:
    """A page is replaced by nothing for want of an objnode; ours asks for none."""
    assert "MEM-6" in broken(last("D5", PUBLISHED))
    assert last("D5", PUBLISHED).answer == "refused"
    assert last("D5", OURS).answer == "stored"


def test_d9_a_destroyed_pool_goes_on() -> None:
    """It takes a put, and is destroyed again; ours raises."""
    assert seen("D9", PUBLISHED)[0].endswith("stored")
    assert all(line.endswith("PoolDestroyedError") for line in seen("D9", OURS))


def test_d12_locks_are_held_long() -> None:
    """Once for a thousand pages, or once and once again for every leaf of 64."""
    assert "takes the lock 1 times, and frees up to 1000" in seen("D12", PUBLISHED)[0]
    assert "takes the lock 17 times, and frees up to 64" in seen("D12", OURS)[0]


def test_d14_permuted_words_hash_alike() -> None:
    """In both, as the published hash is demanded."""
    assert seen("D14", PUBLISHED)[0].endswith("go to 1 bucket")
    assert seen("D14", OURS)[0].endswith("go to 1 bucket")


def test_d16_objnodes_go_back_stale() -> None:
    """A host gets an objnode back that counts what it does not have."""
    assert "CNT-5" in broken(last("D16", PUBLISHED))
    assert broken(last("D16", OURS)) == set()


def test_d19_the_shared_flag_is_not_read() -> None:
    """A get takes the page from a shared pool."""
    assert "EPH-4" in broken(last("D19", PUBLISHED)) or "EPH-2" in broken(last("D19", PUBLISHED))
    assert last("D19", OURS).answer.startswith("page")
    assert broken(last("D19", OURS)) == set()


@pytest.mark.parametrize("defect", [one.defect for one in EXHIBITS if one.obligation])
def test_the_prover_finds_it(defect: str) -> None:
    """The obligation named for the defect is refuted of the published algorithm, with a story."""
    one = exhibit(defect)
    told = story(one.obligation, one.fault)
    assert told.startswith("before:")
    assert "found: " in told


def test_every_exhibit_says_which_obligation_or_why_none() -> None:
    """And each that has no obligation has a reason."""
    assert [one.defect for one in EXHIBITS] == ["D1", "D2", "D3", "D4", "D5", "D9", "D12", "D14", "D16", "D19"]
    assert all(bool(one.obligation) != bool(one.why_none) for one in EXHIBITS)
    assert all((one.scene is None) != (one.seen is None) for one in EXHIBITS)
