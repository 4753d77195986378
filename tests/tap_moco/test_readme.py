"""The tables of the README are those of the code."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import yaml

from tap_moco.client import ChildStream, ClockStream, ReportStream
from tap_moco.streams import STREAMS
from tap_moco.streams.people import YearlyReport
from tap_moco.streams.tags import Taggings
from tap_moco.tap import TapMoco

ROOT = Path(__file__).parents[2]
README = (ROOT / "tap-moco" / "README.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading."""
    section = README.partition(f"\n{heading}\n")[2]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines is not None
    rows = [line.strip("|").split("|") for line in lines[0].splitlines()]
    return [[cell.strip().replace("`", "") for cell in row] for row in rows[2:]]


def test_the_headings_stand_in_their_order() -> None:
    headings = re.findall(r"^##? .*", README, re.MULTILINE)

    assert headings == [
        "# tap-moco", "## Use", "## Settings", "## Streams", "## Permissions", "## Worked example",
    ]  # fmt: skip


def test_the_settings_are_all_there_with_their_defaults() -> None:
    rows = {row[0]: row for row in table("## Settings")}
    # Less what the SDK adds to every tap.
    sdk = ("stream_map", "flattening_", "batch_", "faker_", "emit_")
    properties = TapMoco.config_jsonschema["properties"]
    schema = {name: each for name, each in properties.items() if not name.startswith(sdk)}

    assert rows.keys() == schema.keys()
    for name, setting in schema.items():
        _, default, meaning = rows[name]
        if "default" in setting:
            assert default == str(setting["default"]), name
        assert ("Secret." in meaning) == bool(setting.get("secret")), name
        for value in setting.get("enum", []):
            assert value is None or value in default + meaning, (name, value)


def replication(stream: t.Any) -> str:  # noqa: ANN401 - any of the stream classes
    if issubclass(stream, ChildStream):
        return "all, every run" if stream.every_run else "of changed parents"
    if issubclass(stream, ClockStream):
        return "updated since the last run"
    if issubclass(stream, ReportStream | YearlyReport):
        return "whole years"
    return "updated_at" if stream.replication_key else "whole"


def test_the_streams_are_all_there_as_they_are() -> None:
    rows = {row[0]: row[1:] for row in table("## Streams")}

    assert list(rows) == sorted(stream.name for stream in STREAMS)
    assert f"in {len(STREAMS)} streams" in README.replace("\n", " ")
    for stream in STREAMS:
        path, key, how, selected, requests, area = rows[stream.name]
        assert path == ("the eight lists" if stream is Taggings else vars(stream)["path"])
        assert key.split(", ") == list(stream.primary_keys), stream.name
        assert how == replication(stream), stream.name
        assert selected == ("yes" if stream.selected_by_default else "no"), stream.name
        assert area == stream.area + (" (beta)" if stream.beta else ""), stream.name
        per_record = issubclass(stream, ChildStream)
        assert requests.startswith("1 per") == (per_record or issubclass(stream, YearlyReport))


def test_the_selection_for_meltano_is_the_default_one() -> None:
    section = README.partition("To have there what is selected by default here:")[2]
    patterns = re.findall(r'"(.*?)"', section.split("```")[1])
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = (p for p in project["plugins"]["extractors"] if p["name"] == "tap-moco")

    left_out = sorted(stream.name for stream in STREAMS if not stream.selected_by_default)
    assert patterns == ["*.*", *(f"!{name}.*" for name in left_out)]
    assert plugin["select"] == patterns


def test_every_setting_is_one_in_meltano_too() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
    (plugin,) = (p for p in project["plugins"]["extractors"] if p["name"] == "tap-moco")
    settings = {setting["name"]: setting for setting in plugin["settings"]}

    for name, setting in TapMoco.config_jsonschema["properties"].items():
        if setting.get("secret"):
            assert settings[name]["sensitive"] is True, name
    own = [row[0] for row in table("## Settings")]
    assert set(own) <= settings.keys()
