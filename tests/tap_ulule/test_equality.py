"""Every record of every stream, as the sandbox has it, whatever the version and the language."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox.apis.ulule.records import records
from tap_ulule.streams import STREAMS
from tests.harness.run import unpack_extra
from tests.tap_ulule.support import PARTNER, STAFF_KEY, make_config, run

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

NAMES = sorted(stream.name for stream in STREAMS)
ME = 7001
USERS = [7002, 7003]
SPONSOR = 7003
# What a version does not say any more; nobody can bring it back.
LOST = {
    "2020-11-10": {"location": {"name", "full_name", "region"}},
}
# What only some versions say, and a test of its own looks at.
LABELS = frozenset({"status_display", "type_display"})
ASKED_FOR = frozenset({"project", "tracking"})
AMOUNTS = ("order_subtotal", "order_total")
WORDS = {
    "status": (None, "new", "valid", "invalid", "pending", "updated", "waiting"),
    "type": (None, "presale", "project"),
}


def documented(record: dict[str, t.Any]) -> dict[str, t.Any]:
    """A record of the world as the README says that the tap gives it."""
    if "order_total" in record:
        return record | {name: float(record[name]) for name in AMOUNTS}
    if "date_update" in record:
        return record | {name: words[record[name]] for name, words in WORDS.items()}
    return record


def without_lost(value: t.Any, version: str) -> t.Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [without_lost(part, version) for part in value]
    if not isinstance(value, dict):
        return value
    more = LABELS | ASKED_FOR if "order_total" in value else LABELS
    found = {key: without_lost(part, version) for key, part in value.items() if key not in more}
    if version in LOST:
        if isinstance(found.get("location"), dict):
            for name in LOST[version]["location"]:
                found["location"].pop(name, None)
        if "is_default" in found:
            found.pop("status", None)
    return found


def world(box: RunningSandbox, stream: str, lang: str) -> list[dict[str, t.Any]]:
    """What the settings ask for of a stream."""
    ulule = box.world.ulule
    found = records(ulule, stream, lang)
    assert found, stream
    text = json.dumps(found[1]).replace('"heigth"', '"height"')
    if lang != "all":
        # Links go to the language's site.
        text = text.replace("https://www.ulule.com", f"https://{lang}.ulule.com")
    rows = [documented(row) for row in json.loads(text)]
    private = {
        "project_orders", "project_order_items", "project_sponsorships", "project_partnerships",
        "project_exports",
    }  # fmt: skip
    if stream in private:
        rows = [row for row in rows if ulule.may_manage(row["project_id"])]
    if stream == "users":
        rows = [row for row in rows if row["id"] in {ME, *USERS}]
    if stream == "project_news":
        rows = [row for row in rows if row["status"] == "online"]
    if stream == "user_projects":
        # They are those that the user owns.
        rows = [{**row, "role": "owner"} for row in rows]
    return rows


@pytest.fixture(scope="module", params=["", "2017-10-10", "2020-11-10"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["fr", "all"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def loaded(shared_box: RunningSandbox, version: str, lang: str) -> Run:
    settings = make_config(
        shared_box,
        auth_method="api_key",
        api_key=STAFF_KEY,
        api_version=version,
        lang=lang,
        partner_slugs=[PARTNER],
        project_ids=list(shared_box.world.ulule.projects),
        user_ids=["me", *USERS],
        account_ids=[6601],
        sponsor_user_ids=[SPONSOR],
        search_query="sort:new",
        mark_threads_as_read=True,
    )
    found = run(settings, select=NAMES)
    assert not found.error
    return found


def test_every_record_of_every_stream_as_in_the_sandbox(
    shared_box: RunningSandbox, loaded: Run, version: str, lang: str
) -> None:
    for stream in STREAMS:

        def by_key(
            rows: list[dict[str, t.Any]], key: Sequence[str] = stream.primary_keys
        ) -> dict[t.Any, dict[str, t.Any]]:
            found = {tuple(row[name] for name in key): without_lost(row, version) for row in rows}
            assert len(found) == len(rows), "a key came twice"
            return found

        expected = by_key(world(shared_box, stream.name, lang))
        assert expected, stream.name
        rows = [unpack_extra(row) for row in loaded.records[stream.name]]
        assert by_key(rows) == expected, stream.name


def test_labels_are_kept_where_the_version_sends_them(loaded: Run, version: str) -> None:
    orders, proposals = loaded.records["project_orders"], loaded.records["user_proposals"]

    assert {bool(row.get("status_display")) for row in orders} == {version == ""}
    for name in LABELS:
        assert {bool(row.get(name)) for row in proposals} == {version < "2018-04-14"}


def test_orders_tell_their_project_and_where_the_customer_came_from(
    loaded: Run, version: str
) -> None:
    orders = loaded.records["project_orders"]

    told = {row["project"]["id"] == row["project_id"] for row in orders if row.get("project")}
    assert told == ({True} if version == "2020-11-10" else set())
    sources = {row["tracking"]["source"] for row in orders if row.get("tracking")}
    assert sources == ({"newsletter", "ulule"} if version == "2020-11-10" else set())
    assert all(row.get("project") for row in loaded.records["user_orders"]) == bool(told)


def test_pictures_and_deliveries_are_as_the_schema_says(loaded: Run) -> None:
    pictures = [row["main_image"] for row in loaded.records["projects"] if row.get("main_image")]
    assert {version["height"] for each in pictures for version in each["versions"].values()}
    for row in loaded.records["project_rewards"]:
        for each in (row, *(row.get("variants") or ())):
            if date := each["date_delivery"]:
                assert len(date) >= len("2018-03-01T00:00:00Z"), date
    known = loaded.schemas["projects"]["schema"]["properties"]["main_image"]["properties"]
    assert set(pictures[0]) <= known.keys()
    user = loaded.schemas["me"]["schema"]["properties"]["avatar"]["properties"]
    assert set(loaded.records["me"][0]["avatar"]) <= user.keys()
