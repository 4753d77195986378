"""The taps of this repository as commands."""

from __future__ import annotations

import json
import typing as t

from benchmarks.measure import BENCH, run
from benchmarks.peers.lists import MOCO, PROJECT, ULULE

if t.TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

PYTHON = str(BENCH / "singer" / "bin" / "python")


def select(package: str, config: Path, streams: Collection[str]) -> Path:
    """Discover, select streams as a user would, and return the catalog, beside the config."""
    lines: list[bytes] = []
    run([PYTHON, "-m", package, "--config", str(config), "--discover"], lines.extend)
    catalog = json.loads(b"".join(lines))
    for stream in catalog["streams"]:
        for entry in stream["metadata"]:
            if not entry["breadcrumb"]:
                entry["metadata"]["selected"] = stream["tap_stream_id"] in streams
    path = config.with_suffix(".catalog.json")
    path.write_text(json.dumps(catalog), encoding="utf-8")
    return path


def api_settings(package: str, url: str, concurrency: int) -> dict[str, t.Any]:
    """Return the settings of tap-moco or tap-ulule for the benchmark server."""
    settings: dict[str, t.Any] = {"concurrency": concurrency, "rate_limits": []}
    if package == "tap_moco":
        return settings | {"api_url": url + MOCO, "api_key": "key"}
    who = {"auth_method": "api_key", "username": "owner", "api_key": "key"}
    return settings | who | {"api_url": url + ULULE, "project_ids": [PROJECT]}
