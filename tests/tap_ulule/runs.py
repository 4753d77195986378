"""Runs tap-ulule against a sandbox and reads what it wrote."""

from __future__ import annotations

import collections
import contextlib
import io
import json
import logging
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_ulule._kit.errors import KitError
from tap_ulule.tap import TapUlule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.testing import RunningSandbox

KEY = "sandbox-ulule-key"
STAFF_KEY = "sandbox-ulule-staff-key"
PARTNER = "agence-exemple"
ROOT = Path(__file__).parents[2]


@dataclass
class Run:
    """What a run wrote: records by stream, the last STATE, its log, and how it failed."""

    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""
    error: str = ""
    code: int = 0

    @property
    def state(self) -> dict[str, Any]:
        return self.states[-1]

    def ids(self, stream: str, name: str = "id") -> list[Any]:
        return [record[name] for record in self.records.get(stream, [])]

    @property
    def summary(self) -> dict[str, Any]:
        (line,) = [line for line in self.log.splitlines() if "Run summary: " in line]
        found = json.loads(line.partition("Run summary: ")[2])
        assert isinstance(found, dict)
        return found


def config(box: RunningSandbox, **settings: object) -> dict[str, Any]:
    """Settings for a sandbox: signed in by key, no limits, nothing fetched ahead."""
    signed = {"auth_method": "api_key", "api_key": KEY} if "auth_method" not in settings else {}
    return {
        "api_url": f"{box.url}/ulule/v1",
        "discussions_url": f"{box.url}/ulule/discussions",
        "token_url": f"{box.url}/ulule/oauth2/token/",
        "rate_limits": [],
        "concurrency": 1,
        **signed,
        **settings,
    }


def catalog(streams: Iterable[str]) -> dict[str, Any]:
    """A catalog in which exactly these streams are selected."""
    wanted = set(streams)
    found = TapUlule(config={}, validate_config=False).catalog_dict
    for entry in found["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] in ((), []):
                item["metadata"]["selected"] = entry["tap_stream_id"] in wanted
    unknown = wanted - {entry["tap_stream_id"] for entry in found["streams"]}
    assert not unknown
    return found


def read(text: str, found: Run) -> Run:
    """Sort the messages of a run."""
    records: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for line in text.splitlines():
        message = json.loads(line) if line.startswith("{") else {"type": "a plan"}
        if message["type"] == "RECORD":
            records[message["stream"]].append(message["record"])
        elif message["type"] == "STATE":
            found.states.append(message["value"])
    found.records = dict(records)
    return found


def run(
    settings: dict[str, Any],
    *,
    state: dict[str, Any] | None = None,
    select: Iterable[str] | None = None,
) -> Run:
    """Run the tap in this process."""
    found = Run()
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    given = json.loads(json.dumps(state)) if state else None
    try:
        with contextlib.redirect_stdout(out):
            tap = TapUlule(
                config=settings, state=given, catalog=catalog(select) if select else None
            )
            tap.run()
    except KitError as error:
        found.error, found.code = str(error), error.exit_code
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    out.flush()
    found.log = log.getvalue()
    return read(out.buffer.getvalue().decode(), found)  # type: ignore[attr-defined]


def run_command(
    folder: Path,
    settings: dict[str, Any],
    *options: str,
    state: dict[str, Any] | None = None,
    select: Iterable[str] | None = None,
) -> Run:
    """Run the tap as users do: its command, with files."""
    arguments = [sys.executable, "-m", "tap_ulule", *options]
    files = {"config": settings, "state": state, "catalog": catalog(select) if select else None}
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
    done = subprocess.run(
        arguments, capture_output=True, text=True, timeout=120, check=False, cwd=folder
    )
    return read(done.stdout, Run(log=done.stderr, error=done.stderr, code=done.returncode))


def asked(box: RunningSandbox) -> list[str]:
    """The paths that the sandbox was asked for, in order."""
    return [entry["path"] for entry in box.control("GET", "/requests")]


def change(box: RunningSandbox, kind: str, **details: object) -> Any:  # noqa: ANN401 - JSON
    """Change the sandbox's world, now or after a request."""
    return box.control("POST", "/ulule", {"change": kind, **details})
