"""MOCO into PostgreSQL through Meltano, as the worked example of the README does it."""

from __future__ import annotations

import os
import subprocess
import typing as t

import psycopg
import pytest

from tests.tap_moco.support import advance, config_for

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

PROJECT = """
version: 1
default_environment: dev
project_id: moco-example
send_anonymous_usage_stats: false
environments: [{name: dev}]
plugins:
  extractors:
  - name: tap-moco
    namespace: tap_moco
    executable: tap-moco
    capabilities: [catalog, state, discover, about, stream-maps]
    settings:
    - {name: api_url}
    - {name: api_key, sensitive: true}
    - {name: custom_properties}
    - {name: rate_limits, kind: array}
    config:
      api_url: $SANDBOX_URL
      api_key: sandbox-moco-key
      custom_properties: columns
      rate_limits: []
    select: [projects.*]
  loaders:
  - name: target-postgres
    namespace: target_postgres
    executable: target-postgres
    settings:
    - {name: sqlalchemy_url, sensitive: true}
    - {name: default_target_schema}
    config:
      sqlalchemy_url: $WAREHOUSE_URL
      default_target_schema: moco
"""


def meltano_run(folder: Path, box: RunningSandbox, database: str, programs: Path) -> None:
    env = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "1",
        "SANDBOX_URL": config_for(box)["api_url"],
        "WAREHOUSE_URL": database.replace("postgresql://", "postgresql+psycopg://"),
    }
    done = subprocess.run(
        [programs / "meltano", "run", "tap-moco", "target-postgres"],
        cwd=folder, env=env, capture_output=True, text=True, timeout=150, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def columns(database: str) -> dict[str, str]:
    query = (
        "select column_name, data_type from information_schema.columns "
        "where table_schema = 'moco' and table_name = 'projects'"
    )
    with psycopg.connect(database) as connection:
        return dict(connection.execute(query).fetchall())


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_custom_fields_are_typed_columns_and_a_new_one_comes_with_the_next_run(
    box: RunningSandbox, database: str, tmp_path: Path, programs: Path
) -> None:
    (tmp_path / "meltano.yml").write_text(PROJECT, encoding="utf-8")

    meltano_run(tmp_path, box, database, programs)

    before = columns(database)
    assert before["custom_kostenstelle"] == "text"
    assert before["custom_abnahme_noetig"] == "boolean"
    assert before["custom_kanaele"] == "ARRAY"
    assert (before["budget"], before["start_date"]) == ("numeric", "date")
    body = {"action": "add", "entity": "Project", "name": "Abnahme am", "value": "Date"}
    box.control("POST", "/moco/custom_fields", body)
    advance(box)

    meltano_run(tmp_path, box, database, programs)

    assert columns(database) == {**before, "custom_abnahme_am": "date"}
    query = (
        "select id, custom_abnahme_noetig, custom_kanaele, custom_abnahme_am::text "
        "from moco.projects"
    )
    with psycopg.connect(database) as connection:
        rows = connection.execute(query).fetchall()
    served = box.world.moco.tables["projects"]
    assert {row[0] for row in rows} == served.keys()
    for ident, boolean, choices, date in rows:
        given = served[ident]["custom_properties"]
        unset = "Abnahme nötig" not in given
        assert boolean == (None if unset else given["Abnahme nötig"] == "1")
        assert choices == given.get("Kanäle")
        assert date == given.get("Abnahme am")
