"""What all platforms of a world share: its seed, its scale and its moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.world.clock import between, utc_now


@dataclass(frozen=True)
class Advance:
    """One step of the world: everything it changes happens in (`since`, `until`]."""

    number: int
    since: datetime
    until: datetime


class Scenario:
    """Seed, scale and moment of creation, from which everything follows, and the moment `now`."""

    def __init__(
        self, seed: int, scale: float, now: datetime | None, invalid_leads: int, *, real_time: bool
    ) -> None:
        """Begin at `now`; the arguments are those of :class:`sandbox.world.World`."""
        self.seed = seed
        self.scale = scale
        self.real_time = real_time
        self.created = (now or utc_now()).replace(microsecond=0)
        self.now = self.created
        self.invalid_leads = invalid_leads
        self.advances: list[Advance] = []

    def rng(self, area: str) -> Random:
        """Random numbers of one area, the same at every creation of the same world."""
        return Random(f"{self.seed}:{area}")

    def size(self, count: int) -> int:
        """A number of records at this world's scale, at least one."""
        return max(1, round(count * self.scale))

    def moment_before(self, rng: Random, earliest: float, latest: float) -> datetime:
        """A moment between two numbers of days before now, in whole seconds."""
        return between(rng, self.now - timedelta(days=earliest), self.now - timedelta(days=latest))

    def advance(self, now: datetime | None) -> Advance:
        """Move to `now`; without it to the real time, or a day on in a world of its own time.

        Raises:
            ValueError: `now` is not after the present moment.
        """
        if now is None:
            later = utc_now() if self.real_time else self.now + timedelta(days=1)
            until = max(later, self.now + timedelta(seconds=1))
        else:
            until = now.replace(microsecond=0)
        if until <= self.now:
            raise ValueError("now must lie after the world's present moment")
        step = Advance(len(self.advances) + 1, self.now, until)
        self.now = until
        self.advances.append(step)
        return step
