"""The parts of a key: none of them is ever null or an empty text, which loaders refuse."""

from __future__ import annotations

import typing as t

from ..errors import ContentError

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..records import Record

_NOTHING = (None, "")


class KeyParts:
    """The key of one stream's records.

    Args:
        stream: Name of the stream, for the error.
        names: The primary key.
        placeholders: What stands for null or an empty text in one of its parts.
    """

    def __init__(
        self, stream: str, names: Sequence[str], placeholders: Mapping[str, t.Any]
    ) -> None:
        """Take what the stream declares."""
        self._stream = stream
        self._names = names
        self._placeholders = placeholders

    def fill(self, records: Sequence[Record]) -> None:
        """Put the placeholders where a part of the key is missing."""
        for name, value in self._placeholders.items():
            for record in records:
                if record.get(name) in _NOTHING:
                    record[name] = value

    def check(self, records: Sequence[Record]) -> None:
        """Check that every record has all parts of its key.

        Raises:
            ContentError: If one has not: nobody could tell it from others.
        """
        for name in self._names:
            values = [record.get(name) for record in records]
            if None in values or "" in values:
                raise ContentError(f"A record of '{self._stream}' has no '{name}'.")
