"""The made-up world behind the four APIs: one story, deterministic from its seed.

An agency keeps its leads in MOCO, hands them to MiiMOSA, and runs campaigns on MiiMOSA, Ulule and
microPledge. Everything follows from seed, scale and the moment of creation, plus the list of the
advances made since; the areas draw from sub-seeds of their own, so that none disturbs another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from sandbox.world.campaigns import Campaign, make_campaigns
from sandbox.world.clock import utc_now
from sandbox.world.micropledge import MicroPledge
from sandbox.world.miimosa import Miimosa
from sandbox.world.moco import Moco
from sandbox.world.ulule import Ulule

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Advance:
    """One step of the world: everything it changes happens in (`since`, `until`]."""

    number: int
    since: datetime
    until: datetime


class World:
    """All records of all four platforms at the moment `now`."""

    def __init__(
        self,
        seed: int = 7,
        scale: float = 1.0,
        now: datetime | None = None,
        invalid_leads: int = 0,
        *,
        real_time: bool | None = None,
    ) -> None:
        """Make a world whose whole history lies before `now` (default: the real time).

        Args:
            seed: everything made up follows from it.
            scale: multiplies the number of records.
            now: the moment of creation.
            invalid_leads: how many leads in MOCO lack what POST /leads asks for.
            real_time: whether `advance` moves to the real time; default when `now` is not given.
        """
        self.seed = seed
        self.scale = scale
        self.real_time = now is None if real_time is None else real_time
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

    @cached_property
    def campaigns(self) -> Sequence[Campaign]:
        """The campaigns that tie the platforms together, leads first."""
        return make_campaigns(self)

    @cached_property
    def moco(self) -> Moco:
        """The agency's MOCO account."""
        return Moco(self)

    @cached_property
    def ulule(self) -> Ulule:
        """Ulule with the agency's projects and others."""
        return Ulule(self)

    @cached_property
    def miimosa(self) -> Miimosa:
        """MiiMOSA's published projects and some of its users."""
        return Miimosa(self)

    @cached_property
    def micropledge(self) -> MicroPledge:
        """MicroPledge's projects."""
        return MicroPledge(self)

    def advance(self, now: datetime | None = None) -> Advance:
        """Move the world to `now`, adding, changing and deleting records on every platform.

        Raises:
            ValueError: `now` is not after the present moment.
        """
        areas = (self.moco, self.ulule, self.miimosa, self.micropledge)  # made before they move
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
        for area in areas:
            area.advance(step)
        return step
