"""Writes Singer messages to standard output, in blocks."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.encoding.simple import RecordMessage

from ..errors import Abandoned
from ..reading.unknown_fields import is_whole
from ..runtime.standard_output import OutputError, writing_stdout
from ..sdk import MsgSpecWriter, serialize_jsonl

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from singer_sdk import Stream
    from singer_sdk.singerlib.encoding.simple import Message

    from ..reading.unknown_fields import UnknownFields
    from ..runtime.summary import RunSummary
    from ..sdk import StreamHooks

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
        self, stream: str, record: dict[str, t.Any], version: int | None, extracted: datetime
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

    def _written(self, stream: str) -> None:
        if self.summary is not None:
            self.summary.records[stream] += 1
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
        output: Writes messages.
        stream: The stream; it is told that STATE has something to speak for.
        unknown: What becomes of undeclared fields.
        check: Raises if a signal has arrived.
    """

    def __init__(
        self,
        output: CountingWriter,
        stream: StreamHooks,
        unknown: UnknownFields,
        check: Callable[[], None],
    ) -> None:
        """Look up once what every record needs."""
        self._write = output.write_record
        self._write_changed = None if is_plain(stream) else stream.write_selected
        self._stream = stream.name
        self._state_manager = stream.state_manager
        self._unknown = unknown
        self._check = check

    def write(self, record: dict[str, t.Any], version: int | None, read_at: datetime) -> None:
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
        self._write(self._stream, record, version, read_at)
        self._state_manager.is_flushed = False


def is_plain(stream: Stream) -> bool:
    """Tell whether the SDK would change no record: all selected, not mapped, not flattened."""
    (first, *others) = stream.stream_maps
    if others or not isinstance(first, SameRecordTransform):
        return False
    return is_whole(stream.mask) and not first.flattening_enabled
