"""Meltano itself: it merges states of stopped runs, and has one folder for all runs of a plugin."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.harness.run import Record, Run
from tests.tap_moco.support import config_for, run_command, select, world

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

STATE_ID = "dev:tap-moco-to-keeper"
PROJECT = """
version: 1
default_environment: dev
project_id: merged-states
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
    - {name: rate_limits, kind: array}
    - {name: on_rate_limit}
    - {name: max_wait, kind: integer}
    config: {api_key: sandbox-moco-key, on_rate_limit: stop, max_wait: 0}
    select: [contacts.*, activities.*]
    metadata:
      activities: {replication-method: FULL_TABLE}
  loaders:
  - name: keeper
    namespace: keeper
    executable: ./keeper
"""
# Keeps what it gets in a file, and prints the states.
KEEPER = f"""#!{sys.executable}
import json, os, sys
with open(os.environ["KEPT"], "w", encoding="utf-8") as kept:
    for line in sys.stdin:
        kept.write(line)
        message = json.loads(line)
        if message["type"] == "STATE":
            print(json.dumps(message["value"]), flush=True)
"""


class Project:
    """A Meltano project in a folder.

    Args:
        folder: It.
        box: The API.
        programs: Folder with Meltano and the tap.
    """

    def __init__(self, folder: Path, box: RunningSandbox, programs: Path) -> None:
        self.programs = programs
        self.kept = folder / "kept.jsonl"
        self.folder = folder
        self.env = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "NO_COLOR": "1",
            "MELTANO_CLI_DISABLE_VERSION_CHECK": "1",
            "TAP_MOCO_API_URL": config_for(box)["api_url"],
            "KEPT": str(self.kept),
        }
        (folder / "meltano.yml").write_text(PROJECT, encoding="utf-8")
        keeper = folder / "keeper"
        keeper.write_text(KEEPER, encoding="utf-8")
        keeper.chmod(0o755)

    def start(self, *arguments: str, limits: list[Record] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.programs / "meltano", *arguments],
            cwd=self.folder,
            env={**self.env, "TAP_MOCO_RATE_LIMITS": json.dumps(limits or [])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def meltano(self, *arguments: str, limits: list[Record] | None = None) -> str:
        """Run Meltano, which must succeed; return its standard output."""
        with self.start(*arguments, limits=limits) as process:
            out, log = process.communicate(timeout=150)
        assert process.returncode == 0, out + log
        return out

    def run(self, *options: str, requests: int | None = None) -> Run:
        """Run the pipeline; return what the target got."""
        limits = [{"requests": requests, "seconds": 3600}] if requests else None
        self.meltano("run", *options, "tap-moco", "keeper", limits=limits)
        return Run(self.kept.read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_stopped_full_refresh_between_stopped_runs_loses_nothing(
    tmp_path: Path, programs: Path
) -> None:
    with running_sandbox(scale=0.5) as box:
        project = Project(tmp_path, box, programs)
        merge = ("--state-strategy", "merge")
        project.run(*merge, requests=5)
        project.run(*merge)
        refresh = project.run("--full-refresh", requests=2)
        rest = project.run(*merge)
        quiet = project.run(*merge)
        printed = project.meltano("state", "get", STATE_ID)

        config = config_for(box)
        (tmp_path / "state.json").write_text(printed, encoding="utf-8")
        options = ["--state", str(tmp_path / "state.json")]
        catalog = tmp_path / "catalog.json"
        catalog.write_text(json.dumps(select("contacts")), encoding="utf-8")
        alone = run_command(config, tmp_path, *options, "--catalog", str(catalog))

        activities = {row["id"] for row in world(box, "activities")}
        assert {*refresh.ids("activities"), *rest.ids("activities")} == activities
        contacts = {row["id"] for row in world(box, "contacts")}
        assert {*refresh.ids("contacts"), *rest.ids("contacts")} == contacts
        assert len(quiet.ids("activities")) == len(activities)
        assert quiet.ids("contacts") == []
        assert alone.code == 0
        assert alone.ids("contacts") == []


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_second_run_of_a_plugin_says_that_the_first_is_under_way(
    tmp_path: Path, programs: Path
) -> None:
    with running_sandbox(scale=0.1) as box:
        project = Project(tmp_path, box, programs)
        never = {"api": "moco", "path": "/activities", "kind": "timeout_after", "times": None}
        box.control("POST", "/faults", never)
        # Meltano itself refuses a second run of one state only.
        run = ("run", "--state-id-suffix")
        with project.start(*run, "first", "tap-moco", "keeper") as first:
            while not any(
                each["path"] == "/activities" for each in box.control("GET", "/requests")
            ):
                assert first.poll() is None
                time.sleep(0.05)
            with project.start(*run, "second", "tap-moco", "keeper") as second:
                _, log = second.communicate(timeout=150)
            assert first.poll() is None
            first.terminate()
            first.communicate(timeout=150)

    assert second.returncode == 1
    assert "Another run of the Meltano plugin 'tap-moco' is under way" in log
