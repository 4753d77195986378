"""How few requests a run needs: the numbers follow from the sandbox's world."""

from __future__ import annotations

import math
import time
import typing as t

import pytest

from sandbox.testing import running_sandbox
from sandbox.world.ulule.activity import count
from tap_ulule.tap import TapUlule
from tests.harness.run import unpack_state
from tests.tap_ulule.support import change, list_paths, make_config, run, run_command

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

SLUG = "grand-compte"
SIZES = {
    "projects": 30, "comments": 20, "news": 5, "supporters": 45, "orders": 45, "rewards": 3,
}  # fmt: skip
STREAMS = (
    "me", "partner_projects", "projects", "project_rewards", "project_comments", "project_news",
    "news_comments", "project_supporters", "project_orders",
)  # fmt: skip
PAGE = 20
WHO_AM_I = 1


def pages(rows: int) -> int:
    return math.ceil(rows / PAGE)


def lists_of_a_project() -> int:
    counted = ("comments", "news", "supporters", "orders")
    return sum(pages(SIZES[name]) for name in counted)


def commented_news(box: RunningSandbox) -> int:
    ulule = box.world.ulule
    news = [row for ident in ulule.partners[SLUG] for row in ulule.news[ident]]
    return sum(pages(len(ulule.news_comments[row["id"]])) for row in news)


def test_a_partner_with_many_projects() -> None:
    with running_sandbox(scale=0.05) as box:
        change(box, "partner", slug=SLUG, sizes=SIZES)
        given = make_config(box, partner_slugs=[SLUG], concurrency=4)

        first = run(given, select=STREAMS)
        each_page_once(box, first)

        box.control("POST", "/reset")
        second = run(given, state=first.state, select=STREAMS)
        the_lists_only(box, second)

        project = sorted(box.world.ulule.partners[SLUG])[7]
        (comment,) = change(box, "add_comments", project=project, count=1)
        box.control("POST", "/reset")
        third = run(given, state=second.state, select=STREAMS)

        # Anybody may read comments: they prove no credentials, so /me is asked once more.
        below = list_paths(box)[WHO_AM_I + pages(SIZES["projects"]) :]
        assert below == [f"/projects/{project}", f"/projects/{project}/comments", "/me"]
        assert comment in third.ids("project_comments")
        assert third.ids("projects") == [project]


def each_page_once(box: RunningSandbox, found: Run) -> None:
    projects = SIZES["projects"]
    lists = pages(projects) + projects * lists_of_a_project() + commented_news(box)

    assert not found.error
    assert found.summary["requests"] == WHO_AM_I + projects + lists
    assert found.summary["refused"] == 0
    assert found.summary["denied"] == []
    assert len(set(found.ids("projects"))) == projects
    for name in ("rewards", "comments", "news", "orders"):
        assert len(set(found.ids(f"project_{name}"))) == projects * SIZES[name]
    assert len(found.records["project_supporters"]) == projects * SIZES["supporters"]


def the_lists_only(box: RunningSandbox, found: Run) -> None:
    lists = [f"/partners/{SLUG}/projects"] * pages(SIZES["projects"])

    assert list_paths(box) == ["/me", *lists]
    assert set(found.records) == {"me", "partner_projects"}


def test_a_counter_of_zero_means_no_request(still: RunningSandbox) -> None:
    ulule = still.world.ulule
    silent = next(
        ident
        for ident, project in ulule.projects.items()
        if project["is_online"] and not ulule.comments[ident]
    )

    run(make_config(still, project_ids=[silent]), select=["projects", "project_comments"])

    assert [path for path in list_paths(still) if path != "/me"] == [f"/projects/{silent}"]


def test_a_project_reached_on_three_ways_is_read_once(still: RunningSandbox) -> None:
    ident = min(still.world.ulule.partner_projects)
    slug = still.world.ulule.projects[ident]["slug"]

    found = run(
        make_config(
            still,
            project_ids=[slug, ident],
            partner_slugs=["agence-exemple"],
            user_ids=["me"],
            search_query=f"selected_ids:{ident}",
        ),
        select=["projects"],
    )

    assert list_paths(still).count(f"/projects/{ident}") == 1
    assert f"/projects/{slug}" not in list_paths(still)
    assert found.ids("projects").count(ident) == 1


def test_without_a_source_the_projects_of_me_are_read(still: RunningSandbox) -> None:
    found = run(make_config(still), select=["projects"])

    ulule = still.world.ulule
    mine = {ident for ident, row in ulule.projects.items() if row["owner_id"] == 7001}
    assert set(found.ids("projects")) == mine


def test_rewards_variants_and_tags_cost_nothing(still: RunningSandbox) -> None:
    streams = ["projects", "project_rewards", "reward_variants", "tags", "categories",
               "category_tags"]  # fmt: skip
    found = run(make_config(still, partner_slugs=["agence-exemple"]), select=streams)

    paths = set(list_paths(still))
    assert not [path for path in paths if "rewards" in path or "categories" in path]
    assert list_paths(still).count("/tags") == 1
    assert found.records["reward_variants"]
    assert {row["category_id"] for row in found.records["category_tags"]} == set(
        found.ids("categories")
    )


def test_newer_versions_bring_lists_with_the_project(still: RunningSandbox) -> None:
    streams = ["projects", "project_tags", "project_analytics_tags", "project_videos",
               "project_sponsorships", "project_partnerships"]  # fmt: skip

    found = run(
        make_config(still, partner_slugs=["agence-exemple"], api_version="2020-11-10"),
        select=streams,
    )

    below = [path for path in list_paths(still) if path.count("/") > 2 and "/partners/" not in path]
    assert below == []
    assert set(found.records) == set(streams)


def test_orders_that_were_refused_are_not_asked_for_again(box: RunningSandbox) -> None:
    foreign = max(box.world.ulule.projects)
    given = make_config(box, project_ids=[foreign])
    streams = ["projects", "project_orders"]

    first = run(given, select=streams)
    box.control("POST", "/reset")
    second = run(given, state=first.state, select=streams)
    again = list_paths(box)
    box.control("POST", "/reset")
    # Another user's credentials: here, the same ones made known as somebody else's.
    state = unpack_state(second.state)
    entries = state["bookmarks"]["project_orders"]["signals"]
    entries[str(foreign)][0] = "denied 1"
    third = run(given, state=state, select=streams)

    assert f"project_orders ({foreign}): 401" in first.summary["denied"]
    assert f"/projects/{foreign}/orders" not in again
    assert second.summary["denied"] == []
    assert f"/projects/{foreign}/orders" in list_paths(box)
    assert len(third.summary["denied"]) == 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_lookback_finds_an_order_whose_status_moved_no_counter(
    box: RunningSandbox, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    # No clock tells one run from the next.
    monkeypatch.setattr(TapUlule, "initialized_at", int(time.time() * 1000))
    ulule = box.world.ulule
    project, order = next(
        (ident, row)
        for ident in sorted(ulule.partner_projects)
        for row in sorted(ulule.valid_orders(ident), key=lambda row: -row["at"])
        if not count(ulule, ulule.projects[ident])["finished"]
        and not ulule.projects[ident]["is_cancelled"]
    )
    streams = ["projects", "project_orders"]
    given = {"partner_slugs": ["agence-exemple"], "concurrency": concurrency}
    looking = make_config(box, **given, lookback_days=30)
    gated = make_config(box, **given, lookback_days=0)
    first_looking, first_gated = run(looking, select=streams), run(gated, select=streams)
    change(box, "order_status", order=order["id"], status="shipped")

    found = run(looking, state=first_looking.state, select=streams)
    quiet = run(gated, state=first_gated.state, select=streams)

    assert (order["id"], "shipped") in [
        (row["id"], row["status"]) for row in found.records["project_orders"]
    ]
    assert f"/projects/{project}" not in quiet.records
    assert quiet.records.get("project_orders", []) == []


def test_comments_on_old_news_are_found_at_the_refresh(box: RunningSandbox) -> None:
    ulule = box.world.ulule
    project = next(ident for ident in sorted(ulule.partner_projects) if ulule.news[ident])
    news = next(row["id"] for row in ulule.news[project] if row["at"])
    streams = ["projects", "project_news", "news_comments"]
    given = make_config(box, partner_slugs=["agence-exemple"])
    first = run(given, select=streams)
    change(box, "comment_news", news=news)

    unseen = run(given, state=first.state, select=streams)
    state = unpack_state(unseen.state)
    for stream in ("projects", "project_news", "news_comments"):
        for entry in state["bookmarks"][stream]["signals"].values():
            entry[1] -= 8
    seen = run(given, state=state, select=streams)

    assert unseen.records.get("news_comments", []) == []
    assert news in seen.ids("news_comments", "news_id")


def test_threads_are_read_down_to_the_last_change(box: RunningSandbox) -> None:
    streams = ["threads", "thread_messages"]
    given = make_config(box, mark_threads_as_read=True)
    first = run(given, select=streams)
    change(box, "message", thread=3320)
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=streams)

    paths = [path for path in list_paths(box) if "/threads" in path]
    assert paths == ["/discussions/threads", "/discussions/threads/3320/messages"]
    assert second.ids("threads") == [3320]
    assert len(first.records["threads"]) == len(box.world.ulule.extras.rows["threads"][""])


@pytest.mark.parametrize("options", [(), ("--plan",), ("--test",)])
def test_threads_are_not_marked_as_read_without_the_setting(
    still: RunningSandbox, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Whatever the catalog says."""
    streams = ["threads", "thread_details", "thread_recipients", "thread_messages"]

    found = run_command(tmp_path, make_config(still), *options, select=streams)

    assert found.code == 0, found.log
    threads = [path for path in list_paths(still) if "/threads" in path]
    assert "/discussions/threads" in threads
    assert [path for path in threads if path.endswith("/messages")] == []
    [line] = [line for line in found.log.splitlines() if "'mark_threads_as_read'" in line]
    assert "'thread_messages'" in line


def test_a_run_that_selects_only_messages_asks_nothing_without_the_setting(
    still: RunningSandbox,
) -> None:
    found = run(make_config(still), select=["thread_messages"])

    assert found.error is None
    assert list_paths(still) == []


def test_a_denied_list_is_asked_for_again_though_its_project_is_unchanged(
    box: RunningSandbox,
) -> None:
    given = make_config(box, partner_slugs=["agence-exemple"], refresh_days=0)
    streams = ["projects", "project_comments"]
    project = next(
        i for i in sorted(box.world.ulule.partner_projects) if box.world.ulule.comments[i]
    )
    path = f"/projects/{project}/comments"
    denial = {"kind": "status", "status": 404, "path": path, "times": None}
    box.control("POST", "/faults", {"api": "ulule", **denial})
    first = run(given, select=streams)
    box.control("DELETE", "/faults")

    second = run(given, state=first.state, select=streams)
    box.control("POST", "/reset")
    third = run(given, state=second.state, select=streams)

    assert project not in first.ids("project_comments", "project_id")
    assert project in second.ids("project_comments", "project_id")
    assert path not in list_paths(box)
    assert third.records.get("project_comments", []) == []


def test_other_credentials_read_everything_again(box: RunningSandbox) -> None:
    """What a project shows depends on who asks."""
    streams = ["projects", "project_comments"]
    given = make_config(box, partner_slugs=["agence-exemple"])
    first = run(given, select=streams)

    second = run(given | {"username": "agence-exemple"}, state=first.state, select=streams)

    assert second.ids("projects") == first.ids("projects")


def deny(box: RunningSandbox, path: str, status: int = 403) -> None:
    """Let the sandbox refuse a path from now on."""
    fault = {"kind": "status", "status": status, "path": path, "times": None}
    box.control("POST", "/faults", {"api": "ulule", **fault})


def test_a_public_list_that_stays_denied_costs_an_unchanged_account_nothing(
    box: RunningSandbox,
) -> None:
    """As the analytics of a project that is not online yet, for others than its owner."""
    given = make_config(box, partner_slugs=["agence-exemple"])
    streams = ["partner_projects", "projects", "project_faqs", "project_tags"]
    path = f"/projects/{min(box.world.ulule.partner_projects)}/faq"
    deny(box, path)
    first = run(given, select=streams)
    again = run(given, state=first.state, select=streams)
    box.control("POST", "/reset")

    quiet = run(given, state=again.state, select=streams)

    assert [len(each.summary["denied"]) for each in (first, again, quiet)] == [1, 1, 0]
    assert {path.rpartition("/")[2] for path in list_paths(box)} <= {"projects", "me"}


@pytest.mark.parametrize("when", ["its project's row moves", "a refresh is due"])
def test_a_denial_that_passes_heals(
    box: RunningSandbox, today: Callable[[int], None], when: str
) -> None:
    given = make_config(box, partner_slugs=["agence-exemple"])
    streams = ["projects", "project_faqs"]
    (project, *_) = run(given, select=streams).ids("project_faqs", "project_id")
    path = f"/projects/{project}/faq"
    deny(box, path)
    state = None
    for _ in range(3):
        state = run(given, state=state, select=streams).state
    box.control("DELETE", "/faults")
    if when == "its project's row moves":
        change(box, "add_comments", project=project, count=1)
    else:
        today(8)
    box.control("POST", "/reset")

    healed = run(given, state=state, select=streams)

    assert healed.summary["denied"] == []
    assert path in list_paths(box)
    assert project in healed.ids("project_faqs", "project_id")


def test_a_project_that_tells_no_impact_has_none(box: RunningSandbox) -> None:
    given = make_config(box, partner_slugs=["agence-exemple"], on_denied="fail")
    streams = ["projects", "project_impacts"]
    project = min(box.world.ulule.partner_projects)
    deny(box, f"/projects/{project}/impact", 404)
    first = run(given, select=streams)
    box.control("POST", "/reset")

    second = run(given, state=first.state, select=streams)

    assert first.error is None
    assert first.summary["denied"] == []
    assert project not in first.ids("project_impacts", "project_id")
    assert not [path for path in list_paths(box) if path.endswith("/impact")]
    assert second.records["projects"] == []
