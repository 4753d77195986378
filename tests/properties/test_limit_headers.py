"""What servers say of limits and time is a number that can be used, or nothing."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from singer_kit.http.budget import Budget, Window
from singer_kit.http.clock import RunClock
from singer_kit.http.headers import rate_limit, retry_after

NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats().map(str),
    st.sampled_from(["1e999", "-0", "0x10", "1_000", "\u0663", "5 5", "", " 7 ", "9" * 5000]),
)
DATES = st.one_of(
    st.datetimes().map(lambda moment: moment.strftime("%a, %d %b %Y %H:%M:%S GMT")),
    st.sampled_from(["Fri, 31 Dec 99999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +2359"]),
)
VALUES = st.one_of(NUMBERS, DATES, st.text())
HEADERS = st.dictionaries(
    st.sampled_from(
        ["Retry-After", "Date", "Age"]
        + [f"X-RateLimit-{name}" for name in ("Limit", "Remaining", "Reset")]
    ),
    VALUES,
)


@given(HEADERS)
def test_a_wait_is_between_nothing_and_a_day(headers: dict[str, str]) -> None:
    seconds = retry_after(headers)
    assert seconds is None or 0 <= seconds <= 86_400


@given(HEADERS)
def test_limits_are_finite(headers: dict[str, str]) -> None:
    found = rate_limit(headers)
    if found is not None:
        told = (found.limit, found.remaining, found.reset_in)
        assert all(number is None or math.isfinite(number) for number in told)


@given(st.lists(HEADERS, max_size=5))
def test_no_header_blocks_a_budget_for_longer_than_its_window(told: list[dict[str, str]]) -> None:
    now = 1000.0
    budget = Budget([Window(5, 10), Window(50, 600)], max_wait=0, clock=lambda: now)
    for headers in told:
        budget.learn(headers)
    now += 600.001
    assert budget.left() == {"5/10s": 5, "50/600s": 50}


@given(HEADERS)
def test_no_date_moves_the_start_of_a_run_by_more_than_a_day(headers: dict[str, str]) -> None:
    clock = RunClock()
    before = clock.started_at
    clock.learn(headers)
    assert abs((clock.started_at - before).total_seconds()) <= 86_401
