"""What is fetched ahead: the first pages of following lists, while earlier records are emitted.

Only the SDK's own thread emits, in order; what is opened here is a request under way, waiting to be
read when its turn comes.
"""

from __future__ import annotations

import collections
import itertools
import typing as t

from ..encoded_rows import as_records
from ..records import ChildContext

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ..encoded_rows import Rows
    from ..records import Context, Record
    from ..runtime.context import RunContext
    from .source import ChildReader, ListSource
    from .spec import OpenList

T = t.TypeVar("T")

# Lists opened ahead, in multiples of the concurrency: enough to keep the workers busy.
AHEAD = 2


class OpenedLists:
    """Lists of one stream that were opened before their turn."""

    def __init__(self) -> None:
        """Start with none."""
        self._lists: dict[tuple[t.Any, ...], OpenList] = {}

    def add(self, context: Context, open_list: Callable[[], OpenList | None]) -> None:
        """Open a context's list unless it is open."""
        key = _context_key(context)
        if key not in self._lists:
            opened = open_list()
            if opened is not None:
                self._lists[key] = opened

    def take(self, context: Context) -> OpenList | None:
        """Return a context's list if it was opened, and forget it."""
        return self._lists.pop(_context_key(context), None)


class Prefetcher:
    """Runs ahead of the thread that emits.

    Args:
        run: Says how far ahead the budget allows to go.
        enabled: False where a run ends after a few records: what is opened would be for nothing.
    """

    def __init__(self, run: RunContext, *, enabled: bool) -> None:
        """Start with nothing ahead."""
        self._run = run
        self._enabled = enabled and run.workers.run_ahead

    def prepare_ahead(self, items: Sequence[T], prepare: Callable[[T], None]) -> Iterator[T]:
        """Yield items, having prepared a number of the following ones."""
        if not self._enabled:
            yield from items
            return
        upcoming = iter(items)
        waiting: collections.deque[T] = collections.deque()
        while True:
            # What is fetched ahead when the budget ends is lost: near the end, nothing is.
            depth = 0 if self._run.nearly_exhausted else AHEAD * self._run.workers.concurrency
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

    def batches(self, records: Rows, context: Context, source: ListSource) -> Iterator[Rows]:
        """Yield records one by one where they have children, otherwise all together.

        The first pages of the children are fetched meanwhile.

        Args:
            records: Records of one page.
            context: Path parameters of the list.
            source: Knows the children.
        """
        children = source.child_readers
        # Nothing of a context that the configuration gave, as the SDK has it.
        given = context if isinstance(context, ChildContext) else None
        if not children:
            if records:
                yield records
            return

        def open_children(record: Record) -> None:
            if not source.is_emitted(record):
                return
            for child_context in source.generate_child_contexts(record, given):
                open_lists(children, child_context)

        for record in self.prepare_ahead(as_records(records), open_children):
            yield [record]


def open_lists(readers: Sequence[ChildReader], context: t.Any) -> None:  # noqa: ANN401
    """Open a child context's lists ahead of time."""
    if isinstance(context, ChildContext):
        for reader in readers:
            reader.open_ahead(context, context.parent)


def _context_key(context: Context) -> tuple[t.Any, ...]:
    return tuple(sorted(context.items()))
