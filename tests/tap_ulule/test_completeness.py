"""What must not look like success: an address or ids that are wrong, pages that come empty."""

from __future__ import annotations

import typing as t

import pytest

from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_ulule._kit.paging.page_walk.PAUSES", (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    "signed", [{}, {"auth_method": "anonymous", "search_query": "sort:new"}], ids=["key", "nobody"]
)
def test_an_address_where_nothing_is_is_named(
    still: RunningSandbox, signed: dict[str, t.Any]
) -> None:
    found = run(make_config(still, **signed) | {"api_url": f"{still.url}/ulule/v2"})

    assert found.code == 2
    assert "'api_url'" in str(found.error)


@pytest.mark.parametrize(
    ("settings", "streams"),
    [
        ({"project_ids": ["nope"]}, ["projects", "tags"]),
        ({"project_ids": [999_999_999, "nope"], "partner_slugs": [PARTNER]}, ["projects"]),
        ({"user_ids": [999_999_999]}, ["projects", "tags"]),
        ({"user_ids": ["no-such-user"]}, ["users", "tags"]),
    ],
)
def test_ids_of_which_the_api_knows_none_fail_and_are_named(
    still: RunningSandbox, settings: dict[str, t.Any], streams: list[str]
) -> None:
    found = run(make_config(still, **settings), select=streams)

    assert found.code == 2
    (name,) = {*settings} - {"partner_slugs"}
    assert f"is set in '{name}'" in str(found.error)


def test_one_id_that_is_known_is_enough(still: RunningSandbox) -> None:
    known = min(still.world.ulule.partner_projects)

    found = run(make_config(still, project_ids=[known, "nope"]), select=["projects"])

    assert not found.error
    assert found.ids("projects") == [known]


def test_one_id_that_is_known_and_unchanged_is_enough(still: RunningSandbox) -> None:
    known = min(still.world.ulule.partner_projects)
    given = make_config(
        still, project_ids=[known, "nope"], partner_slugs=[PARTNER], lookback_days=0
    )
    first = run(given, select=["projects"])
    still.control("POST", "/reset")

    second = run(given, select=["projects"], state=first.state)

    assert f"/projects/{known}" not in list_paths(still)
    assert not second.error


@pytest.mark.parametrize("times", [1, None])
def test_an_empty_page_is_not_the_end(box: RunningSandbox, times: int | None) -> None:
    project = max(box.world.ulule.partner_projects, key=lambda i: len(box.world.ulule.orders[i]))
    path, query = f"/projects/{project}/orders", {"offset": None}
    fault = {"api": "ulule", "kind": "empty", "path": path, "query": query, "times": times}
    given, streams = make_config(box, project_ids=[project]), ["projects", "project_orders"]
    whole = run(given, select=streams)
    box.control("POST", "/faults", fault)

    found = run(given, select=streams)

    if times:
        assert not found.error
        assert len(found.records["project_orders"]) > 20
        assert found.records == whole.records
    else:
        assert "The list 'project_orders' ended after" in str(found.error)


def test_a_denial_is_only_remembered_once_the_credentials_are_proved(box: RunningSandbox) -> None:
    """A run that its budget stops between a dead key's 401 and the check leaves nothing behind."""
    ulule = box.world.ulule
    foreign = sorted(set(ulule.projects) - set(ulule.partner_projects))
    ordered = [ident for ident in foreign if ulule.valid_orders(ident)][:3]
    streams = ["projects", "project_orders"]
    given = make_config(box, project_ids=ordered)
    change(box, "revoke", after=r"/projects/\d+$", skip=1)
    limits = [{"requests": 5, "seconds": 3600}]
    stopping = given | {"rate_limits": limits, "max_wait": 0, "on_rate_limit": "stop"}

    stopped = run(stopping, select=streams)

    assert not stopped.error
    assert "project_orders" in str(stopped.summary["denied"])
    assert "denied" not in str(stopped.state)
