"""A fault with the obligation that must refute it."""

from __future__ import annotations

from typing import NamedTuple

from tmem_proofs.results import Obligation
from tmem_proofs.source import Fault


class Refuted(NamedTuple):
    """A fault, and the obligation that must refute it."""

    fault: Fault
    by: Obligation
