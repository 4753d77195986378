"""Journals of target-miimosa-leads with many leads, made without sending any."""

from __future__ import annotations

import json
import sqlite3
import typing as t

from benchmarks.measure import BENCH, run

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = str(BENCH / "singer" / "bin" / "target-miimosa-leads")
_AT = "2026-01-31T12:00:00Z"


def make_dry(config: Path) -> Path:
    """Return a configuration that sends nothing, and looks up each lead in the same journal."""
    dry = config.with_name("dry.json")
    settings = json.loads(config.read_text("utf-8")) | {"dry_run": True}
    dry.write_text(json.dumps(settings), encoding="utf-8")
    return dry


def make_journal(folder: Path, count: int) -> Path:
    """Make a journal of delivered leads, and return the configuration that names it."""
    path, config, empty = folder / "journal.db", folder / "config.json", folder / "empty.jsonl"
    settings = {
        "api_url": "http://127.0.0.1:9",
        "api_key": "key",
        "journal_url": f"sqlite:///{path}",
    }
    config.write_text(json.dumps(settings), encoding="utf-8")
    empty.write_text("", encoding="utf-8")
    if run([TARGET, "--config", str(config), "--input", str(empty)]).code:
        raise SystemExit("No journal was made.")
    connection = sqlite3.connect(path)
    with connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(miimosa_lead)")]
        places = ", ".join(f":{name}" for name in names)
        connection.executemany(f"INSERT INTO miimosa_lead VALUES ({places})", _rows(names, count))  # noqa: S608
    connection.close()
    return config


def _rows(names: list[str], count: int) -> Iterator[dict[str, t.Any]]:
    blank = dict.fromkeys(names)
    for number in range(1, count + 1):
        digest = f"{number:064x}"
        yield blank | {
            "id": number, "stream": "leads", "identity": digest, "payload_digest": digest,
            "delivered_digest": digest, "status": "acknowledged", "attempts": 1,
            "created_at": _AT, "updated_at": _AT, "run_id": "2026-01-31", "sent_at": _AT,
        }  # fmt: skip
