"""Runs of a small tap against a sandbox, and what they brought."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import signal
import subprocess
import sys
import typing as t

from tap_miimosa.tap import TapMiiMosa
from tests.tap_moco.support import Run, key_of

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.tap_moco.support import Record

KEY = "sandbox-miimosa-key"


def run_with(
    tap_class: t.Any,  # noqa: ANN401 - any of the taps
    config: Record,
    *,
    catalog: Record,
    state: Record | None = None,
) -> Run:
    """Run a tap in this process, with all logs from DEBUG on as its command line writes them.

    A failure that is told in one line is kept in the run.
    """
    output, log = io.BytesIO(), io.StringIO()
    handler = logging.StreamHandler(log)
    error: t.Any = None
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    text = io.TextIOWrapper(output, encoding="utf-8", write_through=True)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger(tap_class.name).setLevel(logging.DEBUG)
    kit = sys.modules[f"{tap_class.__module__.partition('.')[0]}._kit.errors"]
    try:
        with contextlib.redirect_stdout(text):
            tap_class(config=config, state=state, catalog=catalog).run()
    except kit.KitError as failure:
        error = failure
    finally:
        text.flush()
        root.removeHandler(handler)
        root.setLevel(level)
        for number, previous in handlers.items():
            signal.signal(number, previous)
    return Run(output.getvalue(), log.getvalue(), error=error)


def select(tap_class: t.Any, *streams: str) -> Record:  # noqa: ANN401 - any of the taps
    """Return a catalog with these streams selected, or all of them."""
    catalog = tap_class(config={}, validate_config=False, setup_mapper=False).catalog_dict
    found: Record = json.loads(json.dumps(catalog))
    for entry in found["streams"]:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = not streams or entry["tap_stream_id"] in streams
    return found


def cli(module: str, config: Record, folder: Path, *options: str) -> t.Any:  # noqa: ANN401
    """Run a tap's command line."""
    path = folder / "config.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", module, "--config", str(path), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def world(box: RunningSandbox, api: str, stream: str) -> dict[tuple[str, ...], Record]:
    """Return all rows of a stream as the sandbox has them now, by key."""
    found = box.control("GET", f"/world/{api}/{stream}")
    return {key_of(row, found["key"]): row for row in found["records"]}


def paths(box: RunningSandbox, api: str) -> dict[str, int]:
    """Return how often each path was asked for."""
    found: dict[str, int] = box.control("GET", "/stats")[api]["by_path"]
    return found


def answer(
    box: RunningSandbox,
    api: str,
    path: str,
    body: object,
    headers: Record | None = None,
    **more: t.Any,  # noqa: ANN401
) -> None:
    """Let the sandbox answer a path with a body of ours."""
    fault = {"api": api, "path": path, "kind": "status", "status": 200, "times": None}
    text = body if isinstance(body, str) else json.dumps(body)
    box.control("POST", "/faults", {**fault, "body": text, "headers": headers or {}, **more})


def people(box: RunningSandbox, *, birthdates: bool = False) -> list[Record]:
    """Return the setting ``users`` for all people of the sandbox."""
    users = box.world.miimosa.users
    if birthdates:
        return [{"email": name, "birthdate": user["birthdate"]} for name, user in users.items()]
    return [{"email": name} for name in users]


def config_for(box: RunningSandbox, **settings: t.Any) -> Record:  # noqa: ANN401
    """Return a configuration; a setting that is None is left out."""
    config = {"api_url": f"{box.url}/miimosa", "api_key": KEY, "users": people(box), **settings}
    return {name: value for name, value in config.items() if value is not None}


def run_miimosa(config: Record, *streams: str, state: Record | None = None) -> Run:
    """Run tap-miimosa with these streams selected, or all of them."""
    return run_with(TapMiiMosa, config, catalog=select(TapMiiMosa, *streams), state=state)
