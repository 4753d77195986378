"""Runs of the tap against a sandbox, and what they brought."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import logging
import signal
import subprocess
import sys
import typing as t
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tap_moco._kit.errors import KitError
from tap_moco.tap import TapMoco

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.testing import RunningSandbox

Record = dict[str, t.Any]
TAP = Path(sys.executable).parent / "tap-moco"
SIGNED = {"file_url", "attachment_url", "avatar_url", "signature_url", "file"}


class Run:
    """What one run of the tap wrote."""

    def __init__(self, output: bytes, log: str, *, error: KitError | None = None) -> None:
        self.messages: list[Record] = [json.loads(line) for line in output.splitlines()]
        self.log = log
        self.error = error
        self.records: dict[str, list[Record]] = defaultdict(list)
        self.schemas: dict[str, Record] = {}
        self.state: Record | None = None
        for message in self.messages:
            if message["type"] == "RECORD":
                self.records[message["stream"]].append(message["record"])
            elif message["type"] == "SCHEMA":
                self.schemas[message["stream"]] = message
            elif message["type"] == "STATE":
                self.state = message["value"]

    @property
    def summary(self) -> Record:
        line = next(line for line in self.log.splitlines() if "Run summary: " in line)
        found: Record = json.loads(line.partition("Run summary: ")[2])
        return found

    def keyed(self, stream: str) -> dict[tuple[str, ...], Record]:
        """Return a stream's records by key; a key that came twice is an error."""
        rows = self.records[stream]
        names = self.schemas[stream]["schema"] and self.schemas[stream]["key_properties"]
        found = {key_of(row, names): row for row in rows}
        assert len(found) == len(rows), f"{stream}: a key came twice"
        return found


def key_of(row: Record, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(row.get(name)) for name in names)


def same(got: t.Any, served: t.Any, field: str = "") -> bool:  # noqa: ANN401
    """Tell whether a value is the one that MOCO served, in the tap's one way of writing it."""
    if field in SIGNED and isinstance(got, str) and isinstance(served, str):
        return got.partition("?")[0] == served.partition("?")[0]
    if isinstance(got, dict) and isinstance(served, dict) and served:
        return got.keys() == served.keys() and all(same(got[k], served[k], k) for k in got)
    if isinstance(got, list) and isinstance(served, list):
        return len(got) == len(served) and all(map(same, got, served))
    if got is None and served in ("", {}):
        return True
    if isinstance(got, int | float) and isinstance(served, str):
        return float(served) == got
    return bool(got == served)


def world(box: RunningSandbox, stream: str) -> list[Record]:
    """Return all rows of a stream as MOCO has them now."""
    rows: list[Record] = box.control("GET", f"/world/moco/{stream}")["records"]
    return rows


def assert_same_rows(run: Run, box: RunningSandbox, stream: str) -> None:
    """Assert that a run brought a stream record for record."""
    got = run.keyed(stream)
    names = run.schemas[stream]["key_properties"]
    served = {key_of(row, names): row for row in world(box, stream)}
    assert got.keys() == served.keys(), stream
    for key, row in got.items():
        wrong = {f for f in row.keys() | served[key].keys()
                 if not same(row.get(f), served[key].get(f), f)}  # fmt: skip
        assert not wrong, f"{stream} {key}: {wrong}"


def just_now() -> datetime:
    """Return the moment half a minute ago; in its first one, the year's beginning."""
    now = datetime.now(timezone.utc)
    new_year = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return max(now - timedelta(seconds=30), new_year)


def advance(box: RunningSandbox) -> None:
    """Move the world to the present, or a second on if it is there.

    It stays in its year: configurations name the years whose reports they ask for.
    """
    present, world_now = datetime.now(timezone.utc), box.world.now
    if present.year > world_now.year:
        present = world_now.replace(month=12, day=31, hour=23, minute=59, second=59)
    now = max(present, world_now + timedelta(seconds=1))
    box.control("POST", "/advance", {"now": now.strftime("%Y-%m-%dT%H:%M:%SZ")})


def config_for(box: RunningSandbox, **settings: t.Any) -> Record:  # noqa: ANN401
    """Return a configuration; a setting that is None is left out."""
    year = box.world.now.year
    config = {
        "api_url": f"{box.url}/moco/api/v1",
        "api_key": "sandbox-moco-key",
        "rate_limits": [],
        "report_years": [year - 1, year],
        **settings,
    }
    return {name: value for name, value in config.items() if value is not None}


@functools.cache
def discovered() -> str:
    """Return the catalog as JSON; making it takes longer than most of what is tested."""
    tap = TapMoco(config={}, validate_config=False, setup_mapper=False)
    return json.dumps(tap.catalog_dict)


def select(*streams: str, catalog: Record | None = None, without: Iterable[str] = ()) -> Record:
    """Return a catalog with these streams selected, or all of them."""
    found: Record = json.loads(json.dumps(catalog) if catalog else discovered())
    for entry in found["streams"]:
        name = entry["tap_stream_id"]
        chosen = (not streams or name in streams) and name not in without
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = chosen
    return found


def run_tap(config: Record, *, state: Record | None = None, catalog: Record | None = None) -> Run:
    """Run the tap in this process; a failure that is told in one line is kept in the run."""
    output, log = io.BytesIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    error: KitError | None = None
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    text = io.TextIOWrapper(output, encoding="utf-8", write_through=True)
    logging.getLogger().addHandler(handler)
    logging.getLogger("tap-moco").setLevel(logging.INFO)
    try:
        with contextlib.redirect_stdout(text):
            tap = TapMoco(config=config, state=state, catalog=catalog)
            tap.run()
    except KitError as failure:
        error = failure
    finally:
        text.flush()
        logging.getLogger().removeHandler(handler)
        for number, previous in handlers.items():
            signal.signal(number, previous)
    return Run(output.getvalue(), log.getvalue(), error=error)


def tap_cli(config: Record, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tap's command line."""
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [str(TAP), "--config", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def requests_of(box: RunningSandbox) -> list[Record]:
    """Return the requests that MOCO was asked."""
    return [entry for entry in box.control("GET", "/requests") if entry["api"] == "moco"]
