"""Every way to sign in, what happens when it fails, and that no credential gets out."""

from __future__ import annotations

import base64
import json
import stat
import typing as t

import pytest

from tests.harness.run import unpack_state
from tests.harness.sandbox import answer_with
from tests.tap_ulule.support import KEY, PARTNER, change, list_paths, make_config, run, run_command

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

PASSWORD = "sandbox-ulule-password"
CLIENT = {"client_id": "sandbox-ulule-client", "client_secret": "sandbox-ulule-secret"}
LOGIN = {"username": PARTNER, "password": PASSWORD}
ORDERS = ["projects", "project_orders"]
BEFORE_STRICT, STRICT = "2020-10-06", "2020-10-07"
ME = 7001


def oauth2(box: RunningSandbox, **more: object) -> dict[str, t.Any]:
    return make_config(box, auth_method="oauth2", partner_slugs=[PARTNER], **CLIENT, **more)


def tokens_asked(box: RunningSandbox) -> int:
    return list_paths(box).count("/oauth2/token/")


@pytest.mark.parametrize(
    "settings",
    [
        {"auth_method": "api_key", "api_key": KEY},
        {"auth_method": "api_key", "api_key": KEY, "api_key_scheme": "APIKey"},
        {"auth_method": "api_key", "api_key": KEY, "username": PARTNER},
        {"auth_method": "basic", **LOGIN},
        {"auth_method": "oauth2", **CLIENT, **LOGIN},
    ],
    ids=["key", "newer spelling", "name and key", "basic", "oauth2"],
)
def test_each_way_to_sign_in_reads_orders(
    still: RunningSandbox, settings: dict[str, t.Any]
) -> None:
    found = run(make_config(still, partner_slugs=[PARTNER], **settings), select=ORDERS)

    assert not found.error
    assert found.records["project_orders"]


def test_anonymous_runs_read_what_is_public_and_ask_for_nothing_else(
    still: RunningSandbox,
) -> None:
    ident = min(still.world.ulule.partner_projects)

    found = run(make_config(still, auth_method="anonymous", project_ids=[ident]))

    assert not found.error
    assert found.records["projects"]
    assert not [path for path in list_paths(still) if path == "/me" or path.endswith("/orders")]
    statuses = {entry["status"] for entry in still.control("GET", "/requests")}
    assert statuses == {200}


@pytest.mark.parametrize("version", [BEFORE_STRICT, STRICT])
@pytest.mark.parametrize(
    "wrong", [{"auth_method": "api_key"}, {"auth_method": "basic", "username": PARTNER}]
)
def test_wrong_credentials_fail_though_the_answers_would_be_200(
    still: RunningSandbox, version: str, wrong: dict[str, str]
) -> None:
    secret = (
        {"password": "wrong-secret-1"} if "username" in wrong else {"api_key": "wrong-secret-1"}
    )

    found = run(make_config(still, search_query="sort:new", api_version=version, **wrong, **secret))

    assert found.code == 1
    assert "does not accept the credentials" in str(found.error)
    assert found.records == {}
    assert list_paths(still)[1:] == ["/me"]


@pytest.mark.parametrize(
    ("version", "whose", "questions"),
    [
        ("2017-10-10", "mine", 0),  # the project says that it is mine
        ("2017-10-10", "somebody's", 2),  # anybody would get it: before the first, after the last
        (BEFORE_STRICT, "somebody's", 2),
        (STRICT, "somebody's", 0),  # wrong credentials would not get it
    ],
)
def test_who_we_are_is_only_asked_where_the_answers_do_not_tell(
    still: RunningSandbox, version: str, whose: str, questions: int
) -> None:
    ulule = still.world.ulule
    mine = [ident for ident, row in ulule.projects.items() if row["owner_id"] == ME]
    foreign = sorted(set(ulule.projects) - set(mine))
    ids = mine if whose == "mine" else foreign

    found = run(make_config(still, project_ids=ids, api_version=version), select=["projects"])

    assert found.ids("projects") == ids
    assert list_paths(still).count("/me") == questions


def test_a_token_that_expires_between_two_pages_is_replaced(box: RunningSandbox) -> None:
    project = max(box.world.ulule.partner_projects, key=lambda i: len(box.world.ulule.orders[i]))
    whole = run(make_config(box, project_ids=[project]), select=ORDERS)
    # It holds for longer than the endpoint says, so that a busy machine is not refused for it.
    token = box.sandbox.ulule.tokens.issue(3600)
    answer_with(box, "ulule", "/oauth2/token/", {"access_token": token, "expires_in": 1})
    # Each page takes so long that no token sees two of them.
    fault = {"kind": "delay", "seconds": 0.6, "path": f"/projects/{project}/orders", "times": None}
    box.control("POST", "/faults", fault)

    given = make_config(box, auth_method="oauth2", project_ids=[project], **CLIENT, **LOGIN)
    found = run(given, select=ORDERS)

    assert not found.error
    assert found.records["project_orders"] == whole.records["project_orders"]
    assert len(found.records["project_orders"]) > 20
    assert tokens_asked(box) >= 2
    assert {entry["status"] for entry in box.control("GET", "/requests")} == {200}


def test_a_token_that_ends_early_is_replaced_once_for_all_in_flight(box: RunningSandbox) -> None:
    box.control("PUT", "/options", {"latency_ms": 30})
    change(box, "expire_tokens", after=r"/projects/\d+$")

    given = oauth2(box, refresh_token=run_token(box), concurrency=4, api_version=STRICT)
    found = run(given, select=ORDERS)

    assert not found.error
    assert found.summary["denied"] == []
    assert {entry["status"] for entry in box.control("GET", "/requests")} == {200, 401}
    assert tokens_asked(box) == 2


def run_token(box: RunningSandbox) -> str:
    """The refresh token that the sandbox gives to whoever signs in by password."""
    ulule = box.sandbox.ulule
    token = ulule.tokens.refresh_token
    assert isinstance(token, str)
    return token


def test_one_token_serves_a_whole_run(box: RunningSandbox) -> None:
    run(oauth2(box, **LOGIN, concurrency=8), select=ORDERS)

    assert tokens_asked(box) == 1


def test_a_given_access_token_is_used_as_it_is(box: RunningSandbox) -> None:
    ulule = box.sandbox.ulule
    token = ulule.tokens.issue(3600)
    given = make_config(box, auth_method="oauth2", access_token=token, partner_slugs=[PARTNER])

    found = run(given, select=ORDERS)
    change(box, "revoke")
    refused = run(given, select=ORDERS)

    assert found.records["project_orders"]
    assert tokens_asked(box) == 0
    assert refused.code == 1


def test_a_rotated_refresh_token_is_there_for_the_next_run(
    box: RunningSandbox, tmp_path: Path
) -> None:
    box.control("PUT", "/options", {"ulule_rotate_refresh": 1})
    path = tmp_path / "tokens" / "ulule.json"
    first_token = run_token(box)
    given = oauth2(box, refresh_token=first_token, token_path=str(path))

    for _ in range(3):
        assert not run(given, select=ORDERS).error
        change(box, "expire_tokens")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    kept = json.loads(path.read_text())
    assert kept["refresh_token"] == run_token(box) != first_token
    # Without the file the second run has a token that no longer counts.
    lost = run(oauth2(box, refresh_token=first_token), select=ORDERS)
    assert lost.code == 1
    assert "refresh_token grant" in str(lost.error)


def test_a_kept_token_that_still_holds_costs_no_request(
    box: RunningSandbox, tmp_path: Path
) -> None:
    given = oauth2(box, **LOGIN, token_path=str(tmp_path / "tokens.json"))
    run(given, select=ORDERS)
    box.control("POST", "/reset")

    run(given, select=ORDERS)

    assert tokens_asked(box) == 0


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"auth_method": "api_key"}, "api_key"),
        ({"auth_method": "basic", "username": "x"}, "password"),
        ({"auth_method": "oauth2"}, "refresh_token"),
        ({"auth_method": "oauth2", "refresh_token": "abcdef"}, "client_id"),
        ({"auth_method": "anonymous"}, "project_ids"),
    ],
)
def test_a_missing_setting_is_named(
    still: RunningSandbox, settings: dict[str, t.Any], named: str
) -> None:
    found = run(make_config(still, **settings))

    assert found.code == 2
    assert f"'{named}'" in str(found.error)
    assert list_paths(still) == []


@pytest.mark.parametrize("method", ["api_key", "basic", "oauth2"])
@pytest.mark.parametrize("broken", [False, True], ids=["works", "fails"])
def test_no_credential_in_logs_state_or_urls(
    box: RunningSandbox, tmp_path: Path, method: str, *, broken: bool
) -> None:
    secrets = {"api_key": KEY, "password": PASSWORD, "client_secret": CLIENT["client_secret"]}
    ulule = box.sandbox.ulule
    secrets["refresh_token"] = ulule.tokens.refresh_token
    if broken:
        change(box, "revoke", after="/projects/")
    given = make_config(
        box,
        auth_method=method,
        partner_slugs=[PARTNER],
        username=PARTNER,
        client_id=CLIENT["client_id"],
        **secrets,
    )

    found: Run = run_command(tmp_path, given, select=ORDERS)

    assert (found.code != 0) is broken
    pairs = (f"{PARTNER}:{PASSWORD}", f"{CLIENT['client_id']}:{CLIENT['client_secret']}")
    hidden = [*secrets.values(), *(base64.b64encode(pair.encode()).decode() for pair in pairs)]
    urls = [entry["path"] + entry["query"] for entry in box.control("GET", "/requests")]
    written = found.log + json.dumps(found.states) + "".join(urls)
    assert not [secret for secret in hidden if secret in written]


def test_a_link_to_another_origin_is_never_followed(box: RunningSandbox) -> None:
    with_elsewhere = {
        "comments": [{"id": 1, "submit_date": "2026-01-01T00:00:00Z"}],
        "meta": {"next": "http://localhost:9/projects?limit=20"},
    }
    project = max(box.world.ulule.projects)
    box.control("POST", "/faults", {
        "kind": "body", "path": f"/projects/{project}/comments", "times": None,
        "body": json.dumps(with_elsewhere),
    })  # fmt: skip

    found = run(make_config(box, project_ids=[project]), select=["projects", "project_comments"])

    assert found.code == 1
    assert "not the configured API" in str(found.error)


def test_discussions_are_read_where_the_setting_says(box: RunningSandbox) -> None:
    elsewhere = make_config(box) | {"discussions_url": f"{box.url}/ulule/v1"}

    found = run(make_config(box), select=["threads"])
    lost = run(elsewhere, select=["me", "threads"])

    assert found.records["threads"]
    assert lost.summary["denied"] == ["threads: 404"]


def test_a_denied_list_is_not_a_denial_of_the_credentials(still: RunningSandbox) -> None:
    found = run(make_config(still, partner_slugs=["somebody-else"]), select=["partner_users"])

    assert not found.error
    assert [line for line in found.summary["denied"] if line.startswith("partner_users")]


def test_projects_of_users_prove_nothing_where_anybody_may_read_them(
    box: RunningSandbox,
) -> None:
    given = make_config(box, user_ids=[7002], api_version="2018-12-12")
    first = run(given, select=["projects"])
    box.control("POST", "/reset")

    run(given, state=first.state, select=["projects"])

    assert list_paths(box) == ["/users/7002/projects", "/me", "/me"]


def test_a_grant_that_is_refused_in_the_middle_settles_nothing(box: RunningSandbox) -> None:
    given = oauth2(box, refresh_token=run_token(box))
    streams = ["projects", "project_comments", "project_news", "project_orders"]
    change(box, "expire_tokens", after=r"/projects/\d+/comments$", skip=1)
    refusal = {"kind": "status", "status": 400, "path": "/oauth2/token/", "skip": 1, "times": None}
    box.control("POST", "/faults", {"api": "ulule", **refusal})

    failed = run(given, select=streams)

    assert failed.code == 1
    assert "refresh_token grant" in str(failed.error)
    assert not any(unpack_state(failed.state)["bookmarks"].values())
