"""The two builds of the store, and tests that can be made of one of them only."""

from __future__ import annotations

import pytest

import tmem

LOOKS_INSIDE = "changes how the store runs, which the source allows and a compiled build does not"
needs_source = pytest.mark.skipif(tmem.compiled, reason=LOOKS_INSIDE)
