"""With `deleted_records: detect`: what is told as deleted, and what is not."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.sandbox import answer_with, key_world
from tests.tap_miimosa.support import config_for, people, run_miimosa

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run


def list_deleted(run: Run, stream: str) -> set[t.Any]:
    return {row["id"] for row in run.records[stream] if row.get("_sdc_deleted_at")}


# Other filters


def find_filters(box: RunningSandbox) -> list[dict[str, str]]:
    """Return filters each of which lets some campaigns through, and not all of them."""
    rows = list(key_world(box, "miimosa", "projects").values())
    return [{name: rows[0][name]} for name in ("type", "category", "region")]


@pytest.mark.parametrize("number", range(3))
def test_campaigns_that_other_filters_leave_out_are_not_told_as_deleted(
    number: int, box: RunningSandbox
) -> None:
    streams = ("projects", "project_details")
    config = config_for(box, deleted_records="detect")
    filtered = {**config, **find_filters(box)[number]}
    whole = run_miimosa(config, *streams)
    narrow = run_miimosa(filtered, *streams, state=whole.state)
    whole_again = run_miimosa(config, *streams, state=narrow.state)
    narrow_again = run_miimosa(filtered, *streams, state=whole_again.state)

    assert 0 < len(narrow.keyed("projects")) < len(whole.keyed("projects"))
    for run in (narrow, whole_again, narrow_again):
        assert run.error is None
        assert [list_deleted(run, stream) for stream in streams] == [set(), set()]


def test_what_the_same_filters_find_no_more_is_told_with_its_details(box: RunningSandbox) -> None:
    streams = ("projects", "project_details")
    config = config_for(box, deleted_records="detect", **find_filters(box)[0])
    first = run_miimosa(config, *streams)
    gone = first.records["projects"][0]["id"]
    del box.world.miimosa.projects[gone]

    second = run_miimosa(config, *streams, state=first.state)

    assert [list_deleted(second, stream) for stream in streams] == [{gone}, {gone}]


# Pledges without id that are equal

A, B, C, D, E = ({"amount": amount} for amount in (20, 30, 40, 50, 60))


def serve(box: RunningSandbox, *pages: list[Record], totals: t.Sequence[int]) -> None:
    """Let the list of pledges have these pages; each tells a total, if any are given."""
    box.control("DELETE", "/faults")
    for number in range(len(pages), 0, -1):
        headers = {"Total": str(totals[number - 1]), "Per-Page": "3"} if totals else {}
        if number < len(pages):
            headers["Link"] = f'</miimosa/pledges?page={number + 1}>; rel="next"'
        query = {"page": str(number)} if number > 1 else {}
        answer_with(box, "miimosa", "/pledges", pages[number - 1], headers, query=query)


def config_of_one(box: RunningSandbox) -> Record:
    return config_for(box, users=people(box)[:1], deleted_records="detect")


@pytest.mark.parametrize("totals", [([4, 4], [5, 5, 5]), ([], [])], ids=["total", "no total"])
def test_equal_pledges_on_different_pages_are_different_pledges(
    totals: tuple[list[int], list[int]], box: RunningSandbox
) -> None:
    serve(box, [A, A], [B, C], totals=totals[0])
    first = run_miimosa(config_of_one(box), "pledges")
    serve(box, [D, A], [A, B], [C], totals=totals[1])

    second = run_miimosa(config_of_one(box), "pledges", state=first.state)
    third = run_miimosa(config_of_one(box), "pledges", state=second.state)

    assert len(first.keyed("pledges")) == 4
    for run in (second, third):
        assert run.error is None
        assert list_deleted(run, "pledges") == set()
        assert len(run.keyed("pledges")) == 5
        assert first.keyed("pledges").items() <= run.keyed("pledges").items()


def test_a_pledge_that_shifts_to_the_next_page_while_they_are_read_comes_once(
    box: RunningSandbox,
) -> None:
    serve(box, [A, B], [B, C], totals=[3, 4])
    run = run_miimosa(config_of_one(box), "pledges")
    assert len(run.records["pledges"]) == 3
    serve(box, [D, A], [B, C], totals=[4, 4])

    second = run_miimosa(config_of_one(box), "pledges", state=run.state)

    assert list_deleted(second, "pledges") == set()
    assert len(second.keyed("pledges")) == 4


def test_a_withdrawn_one_of_equal_pledges_is_told_and_a_second_reading_counts_anew(
    box: RunningSandbox,
) -> None:
    serve(box, [A, A, A], [A, B, C], [D, E], totals=[8] * 3)
    first = run_miimosa(config_of_one(box), "pledges")
    assert len(first.keyed("pledges")) == 8
    serve(box, [A, B], [A], totals=[3, 3])

    # More than half of them are gone: so they are read twice.
    second = run_miimosa(config_of_one(box), "pledges", state=first.state)

    assert second.error is None
    assert len(list_deleted(second, "pledges")) == 5
    left = {row["id"] for row in second.records["pledges"] if not row.get("_sdc_deleted_at")}
    assert len(left) == 3
    assert second.summary["outcome"] == "complete"
