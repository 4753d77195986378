"""The tables of the README are those of the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tap_ulule.streams import STREAMS
from tap_ulule.tap import TapUlule

README = (Path(__file__).parents[2] / "tap-ulule" / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    lines = re.search(r"(?:^\|.*\n)+", README.partition(f"\n{heading}\n")[2], re.MULTILINE)
    assert lines is not None
    rows = [line.strip("|").split("|") for line in lines[0].splitlines()]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows[2:]]


def test_the_headings_stand_in_their_order() -> None:
    headings = re.findall(r"^##? .*", README, re.MULTILINE)

    assert headings == [
        "# tap-ulule", "## Settings", "## Streams", "## Authentication", "## Requests",
        "## Analyses",
    ]  # fmt: skip


def settings() -> dict[str, Any]:
    """The tap's settings, without those that the SDK adds to every tap."""
    of_every_tap: dict[str, Any] = {"properties": {}}
    TapUlule.append_builtin_config(of_every_tap)
    found = TapUlule.config_jsonschema["properties"]
    return {name: found[name] for name in found if name not in of_every_tap["properties"]}


def test_the_settings_are_all_there_with_their_defaults() -> None:
    rows = {row[0]: row for row in table("## Settings")}
    schema = settings()

    assert rows.keys() == schema.keys()
    for name, setting in schema.items():
        _, default, meaning = rows[name]
        if setting.get("default") is not None and name != "rate_limits":
            assert default == str(setting["default"]), name
        assert ("Secret." in meaning) == bool(setting.get("secret")), name
        for value in setting.get("enum", []):
            assert value is None or value in meaning, (name, value)


def test_the_streams_are_all_there_as_they_are() -> None:
    rows = {row[0]: row[1:] for row in table("## Streams")}

    assert list(rows) == sorted(stream.name for stream in STREAMS)
    assert f"in {len(STREAMS)} streams" in README.replace("\n", " ")
    for stream in STREAMS:
        path, key, parent, selected, requests = rows[stream.name]
        assert path == vars(stream)["path"]
        assert key.split(", ") == list(stream.primary_keys), stream.name
        assert selected == ("yes" if stream.selected_by_default else "no"), stream.name
        if stream.parent_stream_type:
            assert parent == stream.parent_stream_type.name
        if stream.embedded:
            assert requests == "none", stream.name
        if stream.extra_field:
            assert f"none from {stream.offered_from}" in requests, stream.name


def test_every_secret_is_marked() -> None:
    schema = settings()
    secret = {name for name, setting in schema.items() if setting.get("secret")}

    assert secret == {"password", "api_key", "client_secret", "refresh_token", "access_token"}
