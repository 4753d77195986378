"""Fields that Ulule's document describes and that are easily left out."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client

ME = 7001
SIZES = {"230x126", "258x145", "640x360", "full", "value"}


def test_an_address_tells_its_type_and_a_business_its_name(client: Client) -> None:
    addresses = client.ulule(f"/users/{ME}/addresses").json()["addresses"]
    addresses += [row["shipping_address"] for row in client.records("ulule", "project_orders")
                  if row["shipping_address"]]  # fmt: skip

    assert {row["type"] for row in addresses} == {"personal", "business", "association"}
    for row in addresses:
        assert bool(row["entity_name"]) == (row["type"] != "personal")


def test_a_sponsor_has_an_image(client: Client) -> None:
    rows = client.records("ulule", "project_sponsorships")

    assert rows
    assert all(row["sponsor"]["image"].keys() == SIZES for row in rows)


def test_own_projects_tell_of_which_news_the_user_hears(client: Client) -> None:
    rows = client.ulule(f"/users/{ME}/projects").json()["projects"]

    assert {row["notifications"]["news"] for row in rows} == {True, False}
    assert "notifications" not in client.ulule(f"/projects/{rows[0]['id']}").json()


def test_a_background_is_a_colour_or_an_image_and_then_among_the_images(client: Client) -> None:
    kinds = set()
    for project in client.records("ulule", "projects"):
        background = project["background"] or {}
        if background:
            kinds.add((bool(background["color"]), "url" in background))
        images = client.ulule(f"/projects/{project['id']}/images", type_="background").json()
        shown = [(row["color"], row["url"]) for row in images["images"]]
        assert shown == ([(background["color"], background["url"])] if "url" in background else [])

    assert kinds == {(True, True), (True, False), (False, True)}
