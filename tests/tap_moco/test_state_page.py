"""docs/state.md shows a state as it is, and what its edits do is so."""

from __future__ import annotations

import json
import re
import typing as t

from tests.readme import ROOT
from tests.tap_moco.support import config_for, run_tap, select, world

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

STREAM = "account_catalog_services"
OTHER = "account_hourly_rates"


def read_example() -> Record:
    page = (ROOT / "docs" / "state.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    example: Record = json.loads(block)
    return example


def test_the_state_that_is_shown_is_that_of_a_run(box: RunningSandbox) -> None:
    config, catalog = config_for(box, deleted_records="detect"), select(STREAM, OTHER)
    example = read_example()["bookmarks"]

    written = run_tap(config, catalog=catalog).states[-1]["bookmarks"]

    assert written.keys() == example.keys()
    assert written[OTHER] == example[OTHER]
    assert written[STREAM].keys() == example[STREAM].keys()
    ((marks,), (shown,)) = written[STREAM]["checkpoint"], example[STREAM]["checkpoint"]
    assert marks.keys() == shown.keys()
    assert marks["query"].keys() == shown["query"].keys()
    assert run_tap(config, state=read_example(), catalog=catalog).error is None


def test_edits_read_a_stream_anew_or_from_a_day_on(box: RunningSandbox) -> None:
    config, catalog = config_for(box), select(STREAM, "activities")
    state = run_tap(config, catalog=catalog).states[-1]
    rows = sorted(world(box, "activities"), key=lambda row: row["updated_at"])
    day = rows[len(rows) // 2]["updated_at"]

    del state["bookmarks"][STREAM]
    entry = state["bookmarks"]["activities"]
    entry["replication_key_value"] = day
    del entry["checkpoint"][0]["overlap"]
    done = run_tap(config, state=state, catalog=catalog)

    assert len(done.records[STREAM]) == len(world(box, STREAM))
    later = {row["id"] for row in rows if row["updated_at"] >= day}
    assert later <= set(done.ids("activities"))
    assert len(done.ids("activities")) < len(rows)
