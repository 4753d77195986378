"""The keys of the rows that each list held, so that a later run can tell which of them are gone.

They live in the stream's state, one text per list, beside the fingerprint of the query that they
belong to::

    "known": {"query": "4884c8315b6e11f1", "lists": {"41001": "60001 1 1 3", "41002": "60013"}}

Whole numbers are written as their differences, some three characters per row. Other keys are packed
as JSON, column by column, and compressed.
"""

from __future__ import annotations

import binascii
import typing as t
import zlib

import msgspec

if t.TYPE_CHECKING:
    from collections.abc import Collection, Iterable, KeysView

STATE_KEY = "known"
# Characters that the keys of one stream may take, about 80,000 rows; beyond, the lists that were
# read longest ago are forgotten.
MOST_TEXT = 250_000
_PACKED = "z"

# The parts of a key that are not the same in the whole list.
Key = tuple[t.Any, ...]


class KnownKeys:
    """The keys of one stream's rows, list by list.

    Args:
        state: The stream's writable state.
        query: Fingerprint of the query: what another one saw says nothing about this one.
    """

    def __init__(self, state: dict[str, t.Any], query: str) -> None:
        """Read what the last run left; nothing is written before the first change."""
        self._state = state
        self._query = query
        entry = state.get(STATE_KEY) or {}
        matches = entry.get("query") == query
        self._lists: dict[str, str] = dict(entry.get("lists", {})) if matches else {}

    @property
    def lists(self) -> KeysView[str]:
        """The lists of which rows are known."""
        return self._lists.keys()

    def of(self, name: str) -> frozenset[Key] | None:
        """Return the keys of a list as it was read last; None if they are not known."""
        text = self._lists.get(name)
        return None if text is None else unpack_keys(text)

    def elsewhere(self, keys: Collection[Key], name: str) -> set[Key]:
        """Return those of some keys that another list than ``name`` holds."""
        others = (unpack_keys(text) for other, text in self._lists.items() if other != name)
        return {key for found in others for key in found.intersection(keys)}

    def put(self, name: str, keys: Collection[Key]) -> None:
        """Take note of the keys of a list that was read."""
        text = pack_keys(keys) if keys else None
        if self._lists.get(name) == text:
            return
        self._lists.pop(name, None)
        if text is not None:
            self._lists[name] = text
        self._write()

    def forget(self, names: Iterable[str]) -> None:
        """Forget some lists."""
        found = [name for name in names if self._lists.pop(name, None) is not None]
        if found:
            self._write()

    def _write(self) -> None:
        size = sum(map(len, self._lists.values()))
        while size > MOST_TEXT:
            size -= len(self._lists.pop(next(iter(self._lists))))
        self._state[STATE_KEY] = {"query": self._query, "lists": self._lists}


def pack_keys(keys: Collection[Key]) -> str:
    """Return keys as one short text, the same for the same keys."""
    if all(len(key) == 1 and type(key[0]) is int for key in keys):
        numbers = sorted(key[0] for key in keys)
        before = [0, *numbers]
        return " ".join(str(each - last) for each, last in zip(numbers, before, strict=False))
    rows = sorted(keys, key=repr)
    content = msgspec.json.encode(list(zip(*rows, strict=True)))
    packed = zlib.compress(content, 9)
    return _PACKED + binascii.b2a_base64(packed, newline=False).decode()


def unpack_keys(text: str) -> frozenset[Key]:
    """Return the keys that a text stands for.

    Raises:
        ValueError: If it is none that we wrote.
    """
    if not text.startswith(_PACKED):
        found, last = [], 0
        for difference in text.split():
            last += int(difference)
            found.append((last,))
        return frozenset(found)
    try:
        content = zlib.decompress(binascii.a2b_base64(text[1:]))
        return frozenset(zip(*msgspec.json.decode(content), strict=True))
    except (zlib.error, msgspec.MsgspecError, TypeError) as error:
        raise ValueError(STATE_KEY) from error
