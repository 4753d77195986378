"""Values of another type than the SCHEMA says reach the warehouse put right, or as null."""

from __future__ import annotations

import typing as t
from datetime import date, datetime, timezone
from decimal import Decimal

import psycopg

from tests.harness.sandbox import answer_with
from tests.tap_moco.loading import load
from tests.tap_moco.support import config_for, select

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

NOON = "2025-01-31T12:00:00Z"
ROWS: dict[str, list[dict[str, t.Any]]] = {
    "activities": [
        {"id": 1, "seconds": 5400.0, "hours": "1,5", "billable": 1, "tag": 7, "updated_at": NOON},
        {"id": 2, "seconds": {"odd": 1}, "hours": "viel", "billable": "false", "tag": {"a": 1},
         "date": "0000-00-00", "task": [], "user": 5, "updated_at": "0000-00-00 00:00:00"},
        {"id": "3", "date": "2025-01-31T23:00:00Z", "updated_at": 1738324800,
         "timer_started_at": "2020-03-02 08:15:00 UTC"},
    ],
    "projects": [{"id": 1, "active": 1, "updated_at": NOON}],
}  # fmt: skip


def test_odd_values_lose_no_load(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    for stream, rows in ROWS.items():
        answer_with(box, "moco", f"^/{stream}$", rows)

    log = load(
        config_for(box), select("activities", "projects", "units"), database, tmp_path, programs
    )

    with psycopg.connect(database) as connection:
        query = "select {} from moco.activities where id < 9 order by id"
        numbers = connection.execute(query.format("id, seconds, hours, billable, tag")).fetchall()
        objects = connection.execute(query.format('date, task, "user"')).fetchall()
        times = connection.execute(query.format("updated_at, timer_started_at")).fetchall()
        (active,) = connection.execute("select active from moco.projects").fetchall()
        (units,) = connection.execute("select count(*) from moco.units").fetchall()
    assert numbers == [
        (1, 5400, Decimal("1.5"), True, "7"),
        (2, None, None, False, None),
        (3, None, None, None, None),
    ]
    assert objects == [(None, None, None), (None, None, None), (date(2025, 1, 31), None, None)]
    noon = datetime(2025, 1, 31, 12, tzinfo=timezone.utc)
    assert [row[0] and row[0].replace(tzinfo=timezone.utc) for row in times] == [noon, None, noon]
    assert times[2][1].hour == 8
    assert active == (True,)
    assert units[0] > 0
    assert "'updated_at' of 'activities'" in log
    assert "viel" not in log
