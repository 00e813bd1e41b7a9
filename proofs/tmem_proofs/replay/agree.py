"""What a replay demands: that the shipped objects do what the path says."""

from __future__ import annotations

from tmem_proofs.results import EngineError


class ReplayError(EngineError):
    """The shipped objects do not do what the path says they do: the engine is wrong, and no verdict is worth much."""


def agree(what: str, found: object, expected: object) -> None:
    """Raises ReplayError if what the shipped objects did is not what the path says."""
    if found != expected:
        message = f"{what} on the shipped objects: {found}; on the path: {expected}"
        raise ReplayError(message)
