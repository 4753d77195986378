"""The way of rows from a page to the target: made to fit, transformed, and each of them once."""

from __future__ import annotations

import functools
import itertools
import typing as t

from ..encoded_rows import EncodedRows, as_records, column
from ..errors import ContentError
from ..fingerprints import checksums, fingerprint
from ..state.recent_rows import RecentRows
from .key_parts import KeyParts
from .keys import RecentKeys

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from ..encoded_rows import Rows
    from ..records import Context, Record
    from .fitting import Fitter
    from .source import ListSource
    from .spec import ListSpec, ReadWindow

# Rows in a page of those that needed no request.
AT_HAND = 100


def find_records(
    data: t.Any,  # noqa: ANN401 - JSON
    envelopes: tuple[str, ...],
    *,
    single: bool,
    stream: str,
) -> list[Record]:
    """Return the records of an answer.

    Args:
        data: The decoded answer: a bare array, an object that holds one, or a single record.
        envelopes: Keys under which the list may stand.
        single: The answer is one record.
        stream: Name of the stream, for the error.

    Raises:
        ContentError: If the answer is none of these.
    """
    if single:
        data = [data]
    elif isinstance(data, dict):
        data = next((data[key] for key in envelopes if key in data), None)
    if not isinstance(data, list) or not set(map(type, data)) <= {dict}:
        raise ContentError(f"The answer for '{stream}' is not a list of records.")
    return data


def in_pages(rows: Iterable[Record]) -> Iterator[list[Record]]:
    """Yield rows that needed no request as pages: a list that another stream has read is long."""
    upcoming = iter(rows)
    while page := list(itertools.islice(upcoming, AT_HAND)):
        yield page
        # Of one page at a time there are objects.
        del page


class RowPipeline:
    """The rows of one pass over a stream's lists.

    Args:
        spec: What the stream declares.
        source: The stream's hooks.
        window: Which part of the lists is asked for.
        fitter: Makes rows fit the stream's schema.
        overlap: How much is read again.

    Attributes:
        emitted: Records that went out.
        present: The keys of the list at hand, as far as it was read; None where nobody asks.
        present_names: The parts of the key of which they consist.
    """

    present: set[tuple[t.Any, ...]] | None = None
    present_names: tuple[str, ...] = ()

    def __init__(
        self,
        spec: ListSpec,
        source: ListSource,
        window: ReadWindow,
        fitter: Fitter,
        overlap: timedelta,
    ) -> None:
        """Start with no row seen."""
        self.emitted = 0
        self._spec = spec
        self._source = source
        self._keys = RecentKeys(
            spec.primary_keys,
            checksums=functools.partial(checksums, volatile=spec.volatile_fields),
            keeps_checksums=spec.replication_key is None,
        )
        self._key_parts = KeyParts(spec.stream, spec.primary_keys, spec.key_placeholders)
        self._fitter = fitter
        self._recent_rows: RecentRows | None = None
        if spec.replication_key and spec.selected and spec.parent is None:
            self._recent_rows = RecentRows(
                source.state_manager.stream_state,
                spec.replication_key,
                spec.primary_keys,
                overlap=overlap,
                volatile=spec.volatile_fields,
                hold_back=not window.anew,
            )

    @property
    def repeated(self) -> list[Record]:
        """Records of the latest page that had come on an earlier one; see :class:`RecentKeys`."""
        return self._keys.repeated

    def shape(self, rows: Rows, context: Context, parent: Record) -> Rows:
        """Transform rows, add the context's keys, and make all fit the schema.

        Raises:
            ContentError: If a part of a row's key is missing, or does not fit.
        """
        encoded = self._add_keys(rows, context) if isinstance(rows, EncodedRows) else None
        shaped = self._shape(as_records(rows), context, parent) if encoded is None else encoded
        if self._spec.selected:
            self._source.unknown_fields.look(shaped)
        if self.present is not None:
            self.present.update(self.keys(shaped))
        self._source.note_records(shaped, context, parent)
        return shaped

    def _add_keys(self, rows: EncodedRows, context: Context) -> EncodedRows | None:
        """Add the context's keys; None if some rows have one, or lack a part of their key."""
        added = {name: context[name] for name in self._spec.context_fields if rows.lacks(name)}
        for name in {*self._spec.context_fields, *self._spec.primary_keys}:
            values = [added[name]] if name in added else rows.column(name)
            if None in values or "" in values:
                return None
        return rows.adding(added)

    def _shape(self, rows: list[Record], context: Context, parent: Record) -> list[Record]:
        for name in self._spec.context_fields:
            for row in rows:
                if row.get(name) is None:
                    row[name] = context[name]
        fits = not self._spec.shaped_by_transform
        if fits:
            self._fitter.fit(rows)
        transform = self._source.record_transform(context, parent)
        if transform is not None:
            transformed = [transform(row) for row in rows]
            rows = [record for record in transformed if record is not None]
        self._key_parts.fill(rows)
        records = self._source.process_page(rows, context)
        if transform is not None or records is not rows or not fits:
            self._fitter.fit(records)
        self._key_parts.check(records)
        return records

    def new(self, records: Rows) -> Rows:
        """Leave out what came already: in this run, or unchanged in the one before."""
        known = self._keys.conflicts
        new = self._keys.new(records)
        if self._keys.conflicts and not known:
            self._source.logger.warning(
                "Rows of '%s' have one key and different contents: all come, the last one counts.",
                self._spec.stream,
            )
        if self._recent_rows is not None:
            new = self._recent_rows.changed(new)
        if self._spec.selected:
            # Once a page, not once a record: the markers only count when the list is complete.
            self._source.state_manager.advance(new)
        self.emitted += len(new)
        return new

    def keys(self, records: Rows) -> list[tuple[t.Any, ...]]:
        """Return the keys of records of the list at hand, as :attr:`present` holds them."""
        columns = [column(records, name) for name in self.present_names]
        return list(zip(*columns, strict=True))

    def identify(self, rows: Rows) -> tuple[t.Any, ...]:
        """Return what tells rows from others."""
        return self._keys.identify(rows)

    def mark(self, row: Rows) -> str:
        """Return what tells a single row from others, for the state."""
        return fingerprint(*self._keys.identify(row))

    def commit(self) -> None:
        """Leave the rows of the overlap to the next run, all lists being read."""
        if self._recent_rows is not None:
            self._recent_rows.commit()
