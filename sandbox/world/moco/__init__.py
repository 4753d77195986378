"""The agency's MOCO account with every kind of record."""

from __future__ import annotations

import typing as t

from sandbox.world.moco.account import Kind, Moco
from sandbox.world.moco.billing import KINDS as BILLING
from sandbox.world.moco.corrections import correct
from sandbox.world.moco.fields import STREAM as FIELDS
from sandbox.world.moco.fields import make_definitions
from sandbox.world.moco.people import KINDS as PEOPLE
from sandbox.world.moco.sales import KINDS as SALES
from sandbox.world.moco.samples import KINDS as SAMPLES
from sandbox.world.moco.work import KINDS as WORK

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.world.campaigns import Campaign
    from sandbox.world.scenario import Scenario

KINDS: tuple[Kind, ...] = (*PEOPLE, *SALES, *WORK, *BILLING, *SAMPLES)
"""Every kind of record, each after those that it refers to."""


def make_moco(scenario: Scenario, campaigns: Sequence[Campaign]) -> Moco:
    """Make the account of a new world, with definitions of all custom fields in it."""
    moco = Moco(scenario, campaigns, KINDS, moves=(correct,))
    moco.tables[FIELDS] = make_definitions(moco)
    return moco


__all__ = ["KINDS", "Moco", "make_moco"]
