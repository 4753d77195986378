"""Moving the world on: new, changed and deleted records, stamps, counters that still agree."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest

from sandbox.testing import running_sandbox
from sandbox.world.clock import parse_moment
from tests.sandbox.client import Client

if t.TYPE_CHECKING:
    from collections.abc import Iterator

MOCO = ("users", "companies", "contacts", "deals", "deal_categories", "projects", "activities",
        "offers", "invoices", "invoice_payments")  # fmt: skip
ULULE = ("projects", "project_comments", "project_news", "project_supporters", "project_orders",
         "project_rewards", "news_comments")  # fmt: skip


@pytest.fixture
def moving() -> Iterator[Client]:
    with running_sandbox(scale=0.5) as box:
        client = Client(box)
        yield client
        client.close()


def snapshot(client: Client, api: str, stream: str) -> dict[t.Any, dict[str, t.Any]]:
    found = client.box.control("GET", f"/world/{api}/{stream}")
    return {
        tuple(row[part] for part in found["key"]): {**row, "file_url": None}
        for row in found["records"]
    }


def test_every_change_in_moco_is_stamped_within_the_step(moving: Client) -> None:
    before = {stream: snapshot(moving, "moco", stream) for stream in MOCO}
    step = moving.box.control("POST", "/advance")
    since, now = parse_moment(step["since"]), parse_moment(step["now"])

    changes: Counter[str] = Counter()
    for stream in MOCO:
        after = snapshot(moving, "moco", stream)
        changes["deleted"] += len(before[stream].keys() - after.keys())
        for key, row in after.items():
            stamped = since < parse_moment(row["updated_at"]) <= now
            old = before[stream].get(key)
            assert stamped == (row != old), (stream, key)
            if row != old:
                changes["changed" if old else "new"] += 1

    assert (now - since).days == 1
    assert changes["new"] > 10
    assert changes["changed"] > 10
    assert changes["deleted"] >= 3


def test_updated_after_brings_exactly_what_a_step_changed(moving: Client) -> None:
    before = snapshot(moving, "moco", "contacts")
    step = moving.box.control("POST", "/advance")

    rows = moving.moco("/contacts/people", updated_after=step["since"]).json()

    after = snapshot(moving, "moco", "contacts")
    assert {(row["id"],) for row in rows} == {k for k in after if after[k] != before.get(k)}


def test_counters_agree_after_many_steps(moving: Client) -> None:
    for _ in range(12):
        moving.box.control("POST", "/advance")

    lengths = {
        stream: Counter(row["project_id"] for row in moving.records("ulule", stream))
        for stream in ("project_comments", "project_news", "project_supporters", "project_orders")
    }
    for project in moving.records("ulule", "projects"):
        ident = project["id"]
        assert project["comments_count"] == lengths["project_comments"][ident]
        assert project["news_count"] == lengths["project_news"][ident]
        assert project["supporters_count"] == lengths["project_supporters"][ident]
        if project["type"] == "project":
            assert project["nb_products_sold"] == lengths["project_orders"][ident]
    pledges = Counter(row["project_slug"] for row in moving.records("micropledge", "pledges"))
    for project in moving.records("micropledge", "projects"):
        assert project["numPledges"] == pledges[project["project_slug"]]


def test_ulule_gains_changes_and_loses_rows(moving: Client) -> None:
    before = {stream: snapshot(moving, "ulule", stream) for stream in ULULE}
    for _ in range(5):
        moving.box.control("POST", "/advance")
    after = {stream: snapshot(moving, "ulule", stream) for stream in ULULE}

    for stream in ULULE:
        assert after[stream].keys() - before[stream].keys(), stream
    assert before["project_comments"].keys() - after["project_comments"].keys()
    assert before["project_orders"].keys() - after["project_orders"].keys()
    kept = before["project_comments"].keys() & after["project_comments"].keys()
    assert any(
        before["project_comments"][key]["comment"] != after["project_comments"][key]["comment"]
        for key in kept
    )


def test_a_comment_on_old_news_moves_no_counter_of_its_project(moving: Client) -> None:
    before = snapshot(moving, "ulule", "project_news")
    projects = snapshot(moving, "ulule", "projects")
    quiet = False
    for _ in range(20):
        moving.box.control("POST", "/advance")
        after, now = (snapshot(moving, "ulule", name) for name in ("project_news", "projects"))
        for key in before.keys() & after.keys():
            row = before[key]
            ident = (row["project_id"],)
            moved = after[key]["comments_count"] > row["comments_count"]
            quiet |= moved and now[ident]["news_count"] == projects[ident]["news_count"]

    assert quiet


def test_the_other_platforms_move_too(moving: Client) -> None:
    streams = (("miimosa", "projects"), ("miimosa", "pledges"), ("micropledge", "pledges"))
    before = {names: snapshot(moving, *names) for names in streams}
    for _ in range(3):
        moving.box.control("POST", "/advance")

    for names in streams:
        after = snapshot(moving, *names)
        assert after.keys() - before[names].keys(), names
        assert names[1] != "pledges" or before[names].keys() - after.keys(), names


def test_a_step_can_be_given_its_end(moving: Client) -> None:
    step = moving.box.control("POST", "/advance", {"now": "2026-05-01T08:00:00Z"})

    assert (step["number"], step["now"]) == (1, "2026-05-01T08:00:00Z")
    with pytest.raises(ValueError, match="after the world's present"):
        moving.box.control("POST", "/advance", {"now": "2026-05-01T08:00:00Z"})


def test_a_step_can_be_given_its_number_and_asked_for_again(moving: Client) -> None:
    first = moving.box.control("POST", "/advance", {"number": 2})
    records = moving.records("moco", "contacts")

    assert first["number"] == 2
    assert moving.box.control("POST", "/advance", {"number": 2}) == first
    assert moving.records("moco", "contacts") == records
    assert moving.box.control("POST", "/advance", {"number": 3})["number"] == 3


def test_leads_stay_valid_while_the_world_moves(moving: Client) -> None:
    for _ in range(6):
        moving.box.control("POST", "/advance")
    leads = moving.moco("/contacts/people", tags="MiiMOSA").json()

    assert len(leads) > 20
    for row in leads:
        assert row["custom_properties"]["Collect type"] in {"donation", "lending"}
        assert row["custom_properties"]["Total budget"].isdigit()
        assert row["work_email"]
        assert row["mobile_phone"]
