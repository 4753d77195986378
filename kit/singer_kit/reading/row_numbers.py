"""Numbers for rows that nothing else tells apart."""

from __future__ import annotations

import collections
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Hashable


class RowNumbers:
    """Numbers the rows of one list that are alike, from 0 on, during one reading of it.

    Equal rows are different ones, be they on one page or on several, while the total that the list
    tells stays the same. When it has moved, rows were added or removed meanwhile, and one that
    comes again may have shifted to a later page: equal rows are then counted from the first one on
    again, and each gets the number that it had. Where really equal rows came before and after that,
    some are taken for one, and the rows are fewer than the total; the next reading finds them.

    Where no total is told, a row that shifts to a later page counts as another one.
    """

    def __init__(self) -> None:
        """Start with no row."""
        self._total: int | None = None
        self._equal: collections.Counter[tuple[Hashable, Hashable]] = collections.Counter()
        self._known: collections.Counter[Hashable] = collections.Counter()
        self._numbers: dict[tuple[Hashable, Hashable, int], int] = {}

    def note_page(self, total: int | None) -> None:
        """Note that the rows of another page come.

        Args:
            total: Rows of the whole list, as the page tells; None if it does not.
        """
        if total is None:
            return
        if self._total not in {None, total}:
            self._equal.clear()
        self._total = total

    def number(self, key: Hashable, content: Hashable = None) -> int:
        """Return the number of the next row.

        Args:
            key: What it has in common with those that it is numbered among.
            content: What tells it from others with this key.
        """
        self._equal[key, content] += 1
        place = (key, content, self._equal[key, content])
        if place not in self._numbers:
            self._numbers[place] = self._known[key]
            self._known[key] += 1
        return self._numbers[place]
