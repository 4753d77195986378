"""Writes docs/personal-data.md, the fields that the taps' catalogs mark: `make personal-data`."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from pathlib import Path

from tap_moco._kit.personal_data import MARK, list_marked

DOCUMENT = Path(__file__).parent / "personal-data.md"
TAPS = ("tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge")
# Fields that no document names: in every stream, and said at the top.
EXTRA = "_extra"
HEAD = """# Personal data

The fields that the taps mark as personal data: `"x-personal": true` in their JSON schemas, and so
in what `--discover` prints. `make personal-data` writes these tables. A mark goes for all that is
inside of the field; `[]` stands for the rows of a list. Not marked are ids, public texts about
campaigns, and the addresses of pickup points, which are shops.

With `personal_data: exclude` none of them is in a SCHEMA or RECORD; a list of which a row has one,
and an object that has nothing else, are left out as a whole. Streams whose key is marked are not
there, nor is `_extra`, which every stream has for fields that no document names.
"""


def describe(entry: dict[str, t.Any]) -> str:
    """Return the marked fields of a stream; empty if there are none."""
    places: dict[str, list[str]] = {}
    for field in list_marked(entry["schema"]):
        if field != EXTRA:
            place, dot, name = field.rpartition(".")
            places.setdefault(place + dot, []).append(name)
    parts = [
        f"`{place}{names[0]}`"
        if len(names) == 1
        else ", ".join(f"`{name}`" for name in names)
        if not place
        else f"of `{place.rstrip('.')}`: " + ", ".join(f"`{name}`" for name in names)
        for place, names in places.items()
    ]
    keys = entry["key_properties"]
    gone = any(definition.get(MARK) and name in keys
               for name, definition in entry["schema"]["properties"].items())  # fmt: skip
    return "; ".join(parts) + (". **In its key: the stream is left out**" if gone else "")


def make_document() -> str:
    """Return what the file should hold."""
    parts = [HEAD]
    for tap in TAPS:
        command = [str(Path(sys.executable).parent / tap), "--discover"]
        catalog = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
        rows = {entry["tap_stream_id"]: describe(entry) for entry in catalog["streams"]}
        table = "".join(f"| `{name}` | {rows[name]} |\n" for name in sorted(rows) if rows[name])
        parts.append(f"\n## {tap}\n\n| stream | fields |\n|---|---|\n{table}")
    return "".join(parts)


if __name__ == "__main__":
    DOCUMENT.write_text(make_document(), encoding="utf-8")
