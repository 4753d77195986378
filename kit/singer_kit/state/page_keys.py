"""The keys of the pages that were read of a list, for the run that goes on in the middle of it.

Whoever is to tell later what a list has lost must know all its rows, those of the first part too.
So the keys are kept with the position in the list, one text per page, as :mod:`.known_keys` packs
them::

    "list": {"query": "4884c8315b6e11f1", "page": {"page": "3"}, "last": "c86b45f5",
             "keys": ["60001 1 1", "60004 1 1", "60007 1 1"]}
"""

from __future__ import annotations

import typing as t

from .known_keys import MOST_TEXT, pack_keys, unpack_keys

if t.TYPE_CHECKING:
    from collections.abc import Collection

    from .known_keys import Key
    from .position import Position

_KEYS = "keys"


class PageKeys:
    """The keys of a list down to the page at hand.

    Args:
        position: Where an earlier run stopped in the list; None at its beginning.

    Attributes:
        texts: One per page, for the state; None where not all are known, or where they are more
            than the state holds of a stream.
    """

    def __init__(self, position: Position | None) -> None:
        """Begin with what the earlier run has read; one of an older version kept nothing."""
        self.texts: list[str] | None = [] if position is None else position.get(_KEYS)
        self._size = sum(map(len, self.texts or ()))

    def add(self, keys: Collection[Key]) -> None:
        """Add the keys of a page."""
        if self.texts is None or not keys:
            return
        text = pack_keys(keys)
        self._size += len(text)
        # What was given to the state before stays as it is.
        self.texts = None if self._size > MOST_TEXT else [*self.texts, text]


def keys_before(position: Position) -> set[Key]:
    """Return the keys of the pages that were read before a run stopped in a list."""
    return {key for text in position.get(_KEYS, ()) for key in unpack_keys(text)}


def knows_all(position: Position | None) -> bool:
    """Tell whether all keys are known of a list that is read from a position on."""
    return position is None or _KEYS in position
