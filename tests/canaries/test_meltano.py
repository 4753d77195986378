"""Meltano's own logs and files: no secret anywhere, personal data only in the RECORDs it repeats.

At debug level Meltano logs each message that passes from the tap to the target.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t

import pytest

from tests.canaries.planted import EVERYTHING, PERSON, SECRETS, find
from tests.canaries.tap_table import PEOPLE
from tests.canaries.test_taps import list_arguments
from tests.faults.hostile_answers import answer
from tests.faults.raw_server import RawServer

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROJECT = """
version: 1
default_environment: dev
project_id: canaries
send_anonymous_usage_stats: false
environments: [{name: dev}]
plugins:
  extractors:
  - name: tap-miimosa
    namespace: tap_miimosa
    executable: tap-miimosa
    capabilities: [catalog, state, discover, about, stream-maps]
    settings:
    - {name: api_url}
    - {name: api_key, sensitive: true}
    - {name: users, kind: array, sensitive: true}
    - {name: user_endpoints}
    config: {user_endpoints: user}
    select: [pledges.*]
  loaders:
  - name: keeper
    namespace: keeper
    executable: ./keeper
"""
# What Meltano keeps of the settings, for as long as the plugin runs.
SETTINGS = re.compile(r"tap\.config\.json|.*\.yml|\.env")


@pytest.fixture
def server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "status",
    ["200 OK", f"400 {SECRETS['api_key']} of {PERSON['email']}"],
    ids=["a good answer", "a refusal"],
)
def test_no_canary(server: RawServer, programs: Path, tmp_path: Path, status: str) -> None:
    arguments: dict[str, str] = {}

    def script(_: str) -> Iterator[bytes | float]:
        arguments.update(list_arguments(tmp_path))
        yield answer(json.dumps([{"id": 1, **PERSON}]).encode(), status)

    server.script = script
    (tmp_path / "meltano.yml").write_text(PROJECT, encoding="utf-8")
    keeper = tmp_path / "keeper"
    keeper.write_text("#!/bin/sh\ncat > /dev/null\n", encoding="utf-8")
    keeper.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "NO_COLOR": "1",
        "MELTANO_CLI_DISABLE_VERSION_CHECK": "1",
        "TAP_MIIMOSA_API_URL": server.url,
        "TAP_MIIMOSA_API_KEY": SECRETS["api_key"],
        "TAP_MIIMOSA_USERS": json.dumps(PEOPLE),
        "TAP_MIIMOSA_LOGLEVEL": "DEBUG",
    }
    done = subprocess.run(
        [programs / "meltano", "--log-level=debug", "run", "tap-miimosa", "keeper"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert (done.returncode == 0) == (status == "200 OK"), done.stderr[-2000:]
    assert arguments
    places = {"standard output": done.stdout, "standard error": done.stderr, **arguments}
    for path in tmp_path.rglob("*"):
        if path.is_file() and not SETTINGS.fullmatch(path.name):
            places[str(path.relative_to(tmp_path))] = path.read_text(encoding="latin-1")
    found = {place: find(EVERYTHING, without_records(text)) for place, text in places.items()}
    assert {place: canaries for place, canaries in found.items() if canaries} == {}


def without_records(text: str) -> str:
    """Return a text without the lines that hold a RECORD, as it is or within JSON."""
    return "\n".join(line for line in text.splitlines() if '"RECORD' not in line.replace("\\", ""))
