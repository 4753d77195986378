"""A sandbox for a module, and one for a test that changes it."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, tzinfo

import pytest

from sandbox.testing import RunningSandbox, running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCALE = 0.3


@pytest.fixture(scope="module")
def shared_box() -> Iterator[RunningSandbox]:
    """For tests that leave the world as it is."""
    with running_sandbox(scale=SCALE) as box:
        yield box


@pytest.fixture
def still(shared_box: RunningSandbox) -> Iterator[RunningSandbox]:
    """The module's sandbox with nothing counted, switched or broken."""
    defaults = shared_box.control("GET", "/options")
    shared_box.control("POST", "/reset")
    yield shared_box
    shared_box.control("DELETE", "/faults")
    shared_box.control("PUT", "/options", defaults)


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    """A sandbox of the test's own."""
    with running_sandbox(scale=SCALE) as found:
        yield found


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let later runs in this process take place so many days from now, two at least.

    The sandbox's answers are dated as of the real day. A clock that is nearer to it than that is
    corrected by it.
    """

    def set_day(days: int) -> None:
        class LaterDay(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> LaterDay:
                return cls.fromtimestamp((real_now(tz) + timedelta(days=days)).timestamp(), tz)

        monkeypatch.setattr("tap_ulule._kit.http.clock.datetime", LaterDay)

    real_now = datetime.now
    return set_day
