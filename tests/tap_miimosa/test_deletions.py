"""With `deleted_records: detect`: what is told as deleted, and what is not."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.sandbox import key_world
from tests.tap_miimosa.support import config_for, run_miimosa

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run


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
