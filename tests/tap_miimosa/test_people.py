"""People: both variants of the requests, who is not there, and nothing personal on the way."""

from __future__ import annotations

import json
import traceback
import typing as t

import pytest

from tap_miimosa.tap import TapMiiMosa
from tests.harness.catalog import select
from tests.harness.sandbox import answer_with, count_paths, key_world
from tests.tap_miimosa.support import config_for, people, read_rows, run_miimosa

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

NOBODY = "nobody.at-all@example.net"


def test_the_newer_paths_are_asked_with_the_birthdate(box: RunningSandbox) -> None:
    users = people(box, birthdates=True)

    run = run_miimosa(
        config_for(box, user_endpoints="user", users=users), "pledges", "wallets"
    )  # fmt: skip

    assert run.error is None
    for stream in ("pledges", "wallets"):
        assert read_rows(run, stream) == key_world(box, "miimosa", stream)
    assert count_paths(box, "miimosa").keys() == {"GET /user/pledges", "GET /user/wallet"}


@pytest.mark.parametrize("on_denied", ["skip", "fail"])
def test_who_is_unknown_has_no_wallet_or_another_birthdate_is_a_row_that_says_so(
    on_denied: str, box: RunningSandbox
) -> None:
    users = people(box, birthdates=True)
    without = [name for name, user in box.world.miimosa.users.items() if not user["wallet"]]
    rich = users[4]
    rich["birthdate"] = "1899-12-31"
    users.insert(2, {"email": NOBODY, "birthdate": "1990-01-01"})

    run = run_miimosa(
        config_for(box, user_endpoints="user", users=users, on_denied=on_denied),
        "pledges",
        "wallets",
    )

    assert run.error is None
    absent = {row["user_email"]: row for row in run.records["wallets"] if "_status" in row}
    assert {name: row["_status"] for name, row in absent.items()} == {
        **dict.fromkeys(without, 404), NOBODY: 404, rich["email"]: 403,
    }  # fmt: skip
    assert len(run.records["wallets"]) == len(users)
    absent = {row["user_email"]: row for row in run.records["pledges"] if "_status" in row}
    assert {name: row["_status"] for name, row in absent.items()} == {
        NOBODY: 404, rich["email"]: 403,
    }  # fmt: skip
    ids = [row["id"] for row in run.records["pledges"]]
    assert None not in ids
    assert len(set(ids)) == len(ids)
    assert run.summary["denied"] == []
    assert "'wallets': 1 of 9 people: 403 (the birthdate does not match)." in run.log
    assert "'wallets': 3 of 9 people: 404 (not known, or without a wallet)." in run.log
    asked = [each for each in box.control("GET", "/requests") if "wallet" in each["path"]]
    assert len(asked) == len(users)


def test_the_row_of_who_is_not_there_keeps_its_key_and_goes_with_a_found_wallet(
    box: RunningSandbox,
) -> None:
    config = config_for(box, users=[{"email": NOBODY}])
    first = run_miimosa(config, "pledges", "wallets")
    again = run_miimosa(config, "pledges", "wallets", state=first.state)
    assert again.keyed("pledges") == first.keyed("pledges")
    answer_with(box, "miimosa", "/pledges", "", status=403)
    mismatch = run_miimosa(config, "pledges")
    assert mismatch.keyed("pledges").keys() == first.keyed("pledges").keys()
    assert [row["_status"] for row in mismatch.records["pledges"]] == [403]
    answer_with(box, "miimosa", "/wallet", {"balance": 3.5})

    found = run_miimosa(config, "wallets", state=again.state)

    assert found.keyed("wallets").keys() == first.keyed("wallets").keys()
    assert found.records["wallets"] == [{"user_email": NOBODY, "_extra": {"balance": 3.5}}]


def test_if_nobody_is_known_the_log_names_the_setting(box: RunningSandbox) -> None:
    run = run_miimosa(config_for(box, users=[{"email": NOBODY}]), "pledges")

    assert "1 of 1 people: 404" in run.log
    assert "check the setting 'user_endpoints'" in run.log


@pytest.mark.parametrize("streams", [("pledges", "wallets"), ("wallets",), ("projects", "pledges")])
def test_an_address_where_nothing_is_says_of_nobody_that_they_are_absent(
    streams: tuple[str, ...], box: RunningSandbox
) -> None:
    run = run_miimosa(config_for(box, api_url=f"{box.url}/miimosa/v3"), *streams)

    assert str(run.error) == "Nothing could be read (only 404): check 'api_url'."
    assert run.code == 2
    assert run.records == {}


def test_if_nobody_is_known_one_request_tells_that_the_address_is_right(
    box: RunningSandbox,
) -> None:
    users = [{"email": NOBODY}, {"email": f"another.{NOBODY}"}]

    run = run_miimosa(config_for(box, users=users, concurrency=1), "pledges", "wallets")

    assert run.error is None
    assert {row["_status"] for row in run.records["pledges"] + run.records["wallets"]} == {404}
    assert count_paths(box, "miimosa") == {"GET /pledges": 2, "GET /projects": 1, "GET /wallet": 2}


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_read_nothing_says_of_nobody_that_they_are_absent(
    status: int, box: RunningSandbox
) -> None:
    answer_with(box, "miimosa", "/projects", "", status=status)

    run = run_miimosa(config_for(box, users=[{"email": NOBODY}]), "pledges")

    assert "The API does not accept the credentials" in str(run.error)
    assert run.records == {}


@pytest.mark.parametrize("stream", ["pledges", "wallets"])
def test_if_only_people_are_selected_and_none_is_set_the_setting_is_named(
    stream: str, box: RunningSandbox
) -> None:
    run = run_miimosa(config_for(box, users=[]), stream)

    assert str(run.error) == "Setting 'users' is empty: there is nobody to ask for."
    assert run.code == 2
    assert box.control("GET", "/stats")["miimosa"]["requests"] == 0


def test_without_people_campaigns_are_read_all_the_same(box: RunningSandbox) -> None:
    run = run_miimosa(config_for(box, users=[]))

    assert run.error is None
    assert read_rows(run, "projects") == key_world(box, "miimosa", "projects")
    assert "pledges" not in run.records


def test_pledges_of_who_is_not_found_any_more_stay_as_they_are(box: RunningSandbox) -> None:
    config = config_for(box, deleted_records="detect", users=people(box)[2:3])
    first = run_miimosa(config, "projects", "pledges")
    answer_with(box, "miimosa", "/pledges", "", status=404)

    second = run_miimosa(config, "projects", "pledges", state=first.state)

    assert len(first.records["pledges"]) > 1
    assert [row["_status"] for row in second.records["pledges"]] == [404]


def test_a_404_on_a_later_page_is_a_failure_and_not_a_fact_about_the_person(
    box: RunningSandbox,
) -> None:
    answer_with(box, "miimosa", "/pledges", "", query={"page": "2"}, status=404)
    (person,) = people(box)[2:3]

    failed = run_miimosa(config_for(box, users=[person]), "pledges")

    assert failed.code == 1
    assert "The list 'pledges' broke off" in str(failed.error)
    assert person["email"].partition("@")[0] not in str(failed.error)
    assert len(failed.records["pledges"]) == 10
    assert not any("_status" in row for row in failed.records["pledges"])
    assert failed.summary["denied"] == []


def test_a_person_who_is_configured_twice_is_asked_for_once(box: RunningSandbox) -> None:
    run_miimosa(config_for(box, users=people(box)[4:5] * 2), "wallets")

    assert count_paths(box, "miimosa") == {"GET /wallet": 1}


@pytest.mark.parametrize("birthdate", [None, "", " "])
def test_a_missing_birthdate_is_named_and_nothing_is_asked(
    birthdate: str | None, box: RunningSandbox
) -> None:
    users = people(box, birthdates=True)[:3]
    users[1]["birthdate"] = birthdate
    if birthdate is None:
        del users[1]["birthdate"]

    run = run_miimosa(config_for(box, user_endpoints="user", users=users))

    assert str(run.error) == (
        "Setting 'users[1].birthdate' is required where 'user_endpoints' is 'user', and missing."
    )
    assert box.control("GET", "/stats")["miimosa"]["requests"] == 0


# What may go wrong while people are read, and what the run then says.
TROUBLE = [
    ({}, ""),
    ({"kind": "status", "status": 401}, ""),
    ({"kind": "status", "status": 400}, "was 400"),
    ({"kind": "body", "body": "null"}, "is null"),
    ({"kind": "body", "body": "<p>x</p>", "content_type": "text/html"}, "is HTML"),
    ({"kind": "redirect", "location": "http://127.0.0.2:9/"}, "Refused to contact"),
    ({"kind": "reset_before", "times": 1}, ""),
]


@pytest.mark.parametrize(("trouble", "message"), TROUBLE)
def test_nothing_personal_leaves_but_in_records(
    trouble: dict[str, t.Any], message: str, box: RunningSandbox
) -> None:
    users = [*people(box, birthdates=True), {"email": NOBODY, "birthdate": "1990-01-01"}]
    if trouble:
        fault = {"api": "miimosa", "path": "/user/", "skip": 5, "times": None, **trouble}
        box.control("POST", "/faults", fault)
    config = config_for(box, user_endpoints="user", users=users, concurrency=1)

    run = run_miimosa(config, "pledges", "wallets")

    assert message in str(run.error or "")
    assert bool(run.error) == bool(message)
    assert run.records["pledges"]
    others = json.dumps([each for each in run.messages if each["type"] != "RECORD"])
    raised = "".join(traceback.format_exception(run.error)) if run.error else ""
    for user in users:
        for value in user.values():
            for text in (value, value.replace("@", "%40")):
                assert text not in run.log
                assert text not in others
                assert text not in raised


def test_a_link_that_writes_the_address_otherwise_leaves_no_trace_of_it(
    box: RunningSandbox,
) -> None:
    def link(page: int) -> dict[str, str]:
        return {"Link": f'</miimosa/pledges?mail=Lise%40example.org&page={page}>; rel="next"'}

    answer_with(box, "miimosa", "/pledges", "[", query={"page": "3"}, status=400)
    answer_with(box, "miimosa", "/pledges", [{"id": 3}], link(3), query={"page": "2"})
    answer_with(box, "miimosa", "/pledges", [{"id": 1}, {"id": 2}], link(2))

    run = run_miimosa(config_for(box, users=[{"email": "lise@example.org"}]), "pledges")

    assert run.error is not None
    assert len(run.records["pledges"]) == 3
    assert "ise" not in json.dumps(run.state or {})


def test_errors_below_the_one_that_is_told_tell_nothing_personal(
    box: RunningSandbox, closed_url: str
) -> None:
    config = config_for(box, users=[{"email": NOBODY}], api_url=closed_url, retry_seconds=0)
    tap = TapMiiMosa(config=config, catalog=select(TapMiiMosa, "pledges"))

    # As a program sees it that uses the tap as a library.
    with pytest.raises(BaseException, match="Cannot reach") as caught:
        tap.run_connection_test()

    assert "nobody.at-all" not in "".join(traceback.format_exception(caught.value))


def test_reading_people_goes_on_after_the_last_one_that_was_read(box: RunningSandbox) -> None:
    users = people(box)
    box.control("POST", "/faults",
                {"api": "miimosa", "path": "/wallet", "kind": "status", "status": 400,
                 "query": {"email": users[5]["email"]}})  # fmt: skip
    config = config_for(box, concurrency=1)
    first = run_miimosa(config, "wallets")
    assert first.error is not None
    assert len(first.records["wallets"]) == 5

    second = run_miimosa(config, "wallets", state=first.state)

    assert [row["user_email"] for row in second.records["wallets"]] == [
        user["email"] for user in users[5:]
    ]
