"""An hourly budget that is much too small: every run gets further, and the last one is complete."""

from __future__ import annotations

import math
import typing as t

import pytest

from tests.tap_ulule.support import change, list_paths, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

SIZES = {
    "projects": 30, "comments": 20, "news": 2, "supporters": 30, "orders": 30, "rewards": 2,
}  # fmt: skip
STREAMS = (
    "me", "partner_projects", "projects", "project_rewards", "project_comments", "project_news",
    "news_comments", "project_supporters", "project_orders",
)  # fmt: skip
PER_HOUR = 50
LISTS = 2
# Each run asks who it is and for the lists again, and for the page in which it was stopped.
REPEATED = 1 + LISTS + 1


def keys(records: dict[str, list[dict[str, t.Any]]]) -> dict[str, set[tuple[t.Any, ...]]]:
    return {
        name: {(row.get("project_id"), row["id"]) for row in rows} for name, rows in records.items()
    }


@pytest.mark.slow
def test_complete_after_the_computed_number_of_runs(box: RunningSandbox) -> None:
    change(box, "partner", slug="grand", sizes=SIZES)
    whole = run(make_config(box, partner_slugs=["grand"]), select=STREAMS)
    total = whole.summary["requests"]
    needed = 1 + math.ceil((total - PER_HOUR) / (PER_HOUR - REPEATED))
    window = {"requests": PER_HOUR, "seconds": 3600}
    given = make_config(
        box,
        partner_slugs=["grand"],
        rate_limits=[window],
        on_rate_limit="stop",
        max_wait=1,
        concurrency=2,
    )
    box.control("PUT", "/options", {"limits": {"ulule": [window]}})

    state = None
    records: dict[str, list[dict[str, t.Any]]] = {}
    outcomes = []
    while len(outcomes) < needed and "complete" not in outcomes:
        # The hour is over.
        box.control("POST", "/reset")
        found = run(given, state=state, select=STREAMS)
        assert not found.error
        assert box.control("GET", "/stats")["ulule"]["refused"] == 0
        assert len(list_paths(box)) <= PER_HOUR
        state = found.state
        outcomes.append(found.summary["outcome"])
        for name, rows in found.records.items():
            records.setdefault(name, []).extend(rows)

    assert outcomes[-1] == "complete"
    assert set(outcomes[:-1]) == {"stopped by the request budget"}
    assert keys(records) == keys(whole.records)

    box.control("POST", "/reset")
    quiet = run(given, state=state, select=STREAMS)
    assert quiet.summary["requests"] == 1 + LISTS
