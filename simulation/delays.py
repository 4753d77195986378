"""What a warehouse cannot know as yet, as the READMEs say, and for how long it has not known it."""

from __future__ import annotations

import typing as t
from datetime import timedelta

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from demo.comparison import Difference

REFRESH = timedelta(days=7)
"""How late what moves no counter may be: the default of tap-ulule's refresh_days."""


class Delays:
    """Rows and values that no counter tells of, from one comparison to the next.

    Attributes:
        overdue: Those of the last comparison that are later than documented.
        met: How many there were at any time.
        longest: How long the latest of them was not known.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._since: dict[str, datetime] = {}
        self.overdue: list[str] = []
        self.met = 0
        self.longest = timedelta()

    def __len__(self) -> int:
        """Return how many there were in the last comparison."""
        return len(self._since)

    def note(self, found: Iterable[Difference], now: datetime) -> None:
        """Take note of what a comparison found.

        Args:
            found: How each table differs from the world.
            now: The moment of the world.
        """
        names = [f"{one.stream} {column} {key}" for one in found for column, key in one.late]
        self.met += len(set(names) - self._since.keys())
        self._since = {name: self._since.get(name, now) for name in names}
        late = {name: now - since for name, since in self._since.items()}
        self.longest = max([self.longest, *late.values()])
        self.overdue = [name for name, delay in late.items() if delay > REFRESH]
