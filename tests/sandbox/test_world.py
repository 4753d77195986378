"""One world from one seed: deterministic, scalable, its areas independent of each other."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timezone

from sandbox.state import Sandbox
from sandbox.world import World

NOW = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
STREAMS = {
    "moco": ("companies", "contacts", "activities", "invoice_payments"),
    "ulule": ("projects", "project_orders", "project_comments"),
    "miimosa": ("projects", "pledges"),
    "micropledge": ("projects", "pledges"),
}


def picture(world: World) -> dict[str, t.Any]:
    sandbox = Sandbox(world)
    found = {}
    for api in sandbox.apis:
        for stream in STREAMS[api.name]:
            records = api.records(stream)
            assert records is not None
            found[f"{api.name}.{stream}"] = json.dumps(records[1], sort_keys=True)
    return found


def test_the_same_seed_makes_the_same_world_after_any_steps() -> None:
    first, second, other = (World(seed, 0.3, NOW) for seed in (7, 7, 8))

    assert picture(first) == picture(second) != picture(other)
    for world in (first, second):
        world.advance()
        world.advance()
    assert picture(first) == picture(second)


def test_a_platform_does_not_depend_on_which_was_looked_at_first() -> None:
    first, second = World(7, 0.3, NOW), World(7, 0.3, NOW)
    assert first.moco.tables
    assert second.micropledge.slugs
    assert second.ulule.projects

    assert picture(first) == picture(second)


def test_the_scale_multiplies_the_records() -> None:
    small, large = World(7, 0.5, NOW), World(7, 1.5, NOW)

    for stream in ("companies", "contacts", "activities", "invoices"):
        assert len(large.moco.tables[stream]) == 3 * len(small.moco.tables[stream])
    assert len(large.ulule.projects) == 3 * len(small.ulule.projects) == 63
    assert len(World(7, 0.01, NOW).moco.tables["activities"]) == 8


def test_a_tiny_world_can_move_on_for_long() -> None:
    world = World(7, 0.02, NOW)
    for _ in range(40):
        world.advance()

    assert picture(world)


def test_invalid_leads_are_made_only_on_request() -> None:
    def invalid(world: World) -> int:
        return sum(
            row["custom_properties"]["Collect type"] == "gift"
            or "Total budget" not in row["custom_properties"]
            for row in world.moco.tables["contacts"].values()
            if "MiiMOSA" in row["tags"]
        )

    assert invalid(World(7, 1, NOW)) == 0
    assert invalid(World(7, 1, NOW, invalid_leads=2)) == 2


def test_people_are_made_up() -> None:
    world = World(7, 1, NOW)
    mails = [row["work_email"] for row in world.moco.tables["contacts"].values()]
    mails += [row["email"] for row in world.ulule.users.values()]

    assert all(mail == "" or mail.endswith(("@example.org", "@example.net")) for mail in mails)
    text = json.dumps(list(world.moco.tables["contacts"].values()), ensure_ascii=False)
    assert {"ü", "ß", "'", "🌱"} <= set(text)
