"""Rate limits: sliding windows held per credential, counted when a request arrives."""

from __future__ import annotations

import math
import time
import typing as t
from collections import deque
from dataclasses import dataclass

from sandbox.wire import Budget

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True)
class Window:
    """At most `requests` within any `seconds`."""

    requests: int
    seconds: float


REAL: Mapping[str, tuple[Window, ...]] = {
    "moco": (Window(120, 120),),
    "ulule": (Window(10, 1), Window(500, 3600)),
    "miimosa": (),
    "micropledge": (),
}
"""The documented limits; MiiMOSA and microPledge document none."""


class Limiter:
    """Admits or refuses requests of one API. A refused request does not count."""

    def __init__(
        self, windows: Sequence[Window], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Hold the windows; the longest one is what the headers speak of."""
        self.windows = tuple(windows)
        self._clock = clock
        self._arrivals: dict[str, deque[float]] = {}

    def arrive(self, credential: str) -> Budget:
        """Count one request of a credential, unless a window is full."""
        if not self.windows:
            return Budget(allowed=True)
        now = self._clock()
        widest = max(self.windows, key=lambda window: window.seconds)
        arrivals = self._arrivals.setdefault(credential, deque())
        while arrivals and arrivals[0] <= now - widest.seconds:
            arrivals.popleft()
        allowed = all(
            len(arrivals) < window.requests or arrivals[-window.requests] <= now - window.seconds
            for window in self.windows
        )
        if allowed:
            arrivals.append(now)
        oldest = arrivals[0] if arrivals else now
        return Budget(
            allowed=allowed,
            limit=widest.requests,
            remaining=max(0, widest.requests - len(arrivals)),
            reset_in=oldest + widest.seconds - now,
        )

    def clear(self) -> None:
        """Forget every request."""
        self._arrivals.clear()


def parse_windows(value: object) -> tuple[Window, ...]:
    """Read `[{"requests": 10, "seconds": 1}, …]`.

    Raises:
        ValueError: the value has another form.
    """
    if not isinstance(value, list):
        raise ValueError("limits must be a list of {requests, seconds}")  # noqa: TRY004 - same
    windows = []
    for item in value:
        if not isinstance(item, dict) or set(item) != {"requests", "seconds"}:
            raise ValueError("each limit needs exactly requests and seconds")
        requests, seconds = item["requests"], item["seconds"]
        if not isinstance(requests, int) or isinstance(requests, bool) or requests < 0:
            raise ValueError("requests must be an integer from 0")
        if not isinstance(seconds, int | float) or not math.isfinite(seconds) or seconds <= 0:
            raise ValueError("seconds must be a positive number")
        windows.append(Window(requests, float(seconds)))
    return tuple(windows)
