"""Rows of a list that other streams need too."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.encoded_rows import as_records
from tap_ulule._kit.errors import DeniedError
from tap_ulule._kit.reading.spec import ReadWindow
from tap_ulule.packed_rows import PackedRows

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ulule._kit.records import Context, Record


class SharedRows:
    """The rows of a list that other streams need too: read once a run, whoever asks first.

    Args:
        stream: The list.
    """

    def __init__(self, stream: t.Any) -> None:  # noqa: ANN401 - an UluleStream, built on this
        """Read nothing yet."""
        self._stream = stream
        self._rows: dict[tuple[t.Any, ...], PackedRows] = {}

    def of(self, context: Context) -> PackedRows:
        """Return all rows of a context, as they came; empty if there is nothing to ask."""
        key = tuple(context.values())
        if key not in self._rows:
            self._rows[key] = self._read(context)
        return self._rows[key]

    def all(self) -> Iterator[Record]:
        """Yield the rows of all contexts."""
        contexts = self._stream.config_contexts()
        for each in [{}] if contexts is None else contexts:
            yield from self.of(each)

    def _read(self, context: Context) -> PackedRows:
        stream, reach = self._stream, self._stream.run.reach
        rows = PackedRows()
        if not stream.wants(context, {}):
            return rows
        try:
            for page in stream.reader.read_pages(context, ReadWindow()):
                rows.add(as_records(page.rows))
            reach.note_read(stream.find_setting(context))
        except DeniedError as error:
            reach.note_denied(error, stream.find_setting(context))
            stream.tap.handle_denied(stream.name, stream.context_id(context), error)
            stream.tap.denied_sources = True
        return rows
