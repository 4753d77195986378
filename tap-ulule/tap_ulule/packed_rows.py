"""Rows that are read once and used twice, kept in a tenth of their space meanwhile."""

from __future__ import annotations

import typing as t
import zlib

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_ulule._kit.records import Record

# Fast rather than small: the rows of a page are much alike.
LEVEL = 1


class PackedRows:
    """Rows of a list, page by page as compressed JSON; each iteration yields fresh copies."""

    def __init__(self) -> None:
        """Start with none."""
        self._pages: list[bytes] = []

    def add(self, rows: list[Record]) -> None:
        """Add the rows of a page."""
        if rows:
            self._pages.append(zlib.compress(msgspec.json.encode(rows), LEVEL))

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows; of one page at a time there are objects."""
        for page in self._pages:
            yield from msgspec.json.decode(zlib.decompress(page))
