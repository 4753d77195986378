"""Streams that the next run must read again, because a list below them is incomplete."""

from __future__ import annotations


class IncompleteLists:
    """Remembers, by stream, that a list of its children was not read to its end.

    The SDK reads children while their parent's list is read, and has no way to tell the parent what
    came of it.
    """

    def __init__(self) -> None:
        """Start with every list complete."""
        self._above: set[str] = set()

    def note(self, parent: str) -> None:
        """Note that a list below a record of ``parent`` is incomplete."""
        self._above.add(parent)

    def take(self, parent: str) -> bool:
        """Tell whether that was noted since the last call."""
        noted = parent in self._above
        self._above.discard(parent)
        return noted
