"""Both streams, record for record, and nothing read without need."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from tests.harness.run import run_command
from tests.tap_micropledge.support import (
    STREAMS,
    config_for,
    count_requests,
    run_tap,
    serve_pledges,
    served,
)

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record


@pytest.mark.parametrize("concurrency", [1, 4])
def test_both_streams_come_record_for_record(concurrency: int, box: RunningSandbox) -> None:
    run = run_tap(config_for(box, concurrency=concurrency))

    assert run.error is None
    for stream in STREAMS:
        assert run.keyed(stream) == served(box, stream), stream
    anonymous = [row for row in run.records["pledges"] if row["username"] is None]
    assert {row["userslug"] for row in anonymous} == {"(anonymous)"}
    assert {row["_occurrence"] for row in anonymous} == {0, 1}


def test_pledges_are_only_read_where_there_are_any(box: RunningSandbox) -> None:
    run_tap(config_for(box))

    slugs = box.world.micropledge.slugs
    without = [slug for slug in slugs if not box.world.micropledge.pledges[slug]]
    assert without
    assert count_requests(box) == {
        "GET /projects/{slug}": len(slugs),
        "GET /projects/{slug}/pledges": len(slugs) - len(without),
    }


def test_pledges_are_only_read_again_where_their_number_or_sum_moved(
    box: RunningSandbox,
) -> None:
    # Nothing is due for a refresh, not even if the day ends between two runs.
    config = config_for(box, refresh_days=0)
    first = run_tap(config)
    before = served(box, "projects")
    box.control("POST", "/advance")
    box.control("POST", "/reset")

    second = run_tap(config, state=first.state)

    now = served(box, "projects")
    moved = {
        row["project_slug"] for key, row in now.items()
        if any(row[name] != before[key][name] for name in ("numPledges", "pledged"))
    }  # fmt: skip
    assert 0 < len(moved) < len(now)
    assert second.keyed("projects") == now
    rows = {k: row for k, row in served(box, "pledges").items() if row["project_slug"] in moved}
    assert second.keyed("pledges") == rows
    assert count_requests(box) == {
        "GET /projects/{slug}": len(now), "GET /projects/{slug}/pledges": len(moved),
    }  # fmt: skip

    box.control("POST", "/reset")
    third = run_tap(config, state=second.state)

    assert third.records.keys() == {"projects"}
    assert count_requests(box) == {"GET /projects/{slug}": len(now)}


def test_a_sum_that_moved_alone_is_news(box: RunningSandbox) -> None:
    rows = [pledge("2008-03-05T01:02:03Z", 20.0)]
    serve_pledges(box, "a", rows)
    config = config_for(box, project_slugs=["a"])
    first = run_tap(config)
    serve_pledges(box, "a", [pledge("2008-03-05T01:02:03Z", 25.0)])

    second = run_tap(config, state=first.state)

    assert [row["amount"] for row in second.records["pledges"]] == [25.0]


def test_pledges_selected_later_come_in_full(box: RunningSandbox) -> None:
    first = run_tap(config_for(box), "projects")

    second = run_tap(config_for(box), state=first.state)

    assert first.records.keys() == {"projects"}
    assert second.keyed("pledges") == served(box, "pledges")


def pledge(date: str, amount: float, who: str | None = None, **more: str) -> Record:
    return {"amount": amount, "date": date, "username": who, "userslug": who, **more}


OLD = [pledge("2008-03-12T19:36:07Z", 25.5, note="first"),
       pledge("2008-03-12T19:36:07Z", 25.5, note="second"),
       pledge("2008-03-05T01:02:03Z", 20.0, "ida-k")]  # fmt: skip
NEW = [pledge("2008-03-19T22:59:06Z", 100.0, "ravi"),
       pledge("2008-03-12T19:36:07Z", 25.5, "ravi"),
       pledge("2008-03-12T19:36:07Z", 10.0)]  # fmt: skip
BY_DATE = sorted([*OLD, *NEW], key=lambda row: row["date"])


def numbers(rows: list[Record]) -> dict[str, int]:
    noted = [row for row in rows if "_extra" in row]
    return {row["_extra"]["note"]: row["_occurrence"] for row in noted}


@pytest.mark.parametrize("newest_first", [True, False])
def test_numbers_of_equal_pledges_stay_when_newer_ones_come_in_either_order(
    newest_first: bool,  # noqa: FBT001
    box: RunningSandbox,
) -> None:
    config = config_for(box, project_slugs=["a"])

    def in_order(rows: list[Record]) -> list[Record]:
        return rows[::-1] if newest_first else rows

    serve_pledges(box, "a", in_order(sorted(OLD, key=lambda row: row["date"])))
    first = run_tap(config)
    serve_pledges(box, "a", in_order([*BY_DATE, pledge("2009-01-01T00:00:00Z", 25.5)]))
    second = run_tap(config, state=first.state)

    assert numbers(first.records["pledges"]) == {"first": 0, "second": 1}
    assert first.keyed("pledges").items() <= second.keyed("pledges").items()
    assert len(second.keyed("pledges")) == len(BY_DATE) + 1


def test_keys_do_not_depend_on_the_order_of_the_list(box: RunningSandbox) -> None:
    config = config_for(box, project_slugs=["a"])
    found = set()
    for rows in itertools.islice(itertools.permutations(BY_DATE), 0, 720, 173):
        serve_pledges(box, "a", list(rows))
        found.add(frozenset(run_tap(config).keyed("pledges")))

    assert len(found) == 1


def test_keys_are_never_null_and_values_stay_as_they_are(box: RunningSandbox) -> None:
    rows = [{"date": "2008-03-12T19:36:07Z", "amount": "25.50"},
            {"date": "2008-03-12T19:36:07Z", "amount": 25.5, "paid": {"by": ["card"]}}]  # fmt: skip
    serve_pledges(box, "a", rows, developer=None, tags=["x"])

    run = run_tap(config_for(box, project_slugs=["a"]))

    assert len(run.keyed("pledges")) == 2
    for row in run.records["pledges"]:
        assert None not in [row[name] for name in run.schemas["pledges"]["key_properties"]]
    assert run.records["pledges"][1]["_extra"] == {"paid": {"by": ["card"]}}
    assert run.records["projects"][0]["_extra"] == {"tags": ["x"]}
    assert "result" not in run.records["projects"][0]


@pytest.mark.parametrize("field", ["date", "amount"])
def test_a_pledge_without_a_part_of_its_key_ends_the_run(field: str, box: RunningSandbox) -> None:
    serve_pledges(box, "a", [{**OLD[0], field: None}])

    run = run_tap(config_for(box, project_slugs=["a"]))

    assert str(run.error) == f"A record of 'pledges' has no '{field}'."


def test_escaped_slashes_are_slashes(box: RunningSandbox) -> None:
    serve_pledges(box, "a", [])
    answer = '{"result": "success", "name": "a\\/b", "numPledges": 0}'
    box.control("DELETE", "/faults")
    box.control("POST", "/faults", {"api": "micropledge", "kind": "status", "status": 200,
                                    "body": answer, "times": None})  # fmt: skip

    run = run_tap(config_for(box, project_slugs=["a"]))

    assert run.records == {"projects": [{"project_slug": "a", "name": "a/b", "numPledges": 0}]}


def test_an_anonymous_pledge_has_a_key_without_empty_parts(
    box: RunningSandbox, tmp_path: Path
) -> None:
    date = "2025-09-21T21:20:44Z"
    serve_pledges(box, "a", [{"date": date, "amount": 10.0, "userslug": ""}])

    run = run_command("tap_micropledge", tmp_path, config_for(box, project_slugs=["a"]))

    assert run.code == 0, run.log
    (pledge,) = run.records["pledges"]
    key = [pledge[name] for name in run.schemas["pledges"]["key_properties"]]
    assert key == ["a", date, "(anonymous)", 10.0, 0]
