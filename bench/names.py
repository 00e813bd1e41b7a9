"""What the figures are called, in the raw JSON and wherever one is looked up: parts with slashes between them."""

from __future__ import annotations

from typing import Final

OURS: Final = "tmem"
FLAT: Final = "flat dict"
NESTED: Final = "nested dict"
LOOP: Final = "the loop alone"

PUT: Final = "put"  # into a store that is empty before the first of them
PUT_AGAIN: Final = "put again"  # in place of the pages that are there
GET: Final = "get"
FLUSH: Final = "flush"

DENSE: Final = "dense"
AT_ZERO: Final = "one page, index 0"
BELOW_4096: Final = "one page, index below 4096"
ANY_INDEX: Final = "one page, any index"
SPARSE: Final = (AT_ZERO, BELOW_4096, ANY_INDEX)

PURE: Final = "pure"
COMPILED: Final = "compiled"
PROOFS: Final = "proofs"

IMPORT: Final = "import tmem"
EMPTY_POOL: Final = "empty pool"
ALONE: Final = "compressor alone"
PUT_RUNS: Final = "put in runs"
GET_RUNS: Final = "get in runs"
ALONE_RUNS: Final = "compressor alone in runs"

SECONDS: Final = "proof seconds"
RESOURCES: Final = "proof resources"
PROVED: Final = ("get", "insert", "replace", "delete", "drain")


def operation(kind: str, order: str, size: int, contender: str) -> str:
    """Seconds an operation."""
    return f"{kind}/{order}/{size}/{contender}"


def in_runs(kind: str, order: str, size: int, run: int) -> str:
    """Seconds a page of a call on so many consecutive indexes."""
    return f"runs/{kind}/{order}/{size}/{run}"


def metadata_of(shape: str, size: int, contender: str) -> str:
    """Bytes that so many pages cost, the pages themselves not counted."""
    return f"bytes/{shape}/{size}/{contender}"


def resident(size: int, contender: str) -> str:
    """Bytes by which the process grew for so many pages of dense objects."""
    return f"resident/{size}/{contender}"


def threaded(what: str, pam: str, threads: int) -> str:
    """Seconds an operation when so many threads share the work."""
    return f"threads/{what}/{pam}/{threads}"


def proof(what: str, operation_proved: str, height: int) -> str:
    """Seconds, or the solver's units, that the proofs of an operation took on trees of a height."""
    return f"{what}/{operation_proved}/{height}"
