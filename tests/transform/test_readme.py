"""The README of the models, as a stranger follows it in a project of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.pipelines.readme_blocks import iterate_blocks

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "transform" / "README.md"
HEADING = "Use it in a project of your own"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def write_project(folder: Path) -> list[str]:
    """Write the files that the README shows; return its commands."""
    blocks = [
        text for heading, _, text in iterate_blocks("transform/README.md") if heading == HEADING
    ]
    packages, variables, commands, models = blocks
    # The line for a path, with that of this checkout, in place of the lines for git.
    (local,) = re.findall(r"# or: (- local: )\S+", packages)
    (folder / "packages.yml").write_text(f"packages:\n  {local}{ROOT / 'transform'}\n")
    project = "name: my_agency\nversion: 1.0.0\nprofile: mine\n"
    (folder / "dbt_project.yml").write_text(f"{project}{variables}{models}")
    (folder / "models").mkdir()
    own = "select count(*) as campaigns from {{ ref('crowdfunding_agency', 'campaigns') }}"
    assert "ref('crowdfunding_agency', 'campaigns')" in README.read_text(encoding="utf-8")
    (folder / "models" / "own.sql").write_text(own)
    return commands.splitlines()


def test_the_package_builds_in_another_project_with_what_is_loaded(
    database: str, tmp_path: Path
) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("create schema raw_moco")
        connection.execute("create table raw_moco.deals (id bigint, money numeric, currency text)")
        connection.execute("insert into raw_moco.deals values (1, 100, 'EUR')")
    commands = write_project(tmp_path)
    profile = {
        "type": "postgres", "schema": "strange", "threads": 2, "user": "postgres", "password": "",
        "host": database.rpartition("host=")[2], "port": 5432,
        "dbname": database.partition("@/")[2].partition("?")[0],
    }  # fmt: skip
    profiles = {"mine": {"target": "dev", "outputs": {"dev": profile}}}
    (tmp_path / "profiles.yml").write_text(json.dumps(profiles))
    path = f"{ROOT / '.transform' / 'bin'}{os.pathsep}{os.environ['PATH']}"

    for command in commands:
        done = subprocess.run(
            command.split(), cwd=tmp_path, env={**os.environ, "PATH": path, "PGTZ": "UTC"},
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout

    with psycopg.connect(database) as connection:
        stages = connection.execute("select stage, currency from strange_agency.sales_pipeline")
        assert stages.fetchall() == [("(none)", "EUR")]
        (own,) = connection.execute("select campaigns from strange.own").fetchone() or (None,)
        deals = connection.execute("select deal_id, money from strange_staging.stg_moco__deals")
        assert deals.fetchall() == [(1, 100)]
    assert own == 0
