"""Rows that a list has lost since it was read last: looked for elsewhere, or told to the target.

APIs report no deletions, so the keys of the rows that a list held are kept in the state
(:mod:`~..state.known_keys`). Once a list was read to its end, what is known and did not come has
left it. A list that is read down to what is new tells only by its total, or its parent's counter,
that something is missing; then it is read whole.

A loader takes for gone what we say is gone, and an answer may be wrong. So a list that lost more
than half of its rows, or whose total says otherwise, or that has none, is read a second time, and
nothing is told unless that agrees.
"""

from __future__ import annotations

import typing as t
from http import HTTPStatus

from ..encoded_rows import as_records
from ..errors import DeniedError
from ..records import ChildContext
from ..state.page_keys import knows_all
from .list_keys import ListKeys
from .spec import ListOutcome, ReadWindow
from .whole_reading import WholeReading, of_list

if t.TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator
    from contextlib import AbstractContextManager

    from ..encoded_rows import Rows
    from ..records import Context, Record
    from ..runtime.context import RunContext
    from ..state.known_keys import Key, KnownKeys
    from .list_reading import ListReading
    from .prefetch import Prefetcher
    from .rows import RowPipeline
    from .source import ListSource
    from .spec import ListSpec, OpenList

    Emitting = Generator[Rows, None, ListOutcome | None]


class VanishedRows:
    """Finds the rows that the lists of one stream have lost.

    Args:
        spec: What the stream declares.
        source: The stream's hooks.
        run: What belongs to the run.
        lists: Reads one list after the other.
        prefetcher: Runs ahead to the children.
        pipeline: Makes a pipeline whose rows go nowhere.
        forget_marker: Forgets what the parent of a list said.

    Attributes:
        enabled: Whether the stream wants to know.
    """

    def __init__(
        self,
        spec: ListSpec,
        source: ListSource,
        run: RunContext,
        lists: ListReading,
        prefetcher: Prefetcher,
        pipeline: Callable[[ReadWindow], RowPipeline],
        forget_marker: Callable[[str], None],
    ) -> None:
        """Read nothing yet."""
        self._spec = spec
        self._source = source
        self._run = run
        self._lists = lists
        self._prefetcher = prefetcher
        self._pipeline = pipeline
        self._forget_marker = forget_marker
        own = tuple(name for name in spec.primary_keys if name not in spec.context_fields)
        self._names = own or spec.primary_keys
        self._keys = ListKeys(source, lists.position)
        self.enabled = bool(source.tracks_deletions or source.follows_missing)

    @property
    def known(self) -> KnownKeys:
        """The keys of the rows that are known."""
        return self._keys.known

    def has_known(self, context: Context) -> bool:
        """Tell whether rows of a list are known."""
        return self.enabled and self._source.context_id(context) in self.known.lists

    def must_read_whole(self, context: Context) -> bool:
        """Tell whether a list must be read to its end, because not all its rows are known."""
        return self.enabled and not self.known.is_whole(self._source.context_id(context))

    def watch(self, rows: RowPipeline) -> None:
        """Note from now on the keys of the rows that pass a pipeline, as those of one list."""
        rows.present = set() if self.enabled else None
        rows.present_names = self._names

    def reading(
        self, opened: OpenList | None, rows: RowPipeline, context: Context
    ) -> AbstractContextManager[None]:
        """Note the keys of the rows of one list, which go out, whatever ends its reading."""
        self.watch(rows)
        return self._keys.of_reading(self._source.context_id(context), opened, rows.present)

    # After a list was read

    def settle(
        self,
        opened: OpenList | None,
        outcome: ListOutcome | None,
        rows: RowPipeline,
        context: Context,
        parent: Record,
    ) -> Emitting:
        """Find what a list has lost, and yield the rows that are found elsewhere.

        Args:
            opened: The list that was read; None for one that needed no request.
            outcome: What was found in it; None if nothing can be said.
            rows: The pipeline through which its rows went.
            context: Path parameters.
            parent: The parent's record.

        Returns:
            What was found, all in all.
        """
        if rows.present is None or outcome is None or not outcome.complete:
            return outcome
        name = self._source.context_id(context)
        known = self.known.of(name)
        in_parts = opened is not None and opened.position is not None
        if opened is not None and not self._is_whole(opened):
            together, there = (known or frozenset()).union(rows.present), self._total(parent)
            if not self.known.is_whole(name):
                return outcome
            if there in {None, len(together)}:
                self._keys.settle(name, together)
                return outcome
            self._source.logger.info(
                "'%s': %d rows%s are known, but there are %s; reading the list whole.",
                self._spec.stream, len(together), of_list(name), there,
            )  # fmt: skip
            known, rows.present = together, self._keys.begin_again(name)
            again = self._lists.start(context, rows, since=None)
            marker = outcome.marker
            second = yield from self._lists.records(again, rows, context, parent, marker)
            if second is None or not second.complete:
                return ListOutcome(complete=False, newest=None, marker=marker)
            outcome, in_parts = second, False
        if in_parts and known and self.known.is_partial(name):
            # Of the first part.
            rows.present |= known
        if opened is None:
            # A shared list is at hand, too, but it was read page by page.
            counted = not self._spec.shared
        else:
            # Between two parts of a reading, one row may have gone and another one moved.
            counted = not in_parts and self._total(parent) == len(rows.present or ())
        reading = WholeReading(name, context, parent, known or frozenset(), rows, counted)
        return (yield from self._compare(reading, outcome))

    def _total(self, parent: Record) -> int | None:
        """Return how many rows a list has, as it tells, or else as its parent counts them."""
        if self._lists.total is not None or not self._spec.count_field:
            return self._lists.total
        counted = parent.get(self._spec.count_field)
        return counted if isinstance(counted, int) else None

    def _is_whole(self, opened: OpenList) -> bool:
        return opened.stop_at is None and opened.since is None and knows_all(opened.position)

    def _compare(self, reading: WholeReading, outcome: ListOutcome) -> Emitting:
        """Find what a list that was read whole has lost."""
        rows, known = reading.rows, reading.known
        present, rows.present = rows.present or set(), None
        missing = set(known - present)
        if missing and self._source.follows_missing:
            found = yield from self._follow(missing, reading)
            if found is None:
                # Nobody may see where they are: asked again when the list is read again.
                present |= missing
            missing -= missing if found is None else found
        if missing and self._source.tracks_deletions:
            if self._names == self._spec.primary_keys:
                # The key names no list: the row may have moved to another one.
                missing -= self.known.elsewhere(missing, reading.name)
            if not self._is_certain(missing, reading):
                self._source.logger.warning(
                    "'%s': %d of %d known rows%s did not come, but a second reading says "
                    "otherwise: nothing of it is taken for deleted.",
                    self._spec.stream, len(missing), len(known), of_list(reading.name),
                )  # fmt: skip
                return ListOutcome(complete=False, newest=None, marker=outcome.marker)
            self._tell(missing, reading.context)
        self._keys.settle(reading.name, present)
        return outcome

    def _follow(
        self, missing: set[Key], reading: WholeReading
    ) -> Generator[Rows, None, set[Key] | None]:
        """Yield the rows that have left a list for another one.

        Returns:
            Their keys; None if one of the lists may not be read.
        """
        rows, context, parent = reading.rows, reading.context, reading.parent
        left = set(missing)
        for query in self._source.queries_for_missing(parent):
            opened = self._lists.start_query(context, rows, query)
            try:
                for page in self._lists.pages(opened):
                    shaped = as_records(rows.shape(page.rows, context, parent))
                    found = {self._key(row): row for row in shaped}
                    wanted = [row for key, row in found.items() if key in left]
                    left -= found.keys()
                    yield from self._prefetcher.batches(rows.new(wanted), context, self._source)
                    if not left:
                        return missing
            except DeniedError as error:
                error.elsewhere = True
                self._run.handle_denied(self._spec.stream, reading.name, error)
                return None
        return missing - left

    def _key(self, record: Record) -> Key:
        return tuple(record.get(name) for name in self._names)

    # Is it true?

    def _is_certain(self, missing: Collection[Key], reading: WholeReading) -> bool:
        """Tell whether rows are gone; if the first reading leaves doubts, by a second one."""
        few = reading.counted and 2 * len(missing) <= len(reading.known)
        if not missing or few or self._spec.nested_only:
            return True
        context, parent = reading.context, reading.parent
        rows = self._pipeline(ReadWindow(anew=True))
        self.watch(rows)
        try:
            for page in self._lists.pages(self._lists.start(context, rows, since=None)):
                rows.shape(page.rows, context, parent)
        except DeniedError as error:
            return bool(error.status == HTTPStatus.NOT_FOUND and self._spec.none_is_404)
        found = rows.present or set()
        return found.isdisjoint(missing) and self._lists.total in {None, len(found)}

    # Telling the target

    def _tell(self, keys: Collection[Key], context: Context) -> None:
        """Tell the target, and the streams below, that rows are gone."""
        if not keys:
            return
        fields = {name: context[name] for name in self._spec.context_fields if name in context}
        # In the order of the texts: parts of a key may be numbers here and texts there.
        for key in sorted(keys, key=lambda key: [str(part) for part in key]):
            record = {**fields, **dict(zip(self._names, key, strict=True))}
            if self._spec.selected:
                self._source.write_deleted(record)
            self._cascade(record, context)
        if not self._spec.selected:
            return
        self._run.summary.deleted[self._spec.stream] += len(keys)
        self._source.logger.info(
            "'%s': %d rows%s are gone; the target is told.",
            self._spec.stream, len(keys), of_list(self._source.context_id(context)),
        )  # fmt: skip

    def _cascade(self, record: Record, context: Context) -> None:
        """Tell of a deleted record's children, too."""
        above = context if isinstance(context, ChildContext) else {}
        fields = self._source.child_parameters
        parameters = {name: record.get(field) for name, field in fields.items()}
        for child in self._source.child_readers:
            child.vanished.forget_list(ChildContext({**above, **parameters}, {}))

    def forget_rows(self, keys: Collection[Key], context: Context) -> None:
        """Tell that rows of a list are gone, as somebody else has found."""
        self._tell(keys, context)
        self.known.remove(self._source.context_id(context), keys)

    def forget_list(self, context: Context) -> None:
        """Tell that a list is gone with all its rows, as its parent is."""
        if not self.has_known(context):
            return
        name = self._source.context_id(context)
        if self._source.tracks_deletions:
            self._tell(self.known.of(name) or (), context)
        self.known.forget([name])
        self._forget_marker(name)
