"""Properties hold for made-up inputs: the same ones in each run of the tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadline: a busy machine makes nothing wrong.
settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")
