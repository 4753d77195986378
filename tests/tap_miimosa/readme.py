"""Holds the README of a small tap against its command line."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

if t.TYPE_CHECKING:
    from tests.tap_moco.support import Record

ROOT = Path(__file__).parents[2]
# The SDK's own settings, which every plugin has.
BUILT_IN = {
    *("stream_maps", "stream_map_config", "faker_config", "batch_config"),
    *("flattening_enabled", "flattening_max_depth", "flattening_max_key_length"),
    "flattening_separator",
}


class Readme:
    """A package's README.

    Args:
        tap_class: The package's tap.
    """

    def __init__(self, tap_class: t.Any) -> None:  # noqa: ANN401 - any of the taps
        self.tap_class = tap_class
        self.text = (ROOT / tap_class.name / "README.md").read_text(encoding="utf-8")

    @property
    def headings(self) -> list[str]:
        prose = re.sub(r"```.*?```", "", self.text, flags=re.DOTALL)
        return re.findall(r"^##? .*", prose, re.MULTILINE)

    def table(self, heading: str) -> dict[str, list[str]]:
        """Return the rows of the first table below a heading, by their first cell."""
        section = self.text.partition(f"\n{heading}\n")[2]
        lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
        assert lines is not None
        rows = [line.strip("|").split("|") for line in lines[0].splitlines()[2:]]
        cells = [[cell.strip().replace("`", "") for cell in row] for row in rows]
        return {row[0]: row[1:] for row in cells}

    def command(self, *options: str) -> Record:
        """Return what the package's command says, as JSON."""
        module = self.tap_class.name.replace("-", "_")
        command = [sys.executable, "-m", module, *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        found: Record = json.loads(done.stdout)
        return found

    @functools.cached_property
    def settings(self) -> Record:
        """The settings that ``--about`` tells, without the SDK's own."""
        about = self.command("--about", "--format=json")["settings"]["properties"]
        return {name: setting for name, setting in about.items() if name not in BUILT_IN}

    def check_settings(self) -> None:
        rows = self.table("## Settings")
        assert rows.keys() == self.settings.keys()
        for name, setting in self.settings.items():
            default, meaning = rows[name]
            assert default == str(setting.get("default", "")), name
            assert ("Secret." in meaning) == bool(setting.get("secret")), name
            for value in setting.get("enum") or ():
                assert value is None or value in default + meaning, (name, value)

    def check_streams(self, stream_types: t.Iterable[t.Any]) -> None:
        rows = self.table("## Streams")
        catalog = {each["tap_stream_id"]: each for each in self.command("--discover")["streams"]}
        paths = {each.name: each.path for each in stream_types}
        assert rows.keys() == catalog.keys()
        for name, (endpoint, key, replication, requests) in rows.items():
            assert endpoint.split(", ")[0] == paths[name], name
            assert key.split(", ") == catalog[name]["key_properties"], name
            # Neither API has a date by which a list could be asked for.
            assert not catalog[name].get("replication_key"), name
            assert replication.startswith(("whole", "of projects")), name
            assert re.match(r"pages|1 per", requests), name

    def check_example(self, kind: str) -> None:
        """Check the settings in the first example of a kind: ``json`` or ``yaml``."""
        found = re.search(rf"```{kind}\n(.*?)```", self.text, re.DOTALL)
        assert found is not None
        example = yaml.safe_load(found[1])
        if kind == "yaml":
            plugin = example["plugins"]["extractors"][0]
            assert {each["name"] for each in plugin["settings"]} <= self.settings.keys()
            example = plugin["config"]
        assert example
        assert example.keys() <= self.settings.keys()
