"""Texts that PostgreSQL refuses, or that no JSON parser reads, arrive in the warehouse repaired."""

from __future__ import annotations

import typing as t

import psycopg

from tests.harness.sandbox import answer_with
from tests.tap_moco.loading import load
from tests.tap_moco.support import config_for, list_requests, select

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

ROWS = (
    r'[{"id": 1, "name": "ok", "updated_at": "2025-01-31T12:00:00Z"},'
    r' {"id": 2, "name": "Angebot \ud83d", "updated_at": "2025-01-31T12:00:00Z"},'
    r' {"id": 3, "name": "a\u0000b", "custom_properties": {"k\u0000": ["\u0000v"]},'
    r' "updated_at": "2025-01-31T12:00:00Z"}]'
)


def test_deals_with_half_an_emoji_and_with_null_are_loaded(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    answer_with(box, "moco", "^/deals$", ROWS)

    load(config_for(box), select("deals", "units"), database, tmp_path, programs)

    with psycopg.connect(database) as connection:
        query = "select id, name, custom_properties from moco.deals order by id"
        rows = connection.execute(query).fetchall()
        (units,) = connection.execute("select count(*) from moco.units").fetchall()
    assert [row[:2] for row in rows] == [(1, "ok"), (2, "Angebot \ufffd"), (3, "ab")]
    assert rows[2][2] == {"k": ["v"]}
    assert units[0] > 0
    assert [entry["path"] for entry in list_requests(box)].count("/deals") == 1
