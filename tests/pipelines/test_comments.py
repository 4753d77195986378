"""Descriptions of tables and columns in the database, and tables without personal data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t

import psycopg
import pytest
import yaml

from sandbox.testing import running_sandbox
from tests.harness.warehouse import SCHEMA, Warehouse
from tests.structure import ROOT
from tests.tap_moco.support import config_for, just_now, run_tap, select

if t.TYPE_CHECKING:
    from pathlib import Path

STREAMS = ("contacts", "users", "units", "purchase_items")
COLUMNS = """
    select table_name, column_name, col_description(
        format('%%I.%%I', table_schema, table_name)::regclass, ordinal_position)
    from information_schema.columns where table_schema = %s
"""


def comment(uri: str, catalogs: dict[str, str]) -> str:
    """Run the step; return what it says."""
    url = uri.replace("postgresql://", "postgresql+psycopg://")
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", "comments"],
        env={**os.environ, "WAREHOUSE_URL": url, "WAREHOUSE_CATALOGS": json.dumps(catalogs)},
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stderr.strip()


def read_comments(uri: str, schema: str) -> dict[tuple[str, str], str | None]:
    with psycopg.connect(uri) as connection:
        rows = connection.execute(COLUMNS, [schema]).fetchall()
    return {(table, column): text for table, column, text in rows}


@pytest.mark.slow
def test_loaded_tables_are_described_and_hold_no_personal_data(
    database: str, tmp_path: Path, programs: Path
) -> None:
    with running_sandbox(scale=0.1, now=just_now()) as box:
        config = config_for(box, personal_data="exclude")
        Warehouse(database, tmp_path, programs).load(run_tap(config, catalog=select(*STREAMS)))

    tap = "tap-moco --config=pipelines/nonpersonal.json"
    first = comment(database, {SCHEMA: tap})
    again = comment(database, {SCHEMA: tap})

    found = read_comments(database, SCHEMA)
    assert {table for table, _ in found} == set(STREAMS)
    assert all(found.values())
    assert not any("ersonal data" in str(text) for text in found.values())
    assert {"firstname", "work_email", "iban", "_extra"}.isdisjoint(name for _, name in found)
    assert (
        first
        == f"{len(found) + len(STREAMS)} comments written on 4 tables with {len(found)} columns"
    )
    assert again.startswith("0 comments written")


def test_only_what_is_there_is_described(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(
            """
            create schema odd;
            create table odd.contacts (id int, firstname text, "user" jsonb, own text);
            comment on column odd.contacts.own is 'ours';
            create table odd."it's" ("a""b" text);
            create view odd.deals as select 1 as id;
            """
        )

    said = comment(database, {"odd": "tap-moco", "nowhere": "no-such-tap"})

    found = read_comments(database, "odd")
    assert found["contacts", "firstname"] == "First name. Personal data."
    assert str(found["contacts", "user"]).endswith("Holds personal data.")
    assert found["contacts", "own"] == "ours"
    assert found["it's", 'a"b'] is None
    assert found["deals", "id"] is None
    assert "on 2 tables" in said
    with psycopg.connect(database) as connection:
        about = connection.execute("select obj_description('odd.contacts'::regclass)").fetchone()
    assert about == ("People at companies.",)


def test_a_tap_that_is_not_there_is_named(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("create schema odd; create table odd.contacts (id int)")

    said = comment(database, {"odd": "no-such-tap"})

    assert said == "WAREHOUSE_CATALOGS: there is no program no-such-tap"


def test_every_tap_has_a_way_into_the_warehouse_without_personal_data() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    plugins = {plugin["name"]: plugin for plugin in project["plugins"]["extractors"]}
    jobs = {job["name"]: job["tasks"] for job in project["jobs"]}
    (warehouse,) = (p for p in project["plugins"]["utilities"] if p["name"] == "warehouse")
    (catalogs,) = (each["value"] for each in warehouse["settings"] if each["name"] == "catalogs")

    assert jobs["warehouse-without-personal-data"] == [
        task.replace(" ", "--nonpersonal ") for task in jobs["warehouse"]
    ]
    for task in jobs["warehouse"][:-1]:
        tap = task.split()[0]
        plugin = plugins[f"{tap}--nonpersonal"]
        assert plugin["config"] == {"personal_data": "exclude"}
        assert plugin["load_schema"] != plugins[tap]["load_schema"]
        assert catalogs[plugin["load_schema"]] == f"{tap} --config=pipelines/nonpersonal.json"
        assert catalogs[plugins[tap]["load_schema"]] == tap
