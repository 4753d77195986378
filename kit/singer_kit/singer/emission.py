"""Hands what was read to the target: page by page, or record by record through the SDK."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Generator

    from ..encoded_rows import Rows
    from ..records import Record

T = t.TypeVar("T")

# The hooks that see the rows of an answer.
ROW_HOOKS = ("extract_records", "transform", "record_transform", "process_page")


def overridden(kind: type, base: type, names: tuple[str, ...]) -> bool:
    """Tell whether a class has methods of its own in place of those of its base."""
    return any(getattr(kind, name) is not getattr(base, name) for name in names)


def emit(
    batches: Generator[Rows, None, T],
    stream: t.Any,  # noqa: ANN401 - an ApiStream, built on this
) -> Generator[Record, None, T]:
    """Write the records of a stream, and yield those for which the SDK has more to do.

    That is where it writes nothing or ends after a number of records, where stream maps or the
    selection change records, and where children are read behind each record.

    Args:
        batches: The records, in order.
        stream: The stream that the SDK is reading.

    Returns:
        What ``batches`` returns.
    """
    writer = stream.writer
    at_once = (
        stream.writes_messages
        and stream.selected
        and stream.ABORT_AT_RECORD_COUNT is None
        and writer.takes_pages
        and not stream.children
    )
    with stream.run.ending(batches):
        while True:
            try:
                batch = next(batches)
            except StopIteration as end:
                return t.cast("T", end.value)
            if at_once:
                writer.write_page(batch, stream.stream_version, stream.reader.lists.read_at)
                stream.count_written(len(batch))
            else:
                yield from batch
            # The next one is decoded in its place.
            del batch
