"""Which streams a run that was stopped by its budget has done already.

The next run goes on with the others first: a budget that the first streams use up every time, be it
with one request for news each, would otherwise starve the last one for ever. A mark in a stream's
state says when the round of stopped runs began: ``"round": 1795643878``. Where a list
was read, but what was to be found out after that was not, such as which rows are gone, the mark
``"round_open": 1`` stands beside it.
"""

from __future__ import annotations

import time
import typing as t

from .position import is_fresh

STATE_KEY = "round"
OPEN = "round_open"


class StreamRotation:
    """The streams that are done with, when a budget stops a run before the others.

    Args:
        state: The tap's state.
    """

    def __init__(self, state: t.Any) -> None:  # noqa: ANN401 - a TypedDict of the SDK
        """Take over what a stopped run left; the marks in the state end with that."""
        self._state = state
        now = int(time.time())
        self._before: dict[str, int] = {}
        self._open: set[str] = set()
        for name, bookmark in state.get("bookmarks", {}).items():
            at, is_open = bookmark.pop(STATE_KEY, None), bookmark.pop(OPEN, None)
            if is_fresh(at, now):
                self._before[name] = int(at)
                if is_open:
                    self._open.add(name)
        self._done = dict(self._before)
        self._started_at = min(self._done.values(), default=now)

    def is_done(self, stream: str) -> bool:
        """Tell whether the run that this one continues has read a stream."""
        return stream in self._before

    def is_open(self, stream: str) -> bool:
        """Tell whether more was to be found out about a stream, its list having been read."""
        return stream in self._open

    def note_done(self, stream: str) -> None:
        """Note that the list of a stream was read: the next run leaves it out if this one stops."""
        self._done[stream] = self._started_at
        self._open.add(stream)

    def note_ended(self, stream: str) -> None:
        """Note that all is found out about a stream."""
        self._open.discard(stream)

    def save(self) -> None:
        """Leave to the next run what is done, this one being stopped."""
        for name, at in self._done.items():
            bookmark = self._state.setdefault("bookmarks", {}).setdefault(name, {})
            bookmark[STATE_KEY] = at
            if name in self._open:
                bookmark[OPEN] = 1
