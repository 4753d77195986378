"""What a project tells of changes that move none of its counters."""

from __future__ import annotations

import typing as t
import zlib

import msgspec

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Record

# The extra field of a project that says who has supported it last.
LATEST_SUPPORTER = "latest_supporter"
# Keys of a parent's copy, for its children only.
LATEST = "_latest"
TAKEN = "_taken"


def latest_supporter(project: Record) -> str | None:
    """Return who has supported a project last, and since when; None if it does not tell.

    An order that takes the place of a cancelled one moves no counter, but is somebody else's.
    No document describes the field. What else it may tell of a person, the last visit for one,
    changes without an order.
    """
    found = project.get(LATEST_SUPPORTER)
    if not isinstance(found, dict):
        return None
    told = [found.get("id"), found.get("date_creation")]
    return None if told == [None, None] else " ".join(map(str, told))


def rewards_taken(project: Record) -> str | None:
    """Return what stands for the numbers of rewards and variants that are taken.

    Those that nobody took do not count: they come and go without an order.
    """
    rewards = project.get("rewards") or []
    taken = [
        [each.get("id"), each["stock_taken"]]
        for reward in rewards
        for each in (reward, *(reward.get("variants") or ()))
        if each.get("stock_taken")
    ]
    return f"{zlib.crc32(msgspec.json.encode(taken)):08x}" if taken else None
