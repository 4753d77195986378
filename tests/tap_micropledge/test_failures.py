"""Slugs that are none, settings that are wrong, answers that are not answers."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.harness.run import run_command
from tests.harness.sandbox import answer_with
from tests.tap_micropledge.support import config_for, run_tap, served

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox


def test_an_unknown_slug_is_named_on_stderr_and_the_others_go_on(
    box: RunningSandbox, tmp_path: Path
) -> None:
    config = config_for(box)
    config["project_slugs"].insert(1, "no-such-project")

    done = run_command("tap_micropledge", tmp_path, config)

    assert done.code == 0
    records = [m for m in map(json.loads, done.out.splitlines()) if m["type"] == "RECORD"]
    projects = {m["record"]["project_slug"] for m in records if m["stream"] == "projects"}
    assert projects == set(box.world.micropledge.slugs)
    (line,) = (line for line in done.log.splitlines() if "Skipped" in line)
    assert "no-such-project" in line
    assert "Traceback" not in done.log


def test_an_unknown_slug_ends_the_run_if_it_shall(box: RunningSandbox) -> None:
    config = config_for(box, project_slugs=["no-such-project"], on_denied="fail")

    run = run_tap(config)

    assert str(run.error) == (
        "microPledge answers without success for 'projects': is the slug right? "
        "The slug is 'no-such-project'."
    )


@pytest.mark.parametrize("result", ["error", "incomplete", None, 7])
def test_any_result_but_success_is_an_error_whatever_else_is_there(
    result: object, box: RunningSandbox
) -> None:
    slug, *others = box.world.micropledge.slugs
    body = {"result": result, "pledges": [], "messages": ["NotNow: <b>later</b>"]}
    answer_with(box, "micropledge", f"/projects/{slug}/pledges", body)
    # Nothing is due for a refresh, not even if the day ends between the runs.
    config = config_for(box, refresh_days=0)

    run = run_tap(config)

    assert run.error is None
    assert run.summary["denied"] == [f"pledges ({slug}): 404"]
    expected = {k: v for k, v in served(box, "pledges").items() if v["project_slug"] in others}
    assert run.keyed("pledges") == expected
    box.control("DELETE", "/faults")
    later = run_tap(config, state=run.state)
    assert {row["project_slug"] for row in later.records["pledges"]} == {slug}


@pytest.mark.parametrize("status", [404, 410])
def test_an_http_status_says_it_too(status: int, box: RunningSandbox) -> None:
    slug = box.world.micropledge.slugs[0]
    answer_with(box, "micropledge", f"^/projects/{slug}$", "gone", status=status)

    run = run_tap(config_for(box))

    assert run.error is None
    assert run.summary["denied"] == [f"projects ({slug}): {status}"]
    assert len(run.records["projects"]) == len(box.world.micropledge.slugs) - 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"project_slugs": None}, "Setting 'project_slugs' is required and missing."),
        ({"project_slugs": "a"}, "Setting 'project_slugs' must be an array, not text."),
        ({"project_slugs": ["a", 1]}, "Setting 'project_slugs[1]' must be text, not an integer."),
        ({"project_slugs": ["a", "https://micropledge.com/projects/b"]},
         "Setting 'project_slugs[1]' must be an id or the last part of a web address"),
        ({"project_slugs": [".."]}, "Setting 'project_slugs[0]' must be an id or the last part"),
        ({"project_slugs": [""]}, "Setting 'project_slugs[0]' must be an id or the last part"),
        ({"api_url": "micropledge.com"}, "Setting 'api_url' must be an http or https URL."),
        ({"refresh_days": -1}, "Setting 'refresh_days' must be at least 0."),
    ],
)  # fmt: skip
def test_wrong_settings_are_named_before_any_request(
    settings: dict[str, t.Any], message: str, box: RunningSandbox
) -> None:
    run = run_tap(config_for(box, **settings))

    assert message in str(run.error)
    assert run.code == 2
    assert box.control("GET", "/stats")["micropledge"]["requests"] == 0


def test_a_server_that_is_not_there_is_one_line_naming_the_setting(
    box: RunningSandbox, closed_url: str
) -> None:
    run = run_tap(config_for(box, api_url=closed_url, retry_seconds=0))

    assert f"Cannot reach {closed_url}" in str(run.error)
    assert "Check the setting 'api_url'." in str(run.error)


@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 500}, {"kind": "truncate"}, {"kind": "reset_before"}],
    ids=lambda fault: fault["kind"],
)
def test_what_passes_is_asked_again_and_nothing_is_lost(
    fault: dict[str, t.Any], box: RunningSandbox
) -> None:
    fault = {"api": "micropledge", "path": "^/projects/[^/]+/pledges$", "skip": 1, **fault}
    box.control("POST", "/faults", fault)

    run = run_tap(config_for(box))

    assert run.error is None
    assert run.keyed("pledges") == served(box, "pledges")
    assert run.summary["streams"]["pledges"]["retries"] == 1


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        ("<html>Welcome</html>", "text/html", "is HTML, not JSON"),
        ("null", "application/json", "is null, neither an array nor an object"),
        ("{}", "application/json", "The answer for 'pledges' has no field 'result'."),
        ('{"result": "success"}', "application/json", "is not a list of records"),
        ('{"result": "success", "pledges": null}', "application/json", "is not a list of records"),
    ],
)
def test_what_is_not_an_answer_fails_and_the_next_run_reads_it(
    body: str, kind: str, message: str, box: RunningSandbox
) -> None:
    answer_with(box, "micropledge", "^/projects/[^/]+/pledges$", body, content_type=kind)

    run = run_tap(config_for(box, concurrency=1))

    assert message in str(run.error)
    assert "pledges" not in run.records
    box.control("DELETE", "/faults")
    later = run_tap(config_for(box), state=run.state)
    assert later.keyed("pledges") == served(box, "pledges")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"project_slugs": ["no-such-project"]}, "check 'project_slugs' and 'api_url'."),
        ({"api_url": "/micro"}, "check 'project_slugs' and 'api_url'."),
    ],
)
@pytest.mark.parametrize("options", [(), ("--plan",)], ids=["run", "plan"])
def test_slugs_of_which_none_is_known_fail_in_one_line(
    settings: dict[str, t.Any],
    named: str,
    options: tuple[str, ...],
    box: RunningSandbox,
    tmp_path: Path,
) -> None:
    if "api_url" in settings:
        # Something answers there, and knows none of our paths.
        settings = {"api_url": f"{box.url}{settings['api_url']}", "project_slugs": ["x"]}

    done = run_command("tap_micropledge", tmp_path, config_for(box, **settings), *options)

    assert done.code == 2
    assert named in done.last_line
    assert "Traceback" not in done.log


def test_no_slug_at_all_is_a_wrong_setting(box: RunningSandbox, tmp_path: Path) -> None:
    done = run_command("tap_micropledge", tmp_path, config_for(box, project_slugs=[]))

    assert done.code == 2
    assert done.last_line.endswith("'project_slugs' is empty: there is no project to read.")
