"""Whatever is selected later than the streams above it: all its rows come."""

from __future__ import annotations

import functools
import typing as t

import pytest

from loaders.taps import make_config
from sandbox.testing import running_sandbox
from tap_micropledge.tap import TapMicroPledge
from tap_miimosa.tap import TapMiiMosa
from tap_moco.tap import TapMoco
from tap_ulule.tap import TapUlule
from tests.harness.catalog import select
from tests.harness.run import Run, run_tap

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.testing import RunningSandbox

TAPS = (TapMoco, TapUlule, TapMiiMosa, TapMicroPledge)


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.3) as running:
        yield running


def depth(stream: t.Any) -> int:  # noqa: ANN401 - a class
    """Return how many streams are above a stream."""
    above = stream.parent_stream_type
    return 1 + depth(above) if above else 0


def layers() -> list[tuple[t.Any, int]]:
    """Return each tap with each depth below which it has streams."""
    return [(tap, level) for tap in TAPS for level in range(max(map(depth, tap.stream_types)))]


@functools.cache
def read(tap: t.Any, box: RunningSandbox, level: int | None = None) -> Run:  # noqa: ANN401
    """Read all streams of a tap, or those down to a depth, without a state."""
    names = [each.name for each in tap.stream_types if level is None or depth(each) <= level]
    return run_tap(tap, make_config(tap.name, box), catalog=select(tap, *names), expected=())


@pytest.mark.parametrize(
    ("tap", "level"), layers(), ids=lambda value: getattr(value, "name", str(value))
)
def test_streams_below_others_are_whole(
    tap: t.Any,  # noqa: ANN401
    level: int,
    box: RunningSandbox,
) -> None:
    whole, state = read(tap, box), read(tap, box, level).state
    later = run_tap(tap, make_config(tap.name, box), state=state, catalog=select(tap), expected=())
    below = [each.name for each in tap.stream_types if depth(each) > level]
    assert {name: set(later.keyed(name)) for name in below} == {
        name: set(whole.keyed(name)) for name in below
    }
