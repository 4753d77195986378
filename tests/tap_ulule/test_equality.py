"""Every record of every stream, as the sandbox has it, whatever the version and the language."""

from __future__ import annotations

import json
import typing as t

import pytest

from sandbox.apis.ulule.records import records
from tap_ulule.streams import STREAMS
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
        found = {k: v for k, v in record.items() if k not in {"status_display", "type_display"}}
        return found | {name: words[record[name]] for name, words in WORDS.items()}
    return record


def without_lost(value: t.Any, version: str) -> t.Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [without_lost(part, version) for part in value]
    if not isinstance(value, dict):
        return value
    found = {key: without_lost(part, version) for key, part in value.items()}
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
    text = json.dumps(found[1])
    if lang != "all":
        # Links go to the language's site.
        text = text.replace("https://www.ulule.com", f"https://{lang}.ulule.com")
    rows = [documented(row) for row in json.loads(text)]
    private = {"project_orders", "project_sponsorships", "project_partnerships", "project_exports"}
    if stream in private:
        rows = [row for row in rows if ulule.may_manage(row["project_id"])]
    if stream == "users":
        rows = [row for row in rows if row["id"] in {ME, *USERS}]
    if stream == "project_news":
        rows = [row for row in rows if row["status"] == "online"]
    if stream == "news_comments":
        owners = {row["id"]: ident for ident, rows in ulule.news.items() for row in rows}
        rows = [{**row, "project_id": owners[row["news_id"]]} for row in rows]
    if stream == "partnership_details":
        rows = [{key: value for key, value in row.items() if key != "project_id"} for row in rows]
    return rows


@pytest.fixture(params=["", "2017-10-10", "2020-11-10"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["fr", "all"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
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
        assert by_key(loaded.records.get(stream.name, [])) == expected, stream.name
