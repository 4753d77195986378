"""What is fetched ahead: the first pages of children, while their parents are emitted.

Only the SDK's own thread emits, in order; what is opened here is a request under way, waiting to be
read when its turn comes.
"""

from __future__ import annotations

import abc
import collections
import functools
import itertools
import typing as t

from .requesting import Requesting

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers import types

    from .listing import Listing
    from .records import Record

# Where a parent hands its record to its children: inside the context, until the sync begins.
PARENT = "_parent"
# Children opened ahead, in multiples of the concurrency: enough to keep the workers busy.
AHEAD = 2


class LookingAhead(Requesting):
    """The part of :class:`~.reading.ListReading` that runs ahead."""

    embedded: str | None = None

    @abc.abstractmethod
    def open_listing(self, context: types.Context, parent: Record) -> Listing | None:
        """Start reading a context's list; None if the parent says that there is nothing new."""

    @functools.cached_property
    def _opened(self) -> dict[tuple[t.Any, ...], Listing | None]:
        return {}

    @property
    def children(self) -> list[LookingAhead]:
        """Child streams that are read in this run."""
        found = [c for c in self.child_streams if c.selected or c.has_selected_descendents]
        return t.cast("list[LookingAhead]", found)

    @functools.cached_property
    def parent_stream(self) -> t.Any | None:  # noqa: ANN401 - the half that reads is defined on top
        """The stream of the parents; None at the top."""
        streams = self._tap.streams.values()
        return next((each for each in streams if type(each) is self.parent_stream_type), None)

    def emit(self, records: list[Record], context: types.Context) -> Iterator[Record]:
        """Yield records, the first pages of their children being fetched meanwhile."""
        children = self.children
        if not children:
            yield from records
            return

        # What the SDK will hand to the children: nothing of a context that we made ourselves.
        given = (context or None) if self.parent_stream_type else None

        def open_children(record: Record) -> None:
            if not self.stream_maps[0].get_filter_result(record):
                return
            for child_context in self.generate_child_contexts(record, given):
                for child in children:
                    child._open_ahead(*split_context(child_context or {}))  # noqa: SLF001 - our own

        yield from self._ahead_of(records, open_children)

    def _ahead_of(
        self, items: list[dict[str, t.Any]], prepare: t.Callable[[dict[str, t.Any]], None]
    ) -> Iterator[dict[str, t.Any]]:
        """Yield items, having prepared a number of the following ones."""
        if not self._tap.workers.run_ahead or self.ABORT_AT_RECORD_COUNT is not None:
            yield from items
            return
        upcoming = iter(items)
        waiting: collections.deque[dict[str, t.Any]] = collections.deque()
        while True:
            # What is fetched ahead when the budget ends is lost: near the end, nothing is.
            depth = 0 if self._tap.scarce else AHEAD * self._tap.workers.concurrency
            for item in itertools.islice(upcoming, max(depth - len(waiting), 0)):
                prepare(item)
                waiting.append(item)
            if waiting:
                yield waiting.popleft()
                continue
            following = next(upcoming, None)
            if following is None:
                return
            yield following

    def _open_ahead(self, context: types.Context, parent: Record) -> None:
        key = context_key(context)
        if not self.embedded and key not in self._opened:
            listing = self.open_listing(context, parent)
            if listing is not None:
                self._opened[key] = listing


def split_context(context: types.Context) -> tuple[dict[str, t.Any], Record]:
    """Return a context as it may be logged and stored, and the parent's record."""
    public = {name: value for name, value in context.items() if name != PARENT}
    return public, context.get(PARENT, {})


def context_key(context: types.Context) -> tuple[t.Any, ...]:
    """Return what tells a context from others."""
    return tuple(sorted(context.items()))
