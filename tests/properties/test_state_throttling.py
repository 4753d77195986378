"""STATE stays a small part of what a run writes, and the last one always comes."""

from __future__ import annotations

import json
import typing as t
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from singer_kit.singer.output import CountingWriter
from singer_kit.state.writer import ThrottledStateWriter
from tests.harness.run import capture

# As the README has it: but for the first and the last, 2 KB per second of the run.
BYTES_PER_SECOND = 2_048
# Seconds that pass, how much the state grows meanwhile, and how many records are written.
STEPS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.01, 0.7, 1.9, 2.0, 30.0]),
        st.sampled_from([0, 1, 50, 300]),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=60,
)
NAMES = st.sampled_from(["a", "7/101", "é", "東", "\U0001f34f", '"', "\x07"])


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@given(STEPS, NAMES)
def test_all_states_but_the_first_and_the_last_are_small_for_the_time(
    steps: list[tuple[float, int, int]], name: str
) -> None:
    clock, signals, records = Clock(), dict[str, t.Any](), 0

    def run() -> None:
        nonlocal records
        writer = ThrottledStateWriter(CountingWriter(), count_records=lambda: records)
        for seconds, entries, more in steps:
            clock.now += seconds
            records += more
            for _ in range(entries):
                signals[f"{name}{len(signals)}"] = ["2|", 20783, None]
            writer.write_state(state)
        writer.flush()

    state: t.Any = {"bookmarks": {"books": {"signals": signals}}}
    with mock.patch("singer_kit.state.writer.time", clock):
        lines = capture(run, expected=AssertionError).out.encode().splitlines()

    told = sum(len(line) for line in lines[1:-1])
    assert told <= BYTES_PER_SECOND * (clock.now - 1000.0)
    assert _signals(lines[-1]) == signals


def _signals(line: bytes) -> t.Any:  # noqa: ANN401 - JSON
    entry = json.loads(line)["value"]["bookmarks"]["books"]
    marks: dict[str, t.Any] = {}
    for each in entry.get("checkpoint", []):
        marks.update(each)
    return marks.get("signals", {})
