"""The README of the models, as a stranger follows it in a project of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.pipelines.readme_blocks import iterate_blocks

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


def dbt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in a project, as its user does."""
    program = ROOT / ".transform" / "bin" / "dbt"
    return subprocess.run(
        [program, *arguments], cwd=folder, env={**os.environ, "PGTZ": "UTC"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@dataclass(frozen=True)
class Project:
    """A dbt project and its warehouse."""

    folder: Path
    warehouse: psycopg.Connection


@pytest.fixture(scope="module")
def project(
    make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """A project in which the README was followed, with what MOCO and Ulule have loaded."""
    database, folder = make_database(), tmp_path_factory.mktemp("project")
    profile = {
        "type": "postgres", "schema": "strange", "threads": 2, "user": "postgres", "password": "",
        "host": database.rpartition("host=")[2], "port": 5432,
        "dbname": database.partition("@/")[2].partition("?")[0],
    }  # fmt: skip
    profiles = {"mine": {"target": "dev", "outputs": {"dev": profile}}}
    (folder / "profiles.yml").write_text(json.dumps(profiles))
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in (
            "create schema raw_moco",
            "create table raw_moco.deals (id int, money int, currency text)",
            "alter table raw_moco.deals add _sdc_extracted_at timestamptz",
            "insert into raw_moco.deals values (1, 100, 'EUR', now())",
            "create schema ulule",
            "create table ulule.projects (id int, currency text, _sdc_extracted_at timestamp)",
            "insert into ulule.projects values (7, 'EUR', now()), (8, 'EUR', now())",
        ):
            connection.execute(statement)
        for command in write_project(folder):
            done = dbt(folder, *command.split()[1:])
            assert done.returncode == 0, done.stdout
        yield Project(folder, connection)


def test_the_package_builds_in_another_project_with_what_is_loaded(project: Project) -> None:
    query = project.warehouse.execute
    stages = query("select stage, currency from strange_agency.sales_pipeline")
    assert stages.fetchall() == [("(none)", "EUR")]
    deals = query("select deal_id, money from strange_staging.stg_moco__deals")
    assert deals.fetchall() == [(1, 100)]
    assert query("select campaigns from strange.own").fetchall() == [(2,)]


def test_a_platform_that_is_not_found_fails_the_build_and_closes_no_campaign(
    project: Project,
) -> None:
    models = ("+campaign_history", "every_source_in_use_is_loaded")
    build = ("build", "--indirect-selection=empty", "--select", *models, "--vars")

    def open_campaigns() -> list[tuple[str]]:
        return project.warehouse.execute(
            "select campaign_key from strange_agency.campaign_history "
            "where dbt_valid_to is null order by 1"
        ).fetchall()

    misspelled = dbt(project.folder, *build, "ulule_schema: ullule")
    assert misspelled.returncode == 1
    assert "Set the variable ulule_schema" in misspelled.stdout
    assert open_campaigns() == [("ulule:7",), ("ulule:8",)]
    project.warehouse.execute("delete from ulule.projects where id = 8")
    found = dbt(project.folder, *build, "{}")
    assert found.returncode == 0, found.stdout
    assert open_campaigns() == [("ulule:7",)]
