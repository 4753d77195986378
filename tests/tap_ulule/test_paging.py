"""Lists that shift while they are read: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.tap_ulule.support import PARTNER, change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

COMMENTS = ["projects", "project_comments"]
OFFSET, SINCE = "2017-10-10", "2020-11-10"


def busiest(box: RunningSandbox) -> int:
    return max(box.world.ulule.comments, key=lambda ident: len(box.world.ulule.comments[ident]))


def list_comments(box: RunningSandbox, project: int) -> set[int]:
    return {row["id"] for row in box.world.ulule.comments[project]}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("version", [OFFSET, SINCE])
def test_comments_that_arrive_while_pages_are_read(
    box: RunningSandbox, version: str, concurrency: int
) -> None:
    project = busiest(box)
    before = list_comments(box, project)
    given = make_config(box, project_ids=[project], api_version=version, concurrency=concurrency)
    change(box, "add_comments", project=project, count=7, after=f"/projects/{project}/comments")

    first = run(given, select=COMMENTS)
    second = run(given, state=first.state, select=COMMENTS)

    assert len(before) > 40
    ids = first.ids("project_comments")
    assert len(ids) == len(set(ids))
    assert before <= set(ids)
    assert set(ids) | set(second.ids("project_comments")) == list_comments(box, project)


@pytest.mark.parametrize("count", [1, 20, 33, 45])
def test_comments_that_vanish_while_pages_are_read(box: RunningSandbox, count: int) -> None:
    project = busiest(box)
    given = make_config(box, project_ids=[project])
    change(
        box, "remove_comments", project=project, count=count, after=f"/projects/{project}/comments"
    )

    found = run(given, select=COMMENTS)

    assert not found.error
    ids = found.ids("project_comments")
    assert len(ids) == len(set(ids))
    assert list_comments(box, project) <= set(ids)


@pytest.mark.parametrize("version", [OFFSET, SINCE])
@pytest.mark.parametrize("count", [15, 45])
def test_comments_of_one_second_are_all_read(box: RunningSandbox, version: str, count: int) -> None:
    project = busiest(box)
    change(box, "add_comments", project=project, count=count, same_second=True)

    found = run(make_config(box, project_ids=[project], api_version=version), select=COMMENTS)

    assert not found.error
    ids = found.ids("project_comments")
    assert len(ids) == len(set(ids))
    assert set(ids) == list_comments(box, project)


def test_a_project_that_vanishes_while_the_list_is_read(box: RunningSandbox) -> None:
    sizes: dict[str, t.Any] = {"projects": 45, "comments": 1, "news": 0, "supporters": 1,
                             "orders": 1, "rewards": 0}  # fmt: skip
    projects = change(box, "partner", slug="grand", sizes=sizes)
    # Newest first: the last one is on the page that was just read.
    change(box, "remove_project", project=projects[-1], after="/partners/grand/projects")
    change(box, "remove_project", project=projects[3], after=rf"/projects/{projects[9]}$")

    found = run(make_config(box, partner_slugs=["grand"]), select=["partner_projects", *COMMENTS])

    assert not found.error
    # One vanished before its turn, one between the list and its turn: both are named.
    assert set(found.summary["denied"]) == {
        f"projects ({projects[-1]}): 404", f"projects ({projects[3]}): 404",
    }  # fmt: skip
    assert set(found.ids("projects")) == set(projects) - {projects[-1], projects[3]}
    assert len(set(found.ids("partner_projects"))) == 45


@pytest.mark.parametrize("form", ["?{}", "/ulule/v1/projects/{project}/comments?{}", "{url}?{}"])
def test_every_form_of_a_next_link_is_followed_with_the_filters_kept(
    box: RunningSandbox, form: str
) -> None:
    project = busiest(box)
    path = f"/projects/{project}/comments"
    text = form.replace("{project}", str(project)).replace("{url}", f"{box.url}/ulule/v1{path}")
    link = text.replace("{}", "offset=20&limit=20")
    rows = [
        {"id": number, "submit_date": f"2026-02-{28 - number:02d}T00:00:00Z"}
        for number in range(1, 21)
    ]
    box.control("POST", "/faults", {
        "kind": "body", "path": path, "times": 1,
        "body": json.dumps({"comments": rows, "meta": {"next": link}}),
    })  # fmt: skip

    found = run(make_config(box, project_ids=[project], lang="de"), select=COMMENTS)

    assert not found.error
    queries = [entry["query"] for entry in box.control("GET", "/requests")
               if entry["path"] == path]  # fmt: skip
    assert "lang=de" in queries[1]
    assert "offset=20" in queries[1]


@pytest.mark.parametrize(
    ("meta", "ends"), [({"limit": 20, "next": None}, True), ({"limit": 20}, False), (None, False)]
)
def test_a_full_page_ends_a_list_by_its_null_link_and_by_nothing_else(
    box: RunningSandbox, meta: dict[str, t.Any] | None, *, ends: bool
) -> None:
    project = busiest(box)
    path = f"/projects/{project}/comments"
    rows = [
        {"id": number, "submit_date": f"2026-02-{28 - number:02d}T00:00:00Z"}
        for number in range(1, 21)
    ]
    body = {"comments": rows, **({"meta": meta} if meta else {})}
    box.control("POST", "/faults", {
        "kind": "body", "path": path, "times": 1, "body": json.dumps(body),
    })  # fmt: skip

    found = run(make_config(box, project_ids=[project]), select=COMMENTS)

    assert not found.error
    assert (list_paths(box).count(path) == 1) is ends
    assert (len(found.records["project_comments"]) == len(rows)) is ends


def test_a_language_that_the_api_does_not_speak(still: RunningSandbox) -> None:
    found = run(make_config(still, lang="sv", auth_method="anonymous", search_query="sort:new"))

    assert found.code == 2
    assert "'lang'" in str(found.error)
    assert "501" in str(found.error)
    assert len(list_paths(still)) <= 2


def test_texts_stay_objects_by_language(still: RunningSandbox) -> None:
    one = run(make_config(still, lang="de", partner_slugs=[PARTNER]), select=["projects"])
    every = run(make_config(still, lang="all", partner_slugs=[PARTNER]), select=["projects"])

    assert {"de"} <= set(one.records["projects"][0]["name"])
    assert len(every.records["projects"][0]["name"]) == 8
