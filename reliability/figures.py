"""The files of figures that the long commands write: one of JSON lines for each of them."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import platform
import subprocess
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "reliability" / "figures"


@functools.cache
def stamp() -> dict[str, t.Any]:
    """Return when this process began to count, of which commit, and on what machine."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607 - the one of the PATH
        cwd=ROOT, capture_output=True, text=True, check=False,
    ).stdout.strip()  # fmt: skip
    return {
        "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
        "commit": commit or "unknown",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def append(path: Path, name: str, figures: dict[str, t.Any]) -> None:
    """Append what was counted to a file."""
    line = json.dumps({"name": name, **stamp(), **figures}, sort_keys=True)
    with path.open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


def read(command: str) -> dict[str, dict[str, t.Any]]:
    """Return the figures that a command has written, by name; the last of a name counts."""
    path = FOLDER / f"{command}.jsonl"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {found["name"]: found for found in map(json.loads, lines)}
