"""Texts that PostgreSQL refuses, or that no JSON parser reads, arrive in the warehouse repaired."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

import psycopg

from tests.tap_moco.support import config_for, list_requests, select

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

BIN = Path(sys.executable).parent
ROWS = (
    r'[{"id": 1, "name": "ok", "updated_at": "2025-01-31T12:00:00Z"},'
    r' {"id": 2, "name": "Angebot \ud83d", "updated_at": "2025-01-31T12:00:00Z"},'
    r' {"id": 3, "name": "a\u0000b", "custom_properties": {"k\u0000": ["\u0000v"]},'
    r' "updated_at": "2025-01-31T12:00:00Z"}]'
)


def test_deals_with_half_an_emoji_and_with_null_are_loaded(
    box: RunningSandbox, database: str, tmp_path: Path
) -> None:
    fault = {"api": "moco", "path": "^/deals$", "kind": "body", "body": ROWS,
             "content_type": "application/json"}  # fmt: skip
    box.control("POST", "/faults", fault)
    warehouse = {"sqlalchemy_url": database.replace("postgresql://", "postgresql+psycopg://")}
    files = {
        "config": config_for(box),
        "catalog": select("deals", "units"),
        "target": {**warehouse, "default_target_schema": "moco"},
    }
    for name, value in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def run(program: str, *options: str, given: str | None = None) -> str:
        done = subprocess.run(
            [BIN / program, *options], cwd=tmp_path, input=given, encoding="utf-8",
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    output = run("tap-moco", "--config", "config.json", "--catalog", "catalog.json")
    run("target-postgres", "--config", "target.json", given=output)

    with psycopg.connect(database) as connection:
        query = "select id, name, custom_properties from moco.deals order by id"
        rows = connection.execute(query).fetchall()
        (units,) = connection.execute("select count(*) from moco.units").fetchall()
    assert [row[:2] for row in rows] == [(1, "ok"), (2, "Angebot \ufffd"), (3, "ab")]
    assert rows[2][2] == {"k": ["v"]}
    assert units[0] > 0
    assert [entry["path"] for entry in list_requests(box)].count("/deals") == 1
