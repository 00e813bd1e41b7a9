"""What all tests share: how long Hypothesis looks, and readable failures of the helpers in `support`."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("support")

# No deadline: a busy machine is no reason to fail. A test that must differ says so in its own `settings`.
settings.register_profile("short", deadline=None, print_blob=True)
settings.register_profile("long", settings.get_profile("short"), max_examples=2000, stateful_step_count=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
