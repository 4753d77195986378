"""Made-up leads as Singer messages."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_leads(path: Path, count: int) -> Path:
    """Write a Singer file of leads and return its path."""
    path.write_text("".join(f"{json.dumps(each)}\n" for each in _messages(count)), "utf-8")
    return path


def _messages(count: int) -> Iterator[dict[str, t.Any]]:
    rows = [
        {
            "email": f"person{number}@example.org",
            "firstname": "Person",
            "lastname": f"Number {number}",
            "phone": "0600000000",
            "collect_type": "donation",
            "project_description": f"Project number {number} of this benchmark",
            "project_total_budget": "1000",
            "publication_timeframe": "next_months",
        }
        for number in range(count)
    ]
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in rows[0]}}
    yield {"type": "SCHEMA", "stream": "leads", "key_properties": ["email"], "schema": schema}
    for row in rows:
        yield {"type": "RECORD", "stream": "leads", "record": row}
    yield {"type": "STATE", "value": {"done": True}}
