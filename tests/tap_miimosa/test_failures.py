"""What goes wrong: with the settings, with the server, with an answer."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.run import run_command
from tests.harness.sandbox import answer_with, key_world
from tests.tap_miimosa.support import KEY, config_for, read_rows, run_miimosa

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

SECRET = "key-that-nobody-may-see"
REFUSED = [
    ({"api_key": None}, "Setting 'api_key' is required and missing."),
    ({"api_key": f"{SECRET}\n"}, "Setting 'api_key' must be plain text without line breaks"),
    ({"api_key": ""}, "Setting 'api_key' is required and empty."),
    ({"authorization_format": SECRET}, "'authorization_format' must contain {api_key}."),
    ({"authorization_format": "é {api_key}"}, "'authorization_format' must be ASCII text"),
    ({"users": SECRET}, "Setting 'users' must be an array, not text."),
    ({"users": [SECRET]}, "Setting 'users[0]' must be an object, not text."),
    ({"users": [{"name": SECRET}]}, "Setting 'users[0].email' is required and missing."),
    ({"users": [{"email": 7}]}, "Setting 'users[0].email' must be text, not an integer."),
    ({"users": [{"email": SECRET}]}, "Setting 'users[0].email' must be an e-mail address."),
    ({"user_endpoints": SECRET}, "Setting 'user_endpoints' must be one of: v1, user."),
    ({"category": SECRET}, "Setting 'category' must be one of: apiculture, aquaculture"),
    ({"order": SECRET}, "Setting 'order' must be one of: populars, in_progress, recent."),
    ({"api_url": "miimosa"}, "Setting 'api_url' must be an http or https URL."),
    ({"concurrency": 0}, "Setting 'concurrency' must be at least 1."),
]


@pytest.mark.parametrize(("settings", "message"), REFUSED)
def test_wrong_settings_are_named_without_their_values_before_any_request(
    settings: dict[str, t.Any], message: str, box: RunningSandbox
) -> None:
    run = run_miimosa(config_for(box, **settings))

    assert message in str(run.error)
    assert "\n" not in str(run.error)
    assert SECRET not in str(run.error) + run.log
    assert run.code == 2
    assert box.control("GET", "/stats")["miimosa"]["requests"] == 0


def test_a_missing_key_is_one_line_on_the_command_line(box: RunningSandbox, tmp_path: Path) -> None:
    done = run_command("tap_miimosa", tmp_path, config_for(box, api_key=None))

    assert done.code == 2
    assert done.out == ""
    (line,) = done.log.splitlines()[-1:]
    assert "Setting 'api_key' is required and missing." in line
    assert "Traceback" not in done.log


def test_a_key_that_does_not_work_is_one_line(box: RunningSandbox) -> None:
    run = run_miimosa(config_for(box, api_key=SECRET))

    assert "The API does not accept the credentials: check the configuration." in str(run.error)
    assert SECRET not in str(run.error) + run.log


def test_a_server_that_is_not_there_is_one_line_naming_the_setting(
    box: RunningSandbox, closed_url: str
) -> None:
    run = run_miimosa(config_for(box, api_url=closed_url, retry_seconds=0))

    assert str(run.error) == (
        f"Cannot reach {closed_url}: the connection was refused. Check the setting 'api_url'."
    )


PASSING = [
    {"kind": "status", "status": 500},
    {"kind": "truncate"},
    {"kind": "reset_after"},
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: fault["kind"])
def test_what_passes_is_asked_again_and_nothing_is_lost(
    fault: dict[str, t.Any], box: RunningSandbox
) -> None:
    box.control("POST", "/faults", {"api": "miimosa", "path": "/pledges", "skip": 2, **fault})

    run = run_miimosa(config_for(box), "pledges")

    assert run.error is None
    assert read_rows(run, "pledges") == key_world(box, "miimosa", "pledges")
    assert run.summary["streams"]["pledges"]["retries"] == 1


LASTING = [
    ("<html><body>Maintenance</body></html>", "text/html", "is HTML, not JSON"),
    ("null", "application/json", "is null, neither an array nor an object"),
    ('{"error": "nothing to see"}', "application/json", "tells of an error"),
    ("7", "application/json", "is int, neither an array nor an object"),
    ('{"results": []}', "application/json", "is not a list of records"),
    ("[1, 2]", "application/json", "is not a list of records"),
    ('[{"title": "x"}]', "application/json", "A record of 'projects' has no 'id'."),
]


@pytest.mark.parametrize(("body", "kind", "message"), LASTING)
def test_what_is_not_an_answer_fails_and_is_never_an_empty_list(
    body: str, kind: str, message: str, box: RunningSandbox
) -> None:
    answer_with(box, "miimosa", "/projects", body, content_type=kind)

    run = run_miimosa(config_for(box), "projects")

    assert message in str(run.error)
    assert run.records == {}


def test_pages_that_go_in_a_circle_end_the_run(box: RunningSandbox) -> None:
    answer_with(box, "miimosa", "/projects", [{"id": 2}],
           {"Link": '</miimosa/projects?page=1>; rel="next"'}, query={"page": "2"})  # fmt: skip
    answer_with(box, "miimosa", "/projects", [{"id": 1}],
           {"Link": '</miimosa/projects?page=2>; rel="next"'})  # fmt: skip

    run = run_miimosa(config_for(box), "projects")

    assert "The pages of 'projects' go in a circle" in str(run.error)


@pytest.mark.parametrize("on_denied", ["skip", "fail"])
def test_a_project_that_went_away_meanwhile_is_named_or_ends_the_run(
    on_denied: str, box: RunningSandbox
) -> None:
    gone = next(iter(box.world.miimosa.projects))
    path = f"/projects/{gone}"
    box.control("POST", "/faults",
                {"api": "miimosa", "path": path, "kind": "status", "status": 404})  # fmt: skip

    run = run_miimosa(config_for(box, on_denied=on_denied), "projects", "project_details")

    if on_denied == "fail":
        assert f"{path} was 404" in str(run.error)
    else:
        others = {key for key in key_world(box, "miimosa", "projects") if key != (str(gone),)}
        assert run.error is None
        assert run.keyed("project_details").keys() == others
        assert run.summary["denied"] == [f"project_details ({gone}): 404"]


def test_a_limit_that_the_api_sets_is_waited_out(box: RunningSandbox) -> None:
    box.control("POST", "/faults", {"api": "miimosa", "path": "/projects", "kind": "status",
                                    "status": 429, "headers": {"Retry-After": "0"}})  # fmt: skip

    run = run_miimosa(config_for(box), "projects")

    assert run.error is None
    assert read_rows(run, "projects") == key_world(box, "miimosa", "projects")
    assert run.summary["refused"] == 1
    assert KEY not in run.log


def test_an_address_where_nothing_is_fails_though_people_are_set(box: RunningSandbox) -> None:
    run = run_miimosa(config_for(box, api_url=f"{box.url}/miimosa/v3"))

    assert str(run.error) == "Nothing could be read (only 404): check 'api_url'."


@pytest.mark.parametrize("requests", [1, 2, 5])
def test_a_key_that_ends_in_the_middle_fails(requests: int, box: RunningSandbox) -> None:
    fault = {"api": "miimosa", "kind": "revoked", "skip": requests, "times": None}
    box.control("POST", "/faults", fault)

    # Requests arrive in the order in which they are made.
    run = run_miimosa(config_for(box, concurrency=1))

    assert run.code == 1
    assert "The API stopped accepting the credentials" in str(run.error)
    assert KEY not in str(run.error) + run.log


@pytest.mark.parametrize("times", [1, None])
def test_an_empty_page_is_not_the_end(
    times: int | None, box: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_miimosa._kit.paging.page_walk.PAUSES", (0.0, 0.0, 0.0))
    fault = {"api": "miimosa", "path": "^/projects$", "kind": "empty", "query": {"page": "2"}}
    box.control("POST", "/faults", {**fault, "times": times})

    run = run_miimosa(config_for(box), "projects")

    if times:
        assert run.error is None
        assert read_rows(run, "projects") == key_world(box, "miimosa", "projects")
    else:
        assert "The list 'projects' ended after" in str(run.error)
