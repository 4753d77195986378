"""MicroPledge: pages that speak JSON, pledges that add up."""

from __future__ import annotations

import typing as t
from collections import Counter

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client


def test_counters_agree_with_the_pledges(client: Client) -> None:
    for slug in client.box.world.micropledge.slugs:
        project = client.get(f"/micropledge/projects/{slug}", {}, format="json").json()
        answer = client.get(f"/micropledge/projects/{slug}/pledges", {}, format="json").json()
        pledges = answer["pledges"]
        dates = [row["date"] for row in pledges]

        assert answer["result"] == project["result"] == "success"
        assert project["numPledges"] == len(pledges)
        assert project["pledged"] == sum(row["amount"] for row in pledges)
        assert dates == sorted(dates, reverse=True)


def test_one_project_has_two_equal_anonymous_pledges(client: Client) -> None:
    rows = client.records("micropledge", "pledges")
    seen = Counter((r["project_slug"], r["date"], r["userslug"], r["amount"]) for r in rows)
    twins = [known for known, times in seen.items() if times == 2]

    assert len(twins) == 1
    assert twins[0][2] is None
    assert {row["_occurrence"] for row in rows} == {0, 1}


def test_without_the_format_a_page_is_html(client: Client) -> None:
    slug = client.box.world.micropledge.slugs[0]

    response = client.get(f"/micropledge/projects/{slug}", {})

    assert response.headers["Content-Type"].startswith("text/html")
    assert response.text.startswith("<!DOCTYPE html>")


def test_an_unknown_project_is_an_error_in_the_body_alone(client: Client) -> None:
    response = client.get("/micropledge/projects/none", {}, format="json")

    assert response.status_code == 200
    assert response.json()["result"] == "error"
    assert "\\/" in response.text
