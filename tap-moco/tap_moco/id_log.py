"""The ids of a list's records: eight bytes each, for lists of millions."""

from __future__ import annotations

import array
import typing as t

from tap_moco._kit.errors import ContentError

if t.TYPE_CHECKING:
    from collections.abc import Iterable

SIGNED_64_BITS = "q"


class IdLog:
    """Ids in the order in which they came, repeated ones too."""

    def __init__(self) -> None:
        """Start with none."""
        self.clear()

    def clear(self) -> None:
        """Forget all."""
        self._ids = array.array(SIGNED_64_BITS)

    def add(self, ids: Iterable[int]) -> None:
        """Add ids.

        Raises:
            ContentError: If one has more than 64 bits.
        """
        try:
            self._ids.extend(ids)
        except OverflowError:
            raise ContentError("An id has more than 64 bits.") from None

    def missing(self, ids: set[int]) -> set[int]:
        """Return those of some ids that did not come: one pass over all that did."""
        return ids.difference(self._ids)
