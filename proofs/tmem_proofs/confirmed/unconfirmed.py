"""What CrossHair cannot confirm, why, and which obligation of `tmem prove` proves it instead.

CrossHair is asked all the same: it may still find a counterexample, and what it confirms one day is to go from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Why a condition is not confirmed, and the obligation that proves the same."""

    reason: str
    obligation: str


_EXCLUSIVE_OR = "CrossHair tries an exclusive or of unknown integers one number after another"

UNCONFIRMED = {
    "bucket_is_that_of_the_published_hash": Elsewhere(_EXCLUSIVE_OR, "bucket_of/any/OID-2"),
    "bucket_is_one_of_256": Elsewhere(_EXCLUSIVE_OR, "bucket_of/any/OID-2"),
    "same_bucket": Elsewhere(_EXCLUSIVE_OR, "bucket_of/any/OID-2"),
}
