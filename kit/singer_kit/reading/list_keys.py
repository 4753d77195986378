"""The keys of the rows that come of a list, kept for the next run whatever ends the reading."""

from __future__ import annotations

import contextlib
import functools
import typing as t

from ..state.known_keys import KnownKeys
from ..state.page_keys import keys_before

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ..state.known_keys import Key
    from ..state.position import StreamPosition
    from .source import ListSource
    from .spec import OpenList


class ListKeys:
    """Keeps the keys of one stream's lists.

    Args:
        source: The stream's hooks.
        position: Where this run is in the stream, and the last one stopped.
    """

    def __init__(self, source: ListSource, position: StreamPosition) -> None:
        """Read nothing yet."""
        self._source = source
        self._position = position
        self._came: set[Key] | None = None

    @functools.cached_property
    def known(self) -> KnownKeys:
        """The keys of the rows that are known."""
        query = self._source.query_binding.identity
        return KnownKeys(self._source.state_manager.stream_state, query)

    @contextlib.contextmanager
    def of_reading(
        self, name: str, opened: OpenList | None, came: set[Key] | None
    ) -> Iterator[None]:
        """Keep what came of a list, unless its reading is settled.

        The target has these rows, and they may be gone when the list is read again.

        Args:
            name: Names the list in the state.
            opened: The list; None for one that needed no request.
            came: The keys of its rows, as they come; None where nobody asks.
        """
        self._came = came
        if came is not None and opened is not None and opened.position is not None:
            # Maybe the reading does not go on from there.
            self._keep(name, opened, keys_before(opened.position))
        try:
            yield
        finally:
            self._keep(name, opened, self._came)
            self._came = None

    def begin_again(self, name: str) -> set[Key]:
        """Keep what came of the list at hand; return a set for what comes when it is read again."""
        self._keep(name, None, self._came)
        self._came = set()
        return self._came

    def settle(self, name: str, keys: Collection[Key]) -> None:
        """Keep the keys of a list that was read to its end."""
        self.known.put(name, keys)
        self._came = None

    def _keep(self, name: str, opened: OpenList | None, keys: set[Key] | None) -> None:
        if keys:
            self.known.add(name, keys)
            if opened is not None:
                self._position.leave_keys_to(self.known, name, opened.query)
