"""Holds the README of a package against its command line."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
# The SDK's own settings, which every plugin has.
BUILT_IN = {
    *("stream_maps", "stream_map_config", "faker_config", "batch_config"),
    *("flattening_enabled", "flattening_max_depth", "flattening_max_key_length"),
    "flattening_separator",
}


class Readme:
    """The README of a package.

    Args:
        package: Its name, which is that of its command too.
    """

    def __init__(self, package: str) -> None:
        self.package = package
        self.text = (ROOT / package / "README.md").read_text(encoding="utf-8")

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

    def command(self, *options: str) -> dict[str, t.Any]:
        """Return what the package's command says, as JSON."""
        command = [sys.executable, "-m", self.package.replace("-", "_"), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        found: dict[str, t.Any] = json.loads(done.stdout)
        return found

    @functools.cached_property
    def settings(self) -> dict[str, dict[str, t.Any]]:
        """The settings that ``--about`` tells, without the SDK's own."""
        about = self.command("--about", "--format=json")["settings"]["properties"]
        return {name: setting for name, setting in about.items() if name not in BUILT_IN}

    def check_settings(self) -> None:
        """Check that the table has every setting with its default and its values."""
        rows = self.table("## Settings")
        assert rows.keys() == self.settings.keys()
        for name, setting in self.settings.items():
            told, meaning = rows[name]
            default = setting.get("default")
            if isinstance(default, str | bool | int | float):
                assert told in {str(default), json.dumps(default)}, name
            assert ("Secret." in meaning) == bool(setting.get("secret")), name
            for value in setting.get("enum") or ():
                assert value is None or value in told + meaning, (name, value)

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


def check_whole_lists(readme: Readme, stream_types: t.Iterable[t.Any]) -> None:
    """Check the streams of a tap whose API has no date by which a list could be asked for."""
    rows = readme.table("## Streams")
    catalog = {each["tap_stream_id"]: each for each in readme.command("--discover")["streams"]}
    paths = {each.name: each.path for each in stream_types}
    assert rows.keys() == catalog.keys()
    for name, (endpoint, key, replication, requests) in rows.items():
        assert endpoint.split(", ")[0] == paths[name], name
        assert key.split(", ") == catalog[name]["key_properties"], name
        assert not catalog[name].get("replication_key"), name
        assert replication.startswith(("whole", "of projects")), name
        assert re.match(r"pages|1 per", requests), name
