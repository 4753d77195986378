"""Every stream, record for record, whatever shape the answers have."""

from __future__ import annotations

import typing as t
from urllib.parse import parse_qsl

import pytest

from tap_miimosa._kit.errors import KitError
from tap_miimosa.tap import TapMiiMosa
from tests.harness.catalog import select
from tests.harness.run import run_tap
from tests.harness.sandbox import answer_with, count_paths, key_world
from tests.tap_miimosa.support import config_for, people, read_rows, run_miimosa

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

STREAMS = ("projects", "project_details", "pledges", "wallets")


@pytest.mark.parametrize("concurrency", [1, 4])
def test_all_streams_come_record_for_record(concurrency: int, box: RunningSandbox) -> None:
    run = run_miimosa(config_for(box, concurrency=concurrency))

    assert run.error is None
    for stream in STREAMS:
        got = read_rows(run, stream)
        assert got == key_world(box, "miimosa", stream), stream
    known = next(row for row in run.records["project_details"] if row["id"] % 7 == 0)
    assert known["_extra"]["labels"] == [{"name": "coup de cœur", "since": None}]


def test_a_second_run_brings_what_changed_with_one_request_per_page_project_and_person(
    box: RunningSandbox,
) -> None:
    first = run_miimosa(config_for(box))
    box.control("POST", "/advance")
    box.control("POST", "/reset")

    second = run_miimosa(config_for(box), state=first.state)

    for stream in STREAMS:
        got = read_rows(second, stream)
        assert got == key_world(box, "miimosa", stream), stream
    projects = len(box.world.miimosa.projects)
    lists = [len(user["pledges"]) for user in box.world.miimosa.users.values()]
    assert count_paths(box, "miimosa") == {
        "GET /projects": -(-projects // 10),
        "GET /projects/{id}": projects,
        "GET /pledges": sum(max(1, -(-count // 10)) for count in lists),
        "GET /wallet": len(lists),
    }


@pytest.mark.parametrize("selected", ["projects", "project_details", "pledges", "wallets"])
def test_what_is_not_selected_is_not_asked_for(selected: str, box: RunningSandbox) -> None:
    run_miimosa(config_for(box), selected)

    asked = {path.removeprefix("GET ") for path in count_paths(box, "miimosa")}
    assert (
        asked
        == {
            "projects": {"/projects"},
            "project_details": {"/projects", "/projects/{id}"},
            "pledges": {"/pledges"},
            # The first person has none: the list of campaigns tells that the address is right.
            "wallets": {"/wallet", "/projects"},
        }[selected]
    )


@pytest.mark.parametrize("links", ["absolute", "relative"])
def test_pages_are_followed_by_absolute_and_by_relative_links(
    links: str, box: RunningSandbox
) -> None:
    box.control("PUT", "/options", {"miimosa_links": links})

    run = run_miimosa(config_for(box), "projects", "pledges")

    assert read_rows(run, "projects") == key_world(box, "miimosa", "projects")
    assert len(run.records["pledges"]) == len(key_world(box, "miimosa", "pledges"))


@pytest.mark.parametrize("link", ["?page=2", "projects?page=2", "/miimosa/projects?page=2"])
def test_links_without_totals_are_followed_as_relative_references(
    link: str, box: RunningSandbox
) -> None:
    header = {"Link": f'<{link}>; rel="next", </miimosa/nothing>; rel="last"'}
    answer_with(box, "miimosa", "/projects", [{"id": 2}], query={"page": "2"})
    answer_with(box, "miimosa", "/projects", [{"id": 1}], header)

    run = run_miimosa(config_for(box), "projects")

    assert [row["id"] for row in run.records["projects"]] == [1, 2]


def test_a_link_to_another_server_ends_the_run_and_is_not_followed(box: RunningSandbox) -> None:
    answer_with(box, "miimosa", "/projects", [{"id": 1}],
           {"Link": '<http://127.0.0.2:9/projects?page=2>; rel="next"'})  # fmt: skip

    run = run_miimosa(config_for(box), "projects")

    assert "Refused to contact http://127.0.0.2:9" in str(run.error)


@pytest.mark.parametrize("envelope", [None, "own", "data"])
def test_lists_and_objects_may_stand_in_an_envelope(
    envelope: str | None, box: RunningSandbox
) -> None:
    def wrapped(own: str, value: object) -> object:
        return value if envelope is None else {own if envelope == "own" else "data": value}

    answer_with(box, "miimosa", "/projects/", wrapped("project", {"id": 1, "detail": True}))
    answer_with(box, "miimosa", "/projects", wrapped("projects", [{"id": 1}]))
    answer_with(box, "miimosa", "/pledges", wrapped("pledges", [{"id": "a1"}]))
    answer_with(box, "miimosa", "/wallet", wrapped("wallet", {"balance": 5}))
    email = "lise.morvan@example.org"

    run = run_miimosa(config_for(box, users=[{"email": email}]))

    assert run.error is None
    assert run.records == {
        "projects": [{"id": 1}],
        "project_details": [{"id": 1, "_extra": {"detail": True}}],
        "pledges": [{"id": "a1", "user_email": email}],
        "wallets": [{"user_email": email, "_extra": {"balance": 5}}],
    }


def test_ids_are_numbers_or_text_and_missing_ones_have_a_stand_in(box: RunningSandbox) -> None:
    urls = ["https://www.example.org/projects/a", "https://www.example.org/projects/b"]
    rows = [{"id": 7, "url": urls[0]}, {"id": "x-9"}, {"url": urls[1], "tags": {"new": [1]}}]
    answer_with(box, "miimosa", "/projects/", {"kept": {"as": ["is"]}, "id": None})
    answer_with(box, "miimosa", "/projects", rows)

    run = run_miimosa(config_for(box), "projects", "project_details")

    assert [row["id"] for row in run.records["projects"]] == [7, "x-9", urls[1]]
    assert run.records["projects"][2]["_extra"] == {"tags": {"new": [1]}}
    assert run.records["project_details"] == [
        {"id": 7, "_extra": {"kept": {"as": ["is"]}}},
        {"id": "x-9", "_extra": {"kept": {"as": ["is"]}}},
    ]


def test_pledges_without_id_are_all_kept_and_their_ids_stay(box: RunningSandbox) -> None:
    rows: list[dict[str, t.Any]] = [{"amount": 20}, {"amount": 20}, {"amount": 30}]
    users = people(box)[:2]
    answer_with(box, "miimosa", "/pledges", rows)

    first = run_miimosa(config_for(box, users=users), "pledges").keyed("pledges")
    box.control("DELETE", "/faults")
    answer_with(box, "miimosa", "/pledges", [{"amount": 40}, *rows])
    second = run_miimosa(config_for(box, users=users), "pledges").keyed("pledges")

    assert len(first) == 6
    assert len(second) == 8
    assert first.items() <= second.items()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "lending"),
        ("category", "lait"),
        ("keyword", "verger à"),
        ("order", "populars"),
        ("region", None),
    ],
)
def test_filters_go_out_with_every_page(name: str, value: str | None, box: RunningSandbox) -> None:
    rows = list(key_world(box, "miimosa", "projects").values())
    value = value or rows[0]["region"]

    run = run_miimosa(config_for(box, **{name: value}), "projects")

    for asked in box.control("GET", "/requests"):
        assert dict(parse_qsl(asked["query"])).get(name) == value
    if name == "keyword":
        rows = [row for row in rows if value in row["title"].casefold()]
    elif name != "order":
        rows = [row for row in rows if row[name] == value]
    assert rows
    assert {row["id"] for row in run.records["projects"]} == {row["id"] for row in rows}


@pytest.mark.parametrize(
    ("form", "settings"),
    [("plain", {}), ("token", {"authorization_format": "Token token={api_key}"})],
)
def test_the_key_is_sent_in_the_configured_form(
    form: str, settings: dict[str, str], box: RunningSandbox
) -> None:
    box.control("PUT", "/options", {"miimosa_authorization": form})

    run = run_miimosa(config_for(box, **settings), "projects")

    assert run.error is None
    assert read_rows(run, "projects") == key_world(box, "miimosa", "projects")


def test_keys_that_a_catalog_adds_to_the_schema_become_columns(box: RunningSandbox) -> None:
    catalog = select(TapMiiMosa, "wallets")
    (entry,) = (each for each in catalog["streams"] if each["tap_stream_id"] == "wallets")
    entry["schema"]["properties"]["balance"] = {"type": ["number", "null"]}

    run = run_tap(TapMiiMosa, config_for(box), expected=KitError, catalog=catalog)

    assert run.schemas["wallets"]["schema"]["properties"]["balance"]
    assert any("balance" in row for row in run.records["wallets"])


def test_with_detect_the_target_is_told_of_what_is_no_longer_listed(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    streams = ("projects", "pledges", "wallets")
    first = run_miimosa(config, *streams)
    world = box.world.miimosa
    backed = next(user["pledges"] for user in world.users.values() if len(user["pledges"]) > 1)
    gone = {"projects": {501, 502}, "pledges": {backed.pop()["id"]}, "wallets": set[int]()}
    for ident in gone["projects"]:
        del world.projects[ident]

    second = run_miimosa(config, *streams, state=first.state)
    third = run_miimosa(config, *streams, state=second.state)

    for run, expected in ((first, {}), (second, gone), (third, {})):
        for stream in streams:
            deleted = {r.get("id") for r in run.records[stream] if r.get("_sdc_deleted_at")}
            assert deleted == expected.get(stream, set()), stream
    # Addresses stay out of the state.
    assert not any(str(user["email"]) in str(second.state) for user in config["users"])


def test_with_detect_an_empty_answer_deletes_nothing(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect")
    first = run_miimosa(config, "projects")
    fault = {"api": "miimosa", "path": "/projects", "kind": "empty", "times": 1}
    box.control("POST", "/faults", fault)

    run = run_miimosa(config, "projects", state=first.state)

    assert not any(row.get("_sdc_deleted_at") for row in run.records["projects"])
