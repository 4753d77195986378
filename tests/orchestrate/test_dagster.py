"""Dagster loads accounts of the sandbox and makes models of them: ``make orchestrate-test``."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing as t

import psycopg
import pytest
import yaml

from sandbox.testing import running_sandbox
from tests.pipelines.project import ROOT, Project
from tests.tap_moco.support import just_now

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.run import Record

PYTHON = ROOT / ".orchestrate" / "bin" / "python"
ACCOUNTS: list[Record] = [
    {
        "name": "paris",
        "plugin": "tap-moco",
        "config": {"api_url": "${SANDBOX_URL}/moco/api/v1", "retry_seconds": 0},
        "secrets": {"api_key": "PARIS_KEY"},
    },
    {
        "name": "lyon",
        "plugin": "tap-moco",
        "config": {"api_url": "${OTHER_URL}/moco/api/v1"},
        "secrets": {"api_key": "LYON_KEY"},
        "select": ["contacts.*", "companies.*", "users.*"],
        "schedule": "15 3 * * *",
    },
    {
        "name": "campaigns",
        "plugin": "tap-ulule",
        "config": {
            "api_url": "${SANDBOX_URL}/ulule/v1",
            "auth_method": "api_key",
            "search_query": "partners:agence-exemple",
        },
        "secrets": {"api_key": "CAMPAIGNS_KEY"},
        "select": ["projects.*", "project_rewards.*"],
    },
    {
        "name": "nobody",
        "plugin": "tap-moco",
        "config": {"api_url": "${SANDBOX_URL}/moco/api/v1"},
        "secrets": {"api_key": "NOBODYS_KEY"},
        "select": ["contacts.*"],
    },
]
TABLE = {
    "accounts": ACCOUNTS,
    "marts": [{"name": "marts_paris", "accounts": ["paris", "campaigns"]}],
}
KEYS = {"PARIS_KEY": "sandbox-moco-key", "LYON_KEY": "sandbox-moco-key",
        "CAMPAIGNS_KEY": "sandbox-ulule-key"}  # fmt: skip
needs_dagster = pytest.mark.skipif(not PYTHON.exists(), reason="needs make orchestrate-test")


def write_project(folder: Path) -> None:
    shutil.copy(ROOT / "meltano.yml", folder)
    table = folder / "accounts.yml"
    table.write_text(yaml.safe_dump(TABLE), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "accounts", "--table", table, "--project", folder],
        cwd=ROOT, check=True, timeout=120, capture_output=True,
    )  # fmt: skip


def materialize(project: Project, *what: str, **env: str) -> Record:
    """Run jobs with Dagster; return what it says of each."""
    given = {**project.env, **KEYS, **env, "ORCHESTRATE_PROJECT": str(project.folder)}
    given |= {"DAGSTER_HOME": "", "DBT_LOG_LEVEL": "warn", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [PYTHON, "-m", "tests.orchestrate.materialize", *what],
        cwd=ROOT, env={k: v for k, v in given.items() if v},
        capture_output=True, text=True, timeout=850, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found: Record = json.loads(done.stdout.splitlines()[-1])
    return found


def count_rows(uri: str, table: str) -> int:
    with psycopg.connect(uri) as connection:
        ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()  # noqa: S608
    return int(count)


@needs_dagster
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_accounts_and_their_models_are_materialized(database: str, tmp_path: Path) -> None:
    write_project(tmp_path)
    with (
        running_sandbox(scale=0.2, now=just_now()) as box,
        running_sandbox(scale=0.2, now=just_now(), seed=8) as other,
    ):
        project = Project(box, database, tmp_path, ROOT / ".venv" / "bin")
        # One answer that fails, and no second try of the tap's own.
        fault = {"api": "moco", "path": "/contacts", "kind": "status", "status": 500, "times": 1}
        box.control("POST", "/faults", fault)

        found = materialize(
            project, "load_moco=nobody", "load_moco=paris", "load_moco=lyon",
            "load_moco=lyon:moco/people", "load_ulule=campaigns", "build_marts=marts_paris",
            OTHER_URL=other.url,
        )  # fmt: skip
        contacts = len(other.control("GET", "/world/moco/contacts")["records"])
    nobody, paris, lyon, people, campaigns, models = found.values()
    # A key that is not set fails only its own assets, and is not tried again.
    assert not nobody["success"]
    assert nobody["assets"] == {}
    assert nobody["attempts"] == 1
    assert "exit code 2" in nobody["failure"][0]
    # What may pass is.
    assert paris["success"], paris
    assert paris["attempts"] == 2
    # Groups of which nothing is selected have nothing to show.
    assert lyon["success"], lyon
    assert set(lyon["assets"]) == {"moco/contacts", "moco/people"}
    assert lyon["assets"]["moco/people"]["records"] == count_rows(database, "lyon.users")
    assert count_rows(database, "lyon.contacts") == contacts
    # One group alone, from the state of the run before.
    assert people["success"], people
    assert set(people["assets"]) == {"moco/people"}
    assert people["assets"]["moco/people"]["records"] == 0
    assert campaigns["success"], campaigns
    assert {"ulule/projects", "ulule/rewards"} <= set(campaigns["assets"])
    assert models["success"], models
    assert count_rows(database, "marts_paris.campaigns") > 0
    assert count_rows(database, "marts_paris.project_profitability") > 0
    assert "receivables" in models["assets"]
    # The limit of runs per key goes by the tag.
    assert paris["tags"]["api_key"] != lyon["tags"]["api_key"]


@needs_dagster
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_leads_of_which_nobody_knows_are_left_to_a_person(database: str, tmp_path: Path) -> None:
    write_project(tmp_path)
    with running_sandbox(scale=0.2, now=just_now()) as box:
        project = Project(box, database, tmp_path, ROOT / ".venv" / "bin")
        fault = {"api": "miimosa", "method": "POST", "kind": "status", "status": 500, "times": 1}
        box.control("POST", "/faults", fault)

        (leads,) = materialize(project, "deliver_leads=").values()

    assert not leads["success"]
    assert leads["attempts"] == 1
    assert "exit code 4" in leads["failure"][0]
    assert "resolve" in leads["failure"][0]
