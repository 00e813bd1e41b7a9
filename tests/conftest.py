"""What all tests share: how long Hypothesis looks, and readable failures of the helpers in `support`.

There are two profiles, and each says everything itself. Hypothesis has a profile of its own named `ci`, which it loads
wherever it believes to be in continuous integration; that one repeats itself, keeps nothing, and whatever does not say
otherwise inherits it. So a longer profile made in the ordinary way would look longer at the same examples, every night.

ci     the same examples each time: a test that fails today and did not yesterday fails because of a change
long   other examples each time, many more and longer; what fails is printed with the blob that reproduces it, and kept
       in `.hypothesis`, from where it is tried first the next time
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

pytest.register_assert_rewrite("support")

FAILURES = Path(__file__).parents[1] / ".hypothesis" / "examples"

# A busy machine is no reason to fail: no deadline. A test that must differ says so in its own `settings`.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile(
    "ci",
    PATIENT,
    derandomize=True,
    database=None,
    max_examples=100,
    stateful_step_count=50,
)
settings.register_profile(
    "long",
    PATIENT,
    derandomize=False,
    database=DirectoryBasedExampleDatabase(FAILURES),
    max_examples=2000,
    stateful_step_count=200,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
