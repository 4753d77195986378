"""Credentials that stop working in the middle of a run, and lists that only look so."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.run import unpack_state
from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

ORDERS = ["projects", "project_orders"]
STRICT = "2020-10-07"


def with_pages_of_orders(box: RunningSandbox) -> int:
    """The partner's project with the most orders: more than a page."""
    ulule = box.world.ulule
    return max(ulule.partner_projects, key=lambda ident: len(ulule.valid_orders(ident)))


@pytest.mark.parametrize("version", ["2017-10-10", STRICT])
def test_a_key_that_loses_its_rights_in_the_middle(box: RunningSandbox, version: str) -> None:
    streams = ["projects", "project_comments", "project_news", "project_orders"]
    given = make_config(box, partner_slugs=[PARTNER], api_version=version)
    change(box, "revoke", after=r"/projects/\d+/comments$", skip=1)

    failed = run(given, select=streams)
    change(box, "restore")
    mended = run(given, state=failed.state, select=streams)
    fresh = run(given, select=streams)

    assert failed.code == 1
    assert "stopped accepting the credentials" in str(failed.error)
    # Nothing of the failed run counts: what it read may have been poorer than it looked.
    assert not any(unpack_state(failed.state)["bookmarks"].values())
    assert mended.records == fresh.records


def test_a_lost_key_is_noticed_when_only_public_lists_follow(box: RunningSandbox) -> None:
    foreign = [ident for ident in box.world.ulule.projects
               if ident not in box.world.ulule.partner_projects]  # fmt: skip
    change(box, "revoke", after=r"/projects/\d+$", skip=1)

    found = run(make_config(box, project_ids=foreign), select=["projects", "project_comments"])

    assert found.code == 1
    assert "stopped accepting the credentials" in str(found.error)


@pytest.mark.parametrize("status", [401, 404])
def test_a_private_list_that_breaks_off_while_the_credentials_work(
    box: RunningSandbox, status: int
) -> None:
    project = with_pages_of_orders(box)
    refusal = {"kind": "status", "status": status, "times": None, "query": {"offset": "20"}}
    box.control("POST", "/faults", {"path": f"/projects/{project}/orders", **refusal})
    given = make_config(box, project_ids=[project])

    failed = run(given, select=ORDERS)
    asked = list_paths(box)
    box.control("DELETE", "/faults")
    mended = run(given, state=failed.state, select=ORDERS)

    assert failed.code == 1
    assert "The list 'project_orders' broke off" in str(failed.error)
    assert ("the credentials still work" in str(failed.error)) is (status == 401)
    assert asked[-1] == "/me"
    assert {row["id"] for row in failed.records["project_orders"]} < set(
        mended.ids("project_orders")
    )


@pytest.mark.parametrize("version", ["2017-10-10", STRICT])
def test_credentials_that_end_between_two_pages_of_a_private_list(
    box: RunningSandbox, version: str
) -> None:
    project = with_pages_of_orders(box)
    change(box, "revoke", after=f"/projects/{project}/orders$")
    given = make_config(box, project_ids=[project], api_version=version)

    failed = run(given, select=ORDERS)

    assert failed.code == 1
    assert "stopped accepting the credentials" in str(failed.error)
    assert not any(unpack_state(failed.state)["bookmarks"].values())
