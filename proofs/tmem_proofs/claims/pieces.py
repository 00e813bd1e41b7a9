"""Pieces: the shipped functions that the operations rest on, each run by itself and held against its contract.

take, release    the loops that ask for metadata and give things back
height_for, ...  the arithmetic of indexes and oids, for all values, against the specification's own
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tmem_proofs.claims.claim import Claim, Claims
from tmem_proofs.claims.piece_run import PieceRun, Thing
from tmem_proofs.claims.range_pieces import RANGE_PIECE_CLAIMS, RANGE_PIECES
from tmem_proofs.engine.environment import CallbackError
from tmem_proofs.engine.explorer import Path
from tmem_proofs.engine.terms import Valuation
from tmem_proofs.source import Code
from tmem_proofs.story import number
from tmem_spec import words


def take(run: PieceRun, code: Code) -> None:
    """`take`, of any number of objnodes that a put can lack (MEM-6)."""
    count = run.path.integer("objnodes to take", 0, words.MOST_OBJNODES_A_PUT)
    run.arguments = {"count": count, "nodes": []}
    run.result = code.pool.take(run, count, run.arguments["nodes"])


def release(run: PieceRun, code: Code) -> None:
    """`release`: two of a kind stand for any number, as its loops carry on nothing but the exception raised first."""
    choose = run.path.choose
    run.batch = run if choose(("one by one", "a PAM that takes runs")) == "a PAM that takes runs" else None
    pampds = [Thing("pampd 1"), Thing("pampd 2")][: int(choose(("0", "1", "2")))]
    nodes = [Thing("objnode 1"), Thing("objnode 2")][: int(choose(("0", "1", "2")))]
    obj = Thing("obj") if choose(("no obj", "an obj")) == "an obj" else None
    before = CallbackError("before") if choose(("nothing before", "raised before")) == "raised before" else None
    run.arguments = {"things": [*pampds, *nodes, *([] if obj is None else [obj])], "before": before}
    run.result = code.pool.release(run, pampds, nodes, obj, before)


def run_piece(name: str, path: Path, code: Code) -> PieceRun:
    """Go along one path, through the piece to its end."""
    run = PieceRun(path)
    try:
        PIECES[name](run, code)
    except (Exception, CallbackError) as error:  # noqa: BLE001 - what a callback raised is expected; else claims find it
        run.error = error
    return run


def witness(run: PieceRun, values: Valuation) -> str:
    """One line: arguments with which the path is taken."""
    arguments = {name: _shown(value, values) for name, value in run.arguments.items()}
    return ", ".join([*(f"{name} {value}" for name, value in arguments.items()), *run.path.notes])


def tell(run: PieceRun, values: Valuation, found: str) -> str:
    """The story of a refutation."""
    came = f"{run.error!r}" if run.error is not None else _shown(run.result, values)
    return f"call: {witness(run, values)}\nresult: {came}\nfound: {found}"


def _shown(value: Any, values: Valuation) -> str:
    return f"{number(value, values):#x}" if isinstance(value, int) else repr(value)


def takes_what_it_says(run: PieceRun) -> Iterator[Claim]:
    """OWN-1: what was given is in the list, each once and in order, however the taking ended."""
    nodes = run.arguments["nodes"]
    yield Claim(len(nodes) == len(run.given) and all(map(_is, nodes, run.given)), f"{nodes}, given {run.given}")


def takes_all_or_says_so(run: PieceRun) -> Iterator[Claim]:
    """MEM-5: it answers True if all were given, False at a refusal, and passes an exception on."""
    if run.error is not None:
        yield Claim(run.raised == [run.error], f"{run.error!r} came out, {run.raised} raised")
    else:
        yield Claim(run.result is not run.refused, f"{run.result}, refused: {run.refused}")
        if run.result:
            yield Claim(run.arguments["count"] == len(run.given), f"{len(run.given)} given")


def takes_no_more(run: PieceRun) -> Iterator[Claim]:
    """MEM-6: it asks for no more than it is told to."""
    yield Claim(run.arguments["count"] >= run.asked, f"{run.asked} asked for")


def frees_each_once(run: PieceRun) -> Iterator[Claim]:
    """OWN-1: everything is freed once: pampds, objnodes, the obj, in this order; pampds at once, if they may be."""
    things = run.arguments["things"]
    yield Claim(len(things) == len(run.freed) and all(map(_is, things, run.freed)), f"{run.freed}, given {things}")
    pampds = [one for one in things if one.name.startswith("pampd")]
    together = pampds if run.batch is not None and len(pampds) > 1 else []
    yield Claim(run.together == together, f"{run.together} freed at once, not {together}")


def gives_the_first_exception(run: PieceRun) -> Iterator[Claim]:
    """ERR-2: what was raised before comes out, or else the first exception of a free, or else nothing."""
    before = run.arguments["before"]
    first = before if before is not None else (run.raised[0] if run.raised else None)
    yield Claim(run.error is None and run.result is first, f"{run.result!r}, {run.error!r} raised; first: {first!r}")


def height(run: PieceRun, code: Code) -> None:
    """`height_for`, of any index."""
    index = run.path.integer("index", 0, words.INDEX_LIMIT - 1)
    run.arguments = {"index": index}
    run.result = code.words.height_for(index)


def height_is_least(run: PieceRun) -> Iterator[Claim]:
    """SHR-1: trees of that height hold the index, and no lower ones do."""
    index = run.arguments["index"]
    yield Claim(index <= words.max_index(run.result), f"height {run.result} is too low")
    if run.result > 0:
        yield Claim(index > words.max_index(run.result - 1), f"height {run.result} is too high")


def bucket(run: PieceRun, code: Code) -> None:
    """`bucket_of`, of any oid."""
    oid = run.path.integer("oid", 0, words.INVALID_OID - 1)
    run.arguments = {"oid": oid}
    run.result = code.words.bucket_of(oid)


def bucket_is_published(run: PieceRun) -> Iterator[Claim]:
    """OID-2: it is the published hash, in range."""
    yield Claim(run.result == words.bucket_of(run.arguments["oid"]), f"bucket {run.result}")
    yield Claim(run.result >= 0, f"bucket {run.result}")
    yield Claim(run.result < words.BUCKETS, f"bucket {run.result}")


def order(run: PieceRun, code: Code) -> None:
    """The order in which a pool's objects are torn down: that of integers, by `sorted`."""
    del code
    left = run.path.integer("left", 0, words.INVALID_OID - 1)
    right = run.path.integer("right", 0, words.INVALID_OID - 1)
    run.arguments = {"left": left, "right": right}
    run.result = bool(left < right)


def order_is_published(run: PieceRun) -> Iterator[Claim]:
    """OID-1: the specification's order, word by word, says the same; and it is total."""
    left, right = run.arguments["left"], run.arguments["right"]
    before = bool(words.oid_before(left, right))
    yield Claim(before == run.result, f"{left} before {right}: {before}, as integers {run.result}")
    if not before:
        yield Claim(left == right or bool(words.oid_before(right, left)), f"{left} and {right} in no order")


def _is(one: Any, other: Any) -> bool:
    return one is other


PIECES: dict[str, Callable[[PieceRun, Code], None]] = {
    **RANGE_PIECES,
    "take": take,
    "release": release,
    "height_for": height,
    "bucket_of": bucket,
    "order of oids": order,
}

PIECE_CLAIMS: dict[str, dict[str, Claims]] = {
    **RANGE_PIECE_CLAIMS,
    "take": {"OWN-1": takes_what_it_says, "MEM-5": takes_all_or_says_so, "MEM-6": takes_no_more},
    "release": {"OWN-1": frees_each_once, "ERR-2": gives_the_first_exception},
    "height_for": {"SHR-1": height_is_least},
    "bucket_of": {"OID-2": bucket_is_published},
    "order of oids": {"OID-1": order_is_published},
}
