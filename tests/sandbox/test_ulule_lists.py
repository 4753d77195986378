"""Ulule's lists: three ways of paging, search, counters that agree, who may see orders."""

from __future__ import annotations

import typing as t
from collections import Counter

import pytest

from sandbox.world.clock import parse_moment

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client


def follow(
    client: Client, path: str, envelope: str, version: str = "2017-10-10", **query: object
) -> list[list[dict[str, t.Any]]]:
    """Read a list by its next links; give its pages."""
    response = client.ulule(path, version, **query)
    pages = [response.json()[envelope]]
    while response.json()["meta"]["next"]:
        following = response.json()["meta"]["next"]
        assert following.startswith("?")
        response = client.ulule(path + following, version)
        pages.append(response.json()[envelope])
    return pages


def busiest(client: Client, counter: str) -> dict[str, t.Any]:
    return max(client.records("ulule", "projects"), key=lambda row: int(row[counter]))


def test_offset_pages_hold_every_comment_newest_first(client: Client) -> None:
    project = busiest(client, "comments_count")

    pages = follow(client, f"/projects/{project['id']}/comments", "comments")

    rows = [row for page in pages for row in page]
    moments = [parse_moment(row["submit_date"]) for row in rows]
    assert [len(page) for page in pages] == [20, 20, 20]
    assert len({row["id"] for row in rows}) == 60
    assert moments == sorted(moments, reverse=True)


def test_offset_pages_tell_the_total_and_both_neighbours(client: Client) -> None:
    project = busiest(client, "comments_count")

    meta = client.ulule(
        f"/projects/{project['id']}/comments", offset=20, limit=10, lang="fr"
    ).json()["meta"]

    assert meta["total_count"] == 60
    assert (meta["limit"], meta["offset"]) == (10, 20)
    assert meta["next"] == "?lang=fr&limit=10&offset=30"
    assert meta["previous"] == "?lang=fr&limit=10&offset=10"


def test_the_limit_is_cut_at_twenty_and_nonsense_refused(client: Client) -> None:
    path = f"/projects/{busiest(client, 'comments_count')['id']}/comments"

    assert len(client.ulule(path, limit=100).json()["comments"]) == 20
    refused = client.ulule(path, limit="many")
    assert refused.status_code == 422
    assert refused.json()[0]["fieldNames"] == ["limit"]


@pytest.mark.parametrize(
    ("stream", "counter", "name"),
    [
        ("project_comments", "comments_count", "comments"),
        ("project_supporters", "supporters_count", "supporters"),
    ],
)
def test_the_since_cursor_of_newer_versions_loses_no_row(
    client: Client, stream: str, counter: str, name: str
) -> None:
    project = busiest(client, counter)

    pages = follow(client, f"/projects/{project['id']}/{name}", name, "2020-11-10", limit=7)

    expected = [
        r["id"] for r in client.records("ulule", stream) if r["project_id"] == project["id"]
    ]
    assert {row["id"] for page in pages for row in page} == set(expected)
    meta = client.ulule(f"/projects/{project['id']}/{name}", "2020-11-10").json()["meta"]
    assert set(meta) == {"limit", "next"}


def test_the_since_cursor_repeats_the_rows_of_its_second(client: Client) -> None:
    project = busiest(client, "comments_count")

    pages = follow(client, f"/projects/{project['id']}/comments", "comments", "2020-11-10")

    assert pages[0][-1]["id"] == pages[1][0]["id"]


def test_an_offset_still_works_in_newer_versions(client: Client) -> None:
    path = f"/projects/{busiest(client, 'comments_count')['id']}/comments"

    assert client.ulule(path, "2020-11-10", offset=0).json()["meta"]["total_count"] == 60


def test_a_search_pages_by_sixteen_without_a_total(client: Client) -> None:
    pages = follow(client, "/search/projects", "projects")

    assert [len(page) for page in pages] == [16, 16, 9]
    assert "total_count" not in client.stranger("/search/projects").json()["meta"]


def test_a_search_understands_terms_and_qualifiers(client: Client) -> None:
    known = client.records("ulule", "search_projects")
    word = known[0]["name"][known[0]["lang"]].split()[-1]

    partner = client.stranger("/search/projects", q="partners:agence-exemple").json()["projects"]
    found = client.stranger("/search/projects", q=f"{word} lang:{known[0]['lang']}").json()
    ended = follow(client, "/search/projects", "projects", q="status:ended+sort:amount")

    assert len(partner) == 11  # of twelve, one is not online
    assert known[0]["id"] in {row["id"] for row in found["projects"]}
    amounts = [row["amount_raised"] for page in ended for row in page]
    assert amounts == sorted(amounts, reverse=True)
    assert all(row["finished"] for page in ended for row in page)


def test_counters_agree_with_the_lists(client: Client) -> None:
    counted = {
        "project_comments": "comments_count",
        "project_news": "news_count",
        "project_supporters": "supporters_count",
    }
    for stream, counter in counted.items():
        lengths = Counter(row["project_id"] for row in client.records("ulule", stream))
        for project in client.records("ulule", "projects"):
            assert project[counter] == lengths[project["id"]]
        assert 0 in {row[counter] for row in client.records("ulule", "projects")}


def test_amounts_agree_with_the_orders(client: Client) -> None:
    orders: dict[int, list[dict[str, t.Any]]] = {}
    for order in client.records("ulule", "project_orders"):
        orders.setdefault(order["project_id"], []).append(order)
    for project in client.records("ulule", "projects"):
        rows = orders.get(project["id"], [])
        raised = sum(float(row["order_subtotal"]) for row in rows)
        assert project["amount_raised"] == int(raised + 0.001)
        if project["type"] == "project":
            assert project["nb_products_sold"] == len(rows)
            assert project["committed"] == project["amount_raised"]


def test_orders_are_the_owners_and_partners_alone(client: Client) -> None:
    ours = client.ulule("/partners/agence-exemple/projects").json()["projects"]
    mine = next(row for row in ours if row["is_online"])
    others = {row["id"] for row in client.records("ulule", "projects")} - {r["id"] for r in ours}

    assert client.ulule(f"/projects/{mine['id']}/orders").status_code == 200
    assert client.ulule(f"/projects/{min(others)}/orders").status_code == 401
    assert client.stranger(f"/projects/{mine['id']}/orders").status_code == 401
    client.box.control("PUT", "/options", {"ulule_private_status": 404})
    assert client.stranger(f"/projects/{mine['id']}/orders").status_code == 404


def test_orders_hold_valid_ones_unless_a_status_is_asked_for(client: Client) -> None:
    ours = client.ulule("/partners/agence-exemple/projects").json()["projects"]
    project = max(ours, key=lambda row: int(row["nb_products_sold"]))
    path = f"/projects/{project['id']}/orders"

    usual = {r["status"] for page in follow(client, path, "orders") for r in page}
    cancelled = {r["status"] for page in follow(client, path, "orders", status="cancelled")
                 for r in page}  # fmt: skip

    assert "cancelled" not in usual
    assert cancelled == {"cancelled"}
    assert client.ulule(path, status="lost").status_code == 422


def test_order_totals_are_text_and_their_lines_numbers(client: Client) -> None:
    order = client.records("ulule", "project_orders")[0]

    assert isinstance(order["order_total"], str)
    assert isinstance(order["items"][0]["line_total"], int | float)
    assert order["user"]["email"].endswith(("example.org", "example.net"))


def test_moments_have_none_to_nine_digits_after_the_second(client: Client) -> None:
    rows = client.records("ulule", "project_orders")
    digits = {len(row["created_at"].rstrip("Z").partition(".")[2]) for row in rows}

    assert {0, 9} <= digits


def test_a_project_is_found_by_id_and_by_slug(client: Client) -> None:
    project = client.records("ulule", "projects")[0]

    by_id = client.ulule(f"/projects/{project['id']}").json()
    assert client.ulule(f"/projects/{project['slug']}").json() == by_id
    assert client.ulule("/projects/1").status_code == 404


def test_news_comments_move_the_counter_of_the_news(client: Client) -> None:
    news = max(client.records("ulule", "project_news"), key=lambda row: int(row["comments_count"]))

    rows = client.stranger(f"/news/{news['id']}/comments").json()["comments"]

    assert len(rows) == news["comments_count"] > 0
