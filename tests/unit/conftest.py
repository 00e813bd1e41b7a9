"""Fixtures of the unit tests."""

from __future__ import annotations

import pytest

from support.worlds import World
from tmem import PERSISTENT


@pytest.fixture
def world() -> World:
    """A store without pools over a recorder."""
    return World()


@pytest.fixture
def pool(world: World) -> int:
    """A persistent pool of that store."""
    return world.new_pool(PERSISTENT)
