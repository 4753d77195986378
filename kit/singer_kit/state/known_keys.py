"""The keys of the rows that each list held, so that a later run can tell which of them are gone.

They live in the stream's state, one text per list, beside the fingerprint of the query that they
belong to::

    "known": {"query": "4884c8315b6e11f1", "lists": {"41001": "60001 1 1 3", "41002": "60013"},
              "partial": ["41002"]}

A list is ``partial`` if no reading of it has come to its end: it holds more than what is known.
Whole numbers are written as their differences, some three characters per row. Other keys are packed
as JSON, column by column, and compressed. Where each row of a parent is a list of its own, as the
items of an order are, most lists hold the same keys. Those that are named by whole numbers are
written together: the keys, and the names in the form of keys::

    "alike": [["1", "70001 1 1 3"], ["1 1", "70010 4"]]
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
_LISTS, _ALIKE, _PARTIAL = "lists", "alike", "partial"
# From so many lists with the same keys on, their names are written together.
_MANY = 3

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
        self._lists: dict[str, str] = dict(entry.get(_LISTS, {})) if matches else {}
        self._partial = set(entry.get(_PARTIAL, ())) & self._lists.keys()
        self._size = sum(map(_size, self._lists.items()))

    @property
    def lists(self) -> KeysView[str]:
        """The lists of which rows are known."""
        return self._lists.keys()

    def is_whole(self, name: str) -> bool:
        """Tell whether a list was read to its end, so that all its keys are known."""
        return name in self._lists and name not in self._partial

    def is_partial(self, name: str) -> bool:
        """Tell whether some keys of a list are known, and no reading of it has come to its end."""
        return name in self._partial

    def of(self, name: str) -> frozenset[Key] | None:
        """Return the keys of a list that have come, and are not known to be gone; None for none."""
        text = self._lists.get(name)
        return None if text is None else unpack_keys(text)

    def elsewhere(self, keys: Collection[Key], name: str) -> set[Key]:
        """Return those of some keys that another list than ``name`` holds."""
        others = (unpack_keys(text) for other, text in self._lists.items() if other != name)
        return {key for found in others for key in found.intersection(keys)}

    def put(self, name: str, keys: Collection[Key]) -> None:
        """Take note of the keys of a list that was read to its end: these, and no others."""
        self._set(name, keys, partial=False)

    def add(self, name: str, keys: Collection[Key]) -> None:
        """Take note of keys that came of a list which was not read to its end."""
        known = self.of(name) or frozenset()
        self._set(name, known.union(keys), partial=not self.is_whole(name))

    def remove(self, name: str, keys: Collection[Key]) -> None:
        """Take note that rows of a list are gone."""
        known = self.of(name) or frozenset()
        self._set(name, known.difference(keys), partial=self.is_partial(name))

    def _set(self, name: str, keys: Collection[Key], *, partial: bool) -> None:
        text = pack_keys(keys) if keys else None
        if self._lists.get(name) == text and (name in self._partial) == partial:
            return
        self._drop(name)
        if text is not None:
            self._lists[name] = text
            self._size += _size((name, text))
            if partial:
                self._partial.add(name)
        self._write()

    def forget(self, names: Iterable[str]) -> None:
        """Forget some lists."""
        found = [name for name in names if self._drop(name)]
        if found:
            self._write()

    def _drop(self, name: str) -> bool:
        """Leave out a list; return whether it was there."""
        text = self._lists.pop(name, None)
        self._partial.discard(name)
        if text is not None:
            self._size -= _size((name, text))
        return text is not None

    def _write(self) -> None:
        while self._size > MOST_TEXT:
            self._drop(next(iter(self._lists)))
        partial = {_PARTIAL: sorted(self._partial)} if self._partial else {}
        self._state[STATE_KEY] = {"query": self._query, _LISTS: self._lists, **partial}


def _size(entry: tuple[str, str]) -> int:
    """Return how many characters the name of a list and its keys take."""
    name, text = entry
    return len(name) + len(text)


def fold(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what is kept of a stream's keys as it is written: lists that are alike together."""
    lists, names = entry.get(_LISTS, {}), dict[str, list[str]]()
    for name, text in lists.items():
        if name.isdecimal() and str(int(name)) == name:
            names.setdefault(text, []).append(name)
    alike = {text: found for text, found in names.items() if len(found) >= _MANY}
    if not alike:
        return entry
    folded = {name for found in alike.values() for name in found}
    return {
        **entry,
        _LISTS: {name: text for name, text in lists.items() if name not in folded},
        _ALIKE: [
            [text, pack_keys([(int(name),) for name in found])] for text, found in alike.items()
        ],
    }


def unfold(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """Return what is kept of a stream's keys as it is in memory.

    Raises:
        ValueError: If lists that are alike are not written as :func:`fold` does.
    """
    if _ALIKE not in entry:
        return entry
    try:
        alike = {str(name): text for text, names in entry[_ALIKE] for (name,) in unpack_keys(names)}
        lists = {**alike, **entry.get(_LISTS, {})}
    except (TypeError, AttributeError, ValueError):
        raise ValueError(STATE_KEY) from None
    return {**{k: v for k, v in entry.items() if k != _ALIKE}, _LISTS: lists}


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
