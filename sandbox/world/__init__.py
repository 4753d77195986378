"""The made-up world behind the four APIs: one story, deterministic from its seed.

An agency keeps its leads in MOCO, hands them to MiiMOSA, and runs campaigns on MiiMOSA, Ulule and
microPledge. Everything follows from seed, scale and the moment of creation, plus the list of the
advances made since; the areas draw from sub-seeds of their own, so that none disturbs another.
"""

from __future__ import annotations

import typing as t
from functools import cached_property

from sandbox.world.campaigns import Campaign, make_campaigns
from sandbox.world.micropledge import MicroPledge
from sandbox.world.miimosa import Miimosa
from sandbox.world.moco import Moco, make_moco
from sandbox.world.scenario import Advance, Scenario
from sandbox.world.ulule import Ulule
from sandbox.world.ulule.departures import leave, pay_out

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


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
        real = now is None if real_time is None else real_time
        self.scenario = Scenario(seed, scale, now, invalid_leads, real_time=real)

    @property
    def created(self) -> datetime:
        """The moment of creation."""
        return self.scenario.created

    @property
    def now(self) -> datetime:
        """The world's present moment."""
        return self.scenario.now

    @cached_property
    def campaigns(self) -> Sequence[Campaign]:
        """The campaigns that tie the platforms together, leads first."""
        return make_campaigns(self.scenario)

    @cached_property
    def moco(self) -> Moco:
        """The agency's MOCO account."""
        return make_moco(self.scenario, self.campaigns)

    @cached_property
    def ulule(self) -> Ulule:
        """Ulule with the agency's projects and others."""
        ulule = Ulule(self.scenario, self.campaigns, leave)
        pay_out(ulule)
        return ulule

    @cached_property
    def miimosa(self) -> Miimosa:
        """MiiMOSA's published projects and some of its users."""
        return Miimosa(self.scenario, self.campaigns)

    @cached_property
    def micropledge(self) -> MicroPledge:
        """MicroPledge's projects."""
        return MicroPledge(self.scenario, self.campaigns)

    def advance(self, now: datetime | None = None) -> Advance:
        """Move the world to `now`, adding, changing and deleting records on every platform.

        Raises:
            ValueError: `now` is not after the present moment.
        """
        areas = (self.moco, self.ulule, self.miimosa, self.micropledge)  # made before they move
        step = self.scenario.advance(now)
        for area in areas:
            area.advance(step)
        return step
