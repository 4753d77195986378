"""Loads a world and moves it on, builds the models, and prints both: what is, and what they say.

Usage: ``python -m tests.transform.five_moves DATABASE FOLDER``. A process of its own, for the taps
take the world's day for today in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from collections import Counter
from pathlib import Path

import psycopg
import yaml
from psycopg import sql
from psycopg.rows import dict_row

from demo.scope import World
from sandbox.process import sandbox_process
from sandbox.world.clock import parse_moment
from simulation.plugins import Pipeline
from simulation.processes import set_clock
from simulation.services import configure
from tests.pipelines.readme_blocks import blocks, filled
from tests.transform.leads import make_leads

if t.TYPE_CHECKING:
    from sandbox.process import SandboxClient

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-03-01T12:00:00Z"
YEARS = [2025, 2026]
MOVES = (0, 3, 5)
"""After which moves of the world all is loaded."""
BUILT = "analytics"
RATES = "account_internal_hourly_rates"
PARENTS = {"moco": {RATES}, "ulule": {"partner_projects"}}
"""Streams that no model reads, but those it reads come from."""
DERIVED = {"internal_rates", "project_order_items", "purchase_items"}
STREAMS: dict[str, dict[str, t.Any]] = yaml.safe_load(
    (ROOT / "transform" / "streams.yml").read_text(encoding="utf-8")
)


def build(database: str, folder: Path, today: str, *selection: str) -> dict[str, t.Any]:
    """Let dbt build models; return how its nodes ended, and what is wrong with some."""
    environment = {
        "DBT_HOST": database.rpartition("host=")[2],
        "DBT_DBNAME": database.partition("@/")[2].partition("?")[0],
        "DBT_SCHEMA": BUILT,
        "DBT_PROJECT_DIR": str(ROOT / "transform"),
        "DBT_PROFILES_DIR": str(ROOT / "transform"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_LOG_LEVEL_FILE": "none",
        "DBT_VERSION_CHECK": "false",
    }
    variables = json.dumps({"today": today})
    done = subprocess.run(
        [ROOT / ".transform" / "bin" / "dbt", "build", "--vars", variables, *selection],
        env={**os.environ, **environment}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    results = folder / "target" / "run_results.json"
    assert results.exists(), done.stdout + done.stderr
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
    bad = [f"{node['unique_id']}: {node['message']}" for node in nodes
           if node["status"] not in {"success", "pass"}]  # fmt: skip
    return {"ends": Counter(node["status"] for node in nodes), "bad": bad}


def list_streams(api: str) -> frozenset[str]:
    """Return the streams of a tap to select."""
    return frozenset({each["stream"] for each in STREAMS[api]["streams"]} | PARENTS.get(api, set()))


def load(pipelines: list[Pipeline]) -> None:
    """Load what all taps have."""
    for pipeline in pipelines:
        outcome = pipeline.run()
        assert outcome.ok, (pipeline.api, outcome)


def read_marts(database: str) -> dict[str, list[dict[str, t.Any]]]:
    """Return the rows of every table that dbt has built beside its staging models."""
    with psycopg.connect(database, row_factory=dict_row) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = %s", [BUILT]
        ).fetchall()
        return {
            each["table_name"]: connection.execute(
                sql.SQL("select * from {}").format(sql.Identifier(BUILT, each["table_name"]))
            ).fetchall()
            for each in names
        }


def read_world(box: SandboxClient) -> dict[str, list[dict[str, t.Any]]]:
    """Return the rows of the streams that the models read, as the world has them.

    What the taps make from nested lists is in the rows of what it is nested in.
    """
    world = World(box.control, searched=False)
    found = {
        f"{api}.{entry['stream']}": world.expected(api, entry["stream"])
        for api, streams in STREAMS.items()
        for entry in streams["streams"]
        if entry["stream"] not in DERIVED
    }
    return found | {f"moco.{RATES}": world.expected("moco", RATES)}


def live(box: SandboxClient, database: str, folder: Path) -> dict[str, t.Any]:
    """Load, move and build; return world, marts and how dbt's nodes ended."""
    box.control("PUT", "options", {"moco_missing": [], "date": "world"})
    url = database.replace("postgresql://", "postgresql+psycopg://")
    pipelines = [
        Pipeline(api, folder, config, url, list_streams(api))
        for api, config in configure(box, YEARS).items()
    ]
    now, built = NOW, []
    for move in MOVES:
        if move:
            now = box.control("POST", "advance", {"number": move})["now"]
        set_clock(parse_moment(now))
        load(pipelines)
        make_leads(database, box, complete=move == MOVES[-1])
        if move == 0:
            built.append(
                build(database, folder, now[:10], "--select", "+campaign_history",
                      "--exclude-resource-type", "test", "unit_test")
            )  # fmt: skip
    built.append(build(database, folder, now[:10]))
    marts, world = read_marts(database), read_world(box)
    page = write_page(database, folder)
    return {"today": now[:10], "world": world, "marts": marts, "built": built, "page": page}


def write_page(database: str, folder: Path) -> str:
    """Return the page that the command of the README writes."""
    (command,) = blocks((ROOT / "report" / "README.md").read_text(encoding="utf-8"), "sh")
    page = folder / "report.html"
    given = filled(command, {
        "python ": f"{sys.executable} ",
        "postgresql://user:password@localhost/warehouse": f"'{database}'",
        "report.html": str(page),
    })  # fmt: skip
    subprocess.run(["/bin/sh", "-ec", given], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return page.read_text(encoding="utf-8")


def main() -> None:
    """Print everything as one line of JSON."""
    database, folder = sys.argv[1], Path(sys.argv[2])
    with sandbox_process("--limits=none", "--seed=7", "--scale=0.3", f"--now={NOW}") as box:
        print(json.dumps(live(box, database, folder), default=str))


if __name__ == "__main__":
    main()
