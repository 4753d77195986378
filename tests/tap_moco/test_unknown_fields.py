"""Fields that MOCO's documents do not name reach the warehouse in one column, or not at all."""

from __future__ import annotations

import json
import typing as t

import psycopg

from tests.harness.sandbox import answer_with
from tests.tap_moco.loading import load
from tests.tap_moco.support import config_for, run_command, select

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record

NOON = "2025-01-31T12:00:00Z"


def serve_deals(box: RunningSandbox, body: str) -> None:
    """Let the sandbox answer requests for deals with a text of the test's."""
    box.control("DELETE", "/faults")
    answer_with(box, "moco", "^/deals$", body)


def test_a_field_that_comes_later_is_loaded_into_the_same_table(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    config, catalog = config_for(box), select("deals")
    first = [{"id": 1, "updated_at": NOON}, {"id": 3, "gone": 1, "updated_at": NOON}]
    serve_deals(box, json.dumps(first))
    load(config, catalog, database, tmp_path, programs)
    serve_deals(
        box,
        r'[{"id": 1, "sales_region": "Nord"}, {"id": 3},'
        r' {"id": 2, "odd": {"n": NaN, "t": "a\u0000b \ud83d"}, "_sdc_batched_at": "x"}]',
    )
    log = load(config, catalog, database, tmp_path, programs)

    with psycopg.connect(database) as connection:
        query = "select id, _extra, pg_typeof(_extra)::text from moco.deals order by id"
        rows = connection.execute(query).fetchall()
    odd = {"odd": {"n": None, "t": "ab \ufffd"}, "_sdc_batched_at": "x"}
    assert rows == [(1, {"sales_region": "Nord"}, "jsonb"), (2, odd, "jsonb"), (3, None, "jsonb")]
    assert '"unknown_fields": ["_sdc_batched_at", "odd", "sales_region"]' in log


def keep_fields(catalog: Record, *fields: str) -> Record:
    """Deselect all fields of deals but these."""
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if entry["tap_stream_id"] == "deals" and each["breadcrumb"]:
                each["metadata"]["selected"] = each["breadcrumb"][-1] in fields
    return catalog


def test_a_catalog_of_id_and_name_lets_nothing_else_through(
    box: RunningSandbox, tmp_path: Path
) -> None:
    row = {"id": 1, "name": "x", "sales_region": "Nord", "updated_at": NOON}
    serve_deals(box, json.dumps([row]))
    catalog = keep_fields(select("deals"), "id", "name")
    (tmp_path / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")

    run = run_command(config_for(box), tmp_path, "--catalog", str(tmp_path / "catalog.json"))

    assert run.code == 0
    assert [set(row) - {"updated_at"} for row in run.records["deals"]] == [{"id", "name"}]
    assert "_extra" not in run.schemas["deals"]["schema"]["properties"]
    assert run.summary["streams"]["deals"]["unknown_fields"] == ["sales_region"]
