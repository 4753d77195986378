"""The README's queries on a warehouse that the tap and the usual loader filled."""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import typing as t
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sandbox.world.clock import from_nanos
from tap_ulule.tap import TapUlule
from tests.harness.catalog import select
from tests.harness.preloaded import start_programs
from tests.tap_ulule.support import PARTNER, change, make_config

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

README = (Path(__file__).parents[2] / "tap-ulule" / "README.md").read_text(encoding="utf-8")
SUPPORTERS_BY_DAY, CONTRIBUTIONS = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
LOADER_ENVIRONMENT = dict(re.findall(r"`(PG\w+)=(\w+)`", README))


@pytest.fixture
def warehouse(box: RunningSandbox, database: str, tmp_path: Path) -> str:
    # The days are those of UTC wherever the server and the one who asks may be.
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            sql.SQL(
                "alter role current_user in database {} set timezone = 'Pacific/Auckland'"
            ).format(sql.Identifier(connection.info.dbname))
        )
    # Campaigns that are over are paid out.
    for project in box.world.ulule.partner_projects:
        change(box, "settle", project=project)
    streams = ["projects", "project_supporters", "project_orders"]
    given = {
        "config": make_config(box, partner_slugs=[PARTNER]),
        "catalog": select(TapUlule, *streams),
        "target": {"sqlalchemy_url": database.replace("postgresql:", "postgresql+psycopg:")},
    }
    for name, content in given.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    read = subprocess.run(
        [start_programs() / "tap-ulule", "--config", "config.json", "--catalog", "catalog.json"],
        cwd=tmp_path, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    subprocess.run(
        [start_programs() / "target-postgres", "--config", "target.json"],
        cwd=tmp_path, input=read.stdout, capture_output=True, check=True, timeout=120,
        env={**os.environ, **LOADER_ENVIRONMENT},
    )  # fmt: skip
    return database


def ask(database: str, query: str) -> list[tuple[t.Any, ...]]:
    with psycopg.connect(database) as connection:
        schemas = connection.execute(
            "select table_schema from information_schema.tables where table_name = 'projects'"
        ).fetchall()
        connection.execute(f'set search_path to "{schemas[0][0]}"')  # type: ignore[arg-type]
        return connection.execute(query).fetchall()  # type: ignore[arg-type]


def test_the_examples_of_ulules_documents(box: RunningSandbox, warehouse: str) -> None:
    ulule = box.world.ulule
    days: collections.Counter[t.Any] = collections.Counter()
    contributions = set()
    for project in ulule.partner_projects:
        for _, at in ulule.supporters(project):
            days[project, from_nanos(at).date()] += 1
        for row in ulule.valid_orders(project):
            if row["status"] == "payment-done":
                total = (row["cents"] + row["shipping_cents"]) / 100
                email = ulule.users[row["user_id"]]["email"]
                contributions.add((row["id"], email, row["reward_id"], row["quantity"], total))

    by_day = {(row[0], row[1]): row[2] for row in ask(warehouse, SUPPORTERS_BY_DAY)}
    exported = {
        (row[1], row[4], row[5], row[6], float(row[7])) for row in ask(warehouse, CONTRIBUTIONS)
    }

    assert by_day == dict(days)
    assert len(by_day) > 1
    assert exported == contributions
    assert exported
