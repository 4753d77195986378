"""Writes Singer messages to standard output, in blocks."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.encoding.simple import RecordMessage

from ..encoded_rows import EncodedRows, in_parts
from ..errors import Abandoned
from ..reading.unknown_fields import is_whole
from ..runtime.standard_output import OutputError, writing_stdout
from ..sdk import MsgSpecWriter, json_encoder, serialize_jsonl

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from singer_sdk import Stream
    from singer_sdk.singerlib.encoding.simple import Message

    from ..encoded_rows import Rows
    from ..reading.unknown_fields import UnknownFields
    from ..records import Record
    from ..runtime.summary import RunSummary

# Records that are encoded at once: what comes in one answer may be far more than one page.
RECORDS = 1000
# Bytes that are handed on at once. A write for each record, or for each 8 KB as Python's own buffer
# has it, gives the interpreter to the threads that fetch: most of a run would be spent on changing.
BLOCK = 128 * 1024


class CountingWriter(MsgSpecWriter):
    """Counts records, and hands blocks of messages to the target."""

    def __init__(self, summary: RunSummary | None = None) -> None:
        """Start with nothing written."""
        super().__init__()
        self.summary = summary
        self._block = bytearray()

    def write_message(self, message: Message) -> None:
        """Write a Singer message."""
        self._block += self.format_message(message)
        if isinstance(message, RecordMessage):
            self._written(message.stream)
        else:
            self.flush()

    def write_record(
        self, stream: str, record: Record, version: int | None, extracted: datetime
    ) -> None:
        """Write a RECORD message: the same bytes as through a message object, for less.

        Args:
            stream: Name of the stream.
            record: The record.
            version: Version of the table, where the stream has one.
            extracted: When the record was read, UTC.
        """
        message: dict[str, t.Any] = {"type": "RECORD", "stream": stream, "record": record}
        if version is not None:
            message["version"] = version
        message["time_extracted"] = extracted
        self._block += serialize_jsonl(message)
        self._written(stream)

    def write_records(
        self, stream: str, records: Rows, version: int | None, extracted: datetime
    ) -> None:
        """Write RECORD messages: the same bytes as one by one, for less.

        Args:
            stream: Name of the stream.
            records: The records; one at least.
            version: Version of the table, where the stream has one.
            extracted: When they were read, UTC.
        """
        # JSON has no line break inside of a text: each one is the end of a record.
        lines = (
            records.encoded()
            if isinstance(records, EncodedRows)
            else json_encoder.encode_lines(records)
        )
        head = b'{"type":"RECORD","stream":%b,"record":' % json_encoder.encode(stream)
        after: dict[str, t.Any] = {} if version is None else {"version": version}
        tail = b",%b\n" % json_encoder.encode({**after, "time_extracted": extracted})[1:]
        self._block += head
        self._block += lines[:-1].replace(b"\n", tail + head)
        self._block += tail
        self._written(stream, len(records))

    def _written(self, stream: str, records: int = 1) -> None:
        if self.summary is not None:
            self.summary.records[stream] += records
        if len(self._block) >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Hand everything written to the target; Abandoned if standard output cannot be written."""
        block, self._block = self._block, bytearray()
        rest = memoryview(block)
        try:
            with writing_stdout():
                while rest:
                    # Under PYTHONUNBUFFERED this is the pipe itself: a signal leaves a write half
                    # done.
                    rest = rest[sys.stdout.buffer.write(rest) or 0 :]
        except OutputError as error:
            raise Abandoned(error) from None


class RecordWriter:
    """Writes the records of one stream.

    Those of which the SDK would change nothing do not take its walk through selection and maps.

    Args:
        stream: An ApiStream; it is told that STATE has something to speak for.
    """

    def __init__(self, stream: t.Any) -> None:  # noqa: ANN401 - an ApiStream, which has this
        """Look up once what every record needs."""
        self._output: CountingWriter = stream.tap.message_writer
        self._write_changed = None if is_plain(stream) else stream.write_selected
        self._stream = stream.name
        self._state_manager = stream.state_manager
        self._unknown: UnknownFields = stream.unknown_fields
        self._check: Callable[[], None] = stream.run.termination.check

    def write(self, record: Record, version: int | None, read_at: datetime) -> None:
        """Write a RECORD message.

        Args:
            record: The record.
            version: Version of the table, where the stream has one.
            read_at: When the record was read, UTC.
        """
        self._check()
        if self._unknown.acts:
            record = self._unknown.shape(record)
        if self._write_changed is not None:
            self._write_changed(record)
            return
        self._output.write_record(self._stream, record, version, read_at)
        self._state_manager.is_flushed = False

    @property
    def takes_pages(self) -> bool:
        """Whether the SDK would change no record."""
        return self._write_changed is None

    def write_page(self, records: Rows, version: int | None, read_at: datetime) -> None:
        """Write RECORD messages of which the SDK would change none; as :meth:`write`."""
        for part in in_parts(records, RECORDS):
            self._check()
            shaped = self._unknown.shape_page(part)
            self._output.write_records(self._stream, shaped, version, read_at)


def is_plain(stream: Stream) -> bool:
    """Tell whether the SDK would change no record: all selected, not mapped, not flattened."""
    (first, *others) = stream.stream_maps
    if others or not isinstance(first, SameRecordTransform):
        return False
    return is_whole(stream.mask) and not first.flattening_enabled
