"""What machines draw depends on themselves alone, where a test is about what they meet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


@pytest.fixture
def same_constants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hypothesis draws no constants of loaded modules meanwhile: which are loaded depends on the tests that ran before.

    There is no setting for that: the name is Hypothesis's own, and a version without it fails here, and says so.
    """
    monkeypatch.setattr(providers, "_get_local_constants", Constants)
    providers.CONSTANTS_CACHE.cache.clear()
    yield
    providers.CONSTANTS_CACHE.cache.clear()
