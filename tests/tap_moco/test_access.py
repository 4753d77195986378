"""Who reads: keys, passwords, impersonation, and what a role may not see."""

from __future__ import annotations

import typing as t

import pytest

from tests.tap_moco.support import config_for, run_command, run_tap, select, world

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

EMAIL, PASSWORD = "agence@example.org", "sandbox-moco-password"


@pytest.mark.parametrize("scheme", ["token", "bearer"])
def test_a_key_is_sent_as_token_or_as_bearer(scheme: str, box: RunningSandbox) -> None:
    run = run_tap(config_for(box, auth_scheme=scheme), catalog=select("deals"))

    assert run.error is None
    assert run.records["deals"]


def test_email_and_password_are_exchanged_for_a_key_once(box: RunningSandbox) -> None:
    config = config_for(box, api_key=None, email=EMAIL, password=PASSWORD)
    box.control("POST", "/reset")

    run = run_tap(config, catalog=select("deals", "units"))

    assert run.records["deals"]
    paths = box.control("GET", "/stats")["moco"]["by_path"]
    assert paths == {"POST /session": 1, "GET /deals": 1, "GET /units": 1}
    for secret in (EMAIL, PASSWORD, "sandbox-moco-key"):
        assert secret not in run.log


def test_a_wrong_password_is_told_in_one_line(box: RunningSandbox, tmp_path: Path) -> None:
    config = config_for(box, api_key=None, email=EMAIL, password="not-the-password")

    done = run_command(config, tmp_path)

    assert done.code == 2
    assert "MOCO does not accept 'email' and 'password'." in done.log
    assert "not-the-password" not in done.log
    assert EMAIL not in done.log
    assert "Traceback" not in done.log


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api_key": None}, "Setting 'api_key' is required and missing"),
        ({"api_key": None, "email": EMAIL}, "Setting 'password' is required and missing"),
        (
            {"api_key": None, "email": EMAIL, "password": PASSWORD, "api_url": "http://moco.test"},
            "Setting 'api_url' must be an https URL",
        ),
        ({"api_url": None}, "Setting 'domain' is required and missing"),
    ],
)
def test_missing_or_unsafe_credentials_are_refused_before_any_request(
    settings: dict[str, t.Any], message: str, box: RunningSandbox
) -> None:
    run = run_tap(config_for(box, **settings))

    assert run.error is not None
    assert message in str(run.error)
    assert box.control("GET", "/stats")["moco"]["requests"] == 0


def test_an_impersonated_user_is_whose_activities_come(box: RunningSandbox) -> None:
    user = world(box, "activities")[0]["user"]["id"]

    run = run_tap(config_for(box, impersonate_user_id=user), catalog=select("activities"))

    mine = {row["id"] for row in world(box, "activities") if row["user"]["id"] == user}
    assert {row["id"] for row in run.records["activities"]} == mine


def test_streams_that_a_role_may_not_read_are_skipped_and_named(box: RunningSandbox) -> None:
    config = config_for(box, api_key="sandbox-moco-readonly")

    run = run_tap(config, catalog=select("deals", "invoices", "activities"))

    assert run.error is None
    assert run.records.keys() == {"deals"}
    assert run.summary["denied"] == ["activities: 403", "invoices: 403"]


def test_a_child_that_may_not_be_read_is_told_once_and_asked_no_further(
    box: RunningSandbox,
) -> None:
    fault = {"api": "moco", "path": r"^/offers/\d+$", "kind": "status", "status": 403,
             "body": '{"errors": ["no"]}', "times": None}  # fmt: skip
    box.control("POST", "/faults", fault)
    config = config_for(box, concurrency=1)

    run = run_tap(config, catalog=select("offers", "offer_details"))

    assert run.summary["denied"] == ["offer_details: 403"]
    assert run.summary["streams"]["offer_details"]["requests"] == 1
    box.control("DELETE", "/faults")
    later = run_tap(config, catalog=select("offers", "offer_details"), state=run.state)
    assert len(later.records["offer_details"]) == len(world(box, "offers"))


def test_beta_lists_that_the_account_has_not_are_one_line_each(box: RunningSandbox) -> None:
    box.control("PUT", "/options", {"moco_missing": ["todos", "planned_purchases"]})
    catalog = select("todos", "planned_purchases", "units")

    run = run_tap(config_for(box, on_denied="fail"), catalog=catalog)

    assert run.error is None
    lines = [line for line in run.log.splitlines() if "does not offer it (beta)" in line]
    assert len(lines) == 2
    assert run.summary["denied"] == ["planned_purchases: 404", "todos: 404"]


def test_the_test_option_says_what_the_key_may_read(box: RunningSandbox, tmp_path: Path) -> None:
    box.control("PUT", "/options", {"moco_missing": ["todos"]})

    done = run_command(config_for(box, api_key="sandbox-moco-readonly"), tmp_path, "--test")

    rows = {line.split()[0]: line.split()[1:] for line in done.out.splitlines()}
    assert done.code == 0, done.log
    assert "Credentials: accepted (GET /session)" in done.out
    assert rows["deals"] == ["200", "sales"]
    assert rows["activities"] == ["403", "time_tracking", "no", "permission"]
    assert rows["todos"] == ["404", "projects", "not", "offered"]
    refused = [name for name, cells in rows.items() if cells[:1] in (["403"], ["404"])]
    assert f"{len(refused)} of them not readable." in done.out
    asked = box.control("GET", "/stats")["moco"]["by_path"]
    assert asked["GET /session"] == 1
    assert asked["GET /deals"] == 1


def test_the_test_option_refuses_a_key_that_does_not_work(
    box: RunningSandbox, tmp_path: Path
) -> None:
    done = run_command(config_for(box, api_key="no-such-key"), tmp_path, "--test")

    assert done.code == 2
    assert "MOCO does not accept the credentials (401)." in done.log
    assert "no-such-key" not in done.out + done.log
    assert "Traceback" not in done.log


@pytest.mark.parametrize("domain", ["my agency", "https://my-agency.mocoapp.com", "-x", "a.b"])
def test_a_domain_that_is_not_a_subdomain_is_a_wrong_setting(domain: str, tmp_path: Path) -> None:
    done = run_command({"domain": domain, "api_key": "key"}, tmp_path)
    assert done.code == 2
    assert "Setting 'domain' must be the account's subdomain alone" in done.last_line
    assert "Traceback" not in done.log
