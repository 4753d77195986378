"""The tables of the README are those of the code."""

from __future__ import annotations

import re
import typing as t

import yaml

from tap_moco.kinds import ChildStream, RunTimestampStream
from tap_moco.streams import STREAMS
from tap_moco.streams.people import ProfilePerformanceReport
from tap_moco.streams.tags import Taggings
from tap_moco.tap import TapMoco
from tap_moco.yearly import PeriodReportStream, ReportStream
from tests.readme import ROOT, Readme

README = Readme("tap-moco")
YEARLY = (ReportStream, PeriodReportStream, ProfilePerformanceReport)


def test_the_headings_stand_in_their_order() -> None:
    assert README.headings == [
        "# tap-moco", "## Use", "## Settings", "## Streams", "## Permissions", "## Worked example",
    ]  # fmt: skip


def test_the_settings_are_those_of_the_command_line() -> None:
    README.check_settings()


def replication(stream: t.Any) -> str:  # noqa: ANN401 - any of the stream classes
    if issubclass(stream, ChildStream):
        return "all, every run" if stream.every_run else "of changed parents"
    if issubclass(stream, RunTimestampStream):
        return "updated since the last run"
    if issubclass(stream, YEARLY):
        return "whole years"
    return "updated_at" if stream.replication_key else "whole"


def test_the_streams_are_all_there_as_they_are() -> None:
    rows = README.table("## Streams")

    assert list(rows) == sorted(stream.name for stream in STREAMS)
    assert f"in {len(STREAMS)} streams" in README.text.replace("\n", " ")
    for stream in STREAMS:
        path, key, how, selected, requests, area = rows[stream.name]
        assert path == ("the eight lists" if stream is Taggings else vars(stream)["path"])
        assert key.split(", ") == list(stream.primary_keys), stream.name
        assert how == replication(stream), stream.name
        assert selected == ("yes" if stream.selected_by_default else "no"), stream.name
        assert area == stream.area + (" (beta)" if stream.beta else ""), stream.name
        if stream.parent_field:
            assert requests == "none", stream.name
            continue
        per_record = issubclass(stream, ChildStream)
        assert requests.startswith("1 per") == (per_record or stream is ProfilePerformanceReport)


def test_the_selection_for_meltano_is_the_default_one() -> None:
    section = README.text.partition("To have there what is selected by default here:")[2]
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
    assert README.settings.keys() <= settings.keys()
