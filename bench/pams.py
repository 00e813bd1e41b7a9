"""PAMs that compress, as a program may bring along: page by page, or all pages of a run at once.

zlib and LZ4 let other threads run while they work. The more there is to do in one call of them, the longer.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Sequence
from typing import Final

import lz4.block

from .handles import SEED

BYTES: Final = 4096
Compress = Callable[[bytes], bytes]
Packed = tuple[bytes, int, int]  # what pages were compressed to, and where among them a page begins and ends


def page_of_hexadecimals() -> bytes:
    """A page of the kernel's size that compresses to about half."""
    return random.Random(SEED).randbytes(BYTES // 2).hex().encode()  # noqa: S311 - an example, no secret


def zlib_fastest(page: bytes) -> bytes:
    """At zlib's fastest level."""
    return zlib.compress(page, 1)


def lz4_compress(page: bytes) -> bytes:
    """As LZ4 does by default."""
    packed: bytes = lz4.block.compress(page)
    return packed


def lz4_decompress(packed: bytes) -> bytes:
    """The page."""
    page: bytes = lz4.block.decompress(packed)
    return page


COMPRESSORS: Final[dict[str, tuple[Compress, Compress]]] = {
    "zlib": (zlib.compress, zlib.decompress),
    "zlib level 1": (zlib_fastest, zlib.decompress),
    "lz4": (lz4_compress, lz4_decompress),
}


class CompressingPam:
    """Keeps each page compressed."""

    def __init__(self, compress: Compress, decompress: Compress) -> None:
        """Compress and decompress by these."""
        self._compress = compress
        self._decompress = decompress

    def create(self, pool: int, oid: int, index: int, page: bytes) -> bytes:  # noqa: ARG002 - the protocol's parameters
        """The compressed page."""
        return self._compress(page)

    def get_data(self, pampd: bytes) -> bytes:
        """The page."""
        return self._decompress(pampd)

    def free(self, pampd: bytes) -> None:
        """Nothing: the interpreter takes it back."""


class BatchingPam:
    """Keeps the pages of a run compressed together: one call of the compressor for all that it is asked for at once."""

    def __init__(self, compress: Compress, decompress: Compress) -> None:
        """Compress and decompress by these."""
        self._compress = compress
        self._decompress = decompress

    def create(self, pool: int, oid: int, index: int, page: bytes) -> Packed:
        """The compressed page."""
        return self.create_all(pool, oid, index, [page])[0]

    def create_all(self, pool: int, oid: int, index: int, pages: Sequence[bytes]) -> list[Packed]:  # noqa: ARG002 - the protocol's
        """Where each page is among all of them, compressed."""
        packed, pampds, begin = self._compress(b"".join(pages)), [], 0
        for page in pages:
            pampds.append((packed, begin, begin + len(page)))
            begin += len(page)
        return pampds

    def get_data(self, pampd: Packed) -> bytes:
        """The page."""
        return self.get_data_all([pampd])[0]

    def get_data_all(self, pampds: Sequence[Packed]) -> list[bytes]:
        """The pages; what several of them are in is decompressed once."""
        together = {id(packed): packed for packed, _, _ in pampds}
        pages = {key: self._decompress(packed) for key, packed in together.items()}
        return [pages[id(packed)][begin:end] for packed, begin, end in pampds]

    def free(self, pampd: Packed) -> None:
        """Nothing: the interpreter takes it back."""

    def free_all(self, pampds: Sequence[Packed]) -> None:
        """Nothing."""
