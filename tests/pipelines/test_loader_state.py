"""A tap, the loader of the demo, and the STATE that it saves: what the next run begins with.

Loaders on the SDK read STATE with decimals and write what they have read.
"""

from __future__ import annotations

import json
import subprocess
import typing as t
from dataclasses import dataclass
from urllib.parse import parse_qsl

import psycopg
import pytest
from psycopg import sql

from loaders.settings import postgres_settings
from sandbox.testing import running_sandbox
from tests.harness.preloaded import PYTHON, start_programs
from tests.harness.run import Run
from tests.tap_moco.support import config_for, list_requests, select, world

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

pytestmark = pytest.mark.timeout(300)

TAP = "from tap_moco.tap import TapMoco; TapMoco.cli()"
# Each STATE that the tap could write, not one every two seconds.
TALKATIVE_TAP = f"from tap_moco._kit.state import writer; writer.STATE_SECONDS = 0; {TAP}"
LOADER = "from target_postgres.target import TargetPostgres as Target; {}Target.cli()"
# What it does after five minutes: write what it has to the table, and STATE to its output.
DRAINING = "Target._MAX_RECORD_AGE_IN_MINUTES = -1; "


@dataclass
class Loaded:
    """A run of the tap, and each STATE that the loader saved."""

    tap: Run
    states: list[dict[str, t.Any]]


class Pipeline:
    """tap-moco into target-postgres.

    Args:
        box: The API.
        database: URI of the warehouse.
        folder: Takes the files for the command lines.
        streams: What is read.
        settings: Configuration of the tap.
    """

    def __init__(
        self,
        box: RunningSandbox,
        database: str,
        folder: Path,
        streams: tuple[str, ...],
        **settings: t.Any,  # noqa: ANN401
    ) -> None:
        self.folder = folder
        self._write("tap", config_for(box, **settings))
        self._write("catalog", select(*streams))
        url = database.replace("postgresql://", "postgresql+psycopg://")
        there = {"sqlalchemy_url": url, "default_target_schema": "moco"}
        self._write("loader", {**postgres_settings(), **there})

    def _write(self, name: str, content: object) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def _python(self, code: str, *arguments: str, data: bytes = b"") -> tuple[bytes, str]:
        command = [start_programs() / PYTHON, "-c", code, *arguments]
        done = subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)
        log = done.stderr.decode()
        assert done.returncode == 0, log
        return done.stdout, log

    def run(
        self, state: dict[str, t.Any] | None = None, *, tap: str = TAP, loader: str = ""
    ) -> Loaded:
        """Run both to their end; both must succeed."""
        names = ["catalog"]
        if state is not None:
            self._write("state", state)
            names.append("state")
        files = [f"--{name}={self.folder / name}.json" for name in names]
        output, log = self._python(tap, f"--config={self.folder / 'tap.json'}", *files)
        config = f"--config={self.folder / 'loader.json'}"
        saved, _ = self._python(LOADER.format(loader), config, data=output)
        return Loaded(Run(output.decode(), log), [json.loads(line) for line in saved.splitlines()])


def held(database: str, table: str, column: str) -> dict[int, t.Any]:
    """A column of a table by id; PostgreSQL vouches that no id is there twice."""
    query = sql.SQL("select id, {} from {}").format(
        sql.Identifier(column), sql.Identifier("moco", table)
    )
    with psycopg.connect(database) as connection:
        rows = connection.execute(query).fetchall()
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def served(box: RunningSandbox, stream: str, column: str) -> dict[int, t.Any]:
    return {row["id"]: row[column] for row in world(box, stream)}


def test_a_run_stopped_by_its_budget_goes_on_from_what_the_loader_saved(
    database: str, tmp_path: Path
) -> None:
    streams = ("activities", "contacts")
    with running_sandbox(scale=0.5) as box:
        pipeline = Pipeline(
            box,
            database,
            tmp_path,
            streams,
            rate_limits=[{"requests": 3, "seconds": 3600}],
            on_rate_limit="stop",
            max_wait=0,
        )
        runs = [pipeline.run()]
        while runs[-1].tap.summary["outcome"] != "complete":
            assert len(runs) < 6
            runs.append(pipeline.run(runs[-1].states[-1]))
        pages = [(r["path"], *sorted(parse_qsl(r["query"]))) for r in list_requests(box)]

        assert len(runs) > 2
        for stream, column in (("activities", "description"), ("contacts", "lastname")):
            ids = [row["id"] for run in runs for row in run.tap.records[stream]]
            assert len(ids) == len(set(ids))
            assert held(database, stream, column) == served(box, stream, column)
        # Each run asks again for the page in which the one before stopped, and for no other.
        assert len(pages) == len(set(pages)) + len(runs) - 1


def test_a_loader_that_drains_in_the_middle_saves_a_place_to_go_on_from(
    database: str, tmp_path: Path
) -> None:
    """As it does every five minutes, in any run; here while the children are read."""
    with running_sandbox(scale=0.1) as box:
        pipeline = Pipeline(box, database, tmp_path, ("projects", "project_tasks"))
        whole = pipeline.run(tap=TALKATIVE_TAP, loader=DRAINING)
        places = [state for state in whole.states if "resume" in str(state)]
        rest = pipeline.run(places[-1])

        assert whole.tap.summary["outcome"] == rest.tap.summary["outcome"] == "complete"
        assert 0 < rest.tap.summary["requests"] < whole.tap.summary["requests"]
        assert len(whole.tap.records["project_tasks"]) > len(rest.tap.records["project_tasks"])
        for stream in ("projects", "project_tasks"):
            assert held(database, stream, "name") == served(box, stream, "name")
