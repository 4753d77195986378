"""meltano.yml says of every plugin what the plugin itself says with --about and --discover."""

from __future__ import annotations

import functools
import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.harness.preloaded import start_programs

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, t.Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
PLUGINS: dict[str, dict[str, t.Any]] = {
    plugin["name"]: plugin for kind in PROJECT["plugins"].values() for plugin in kind
}
TAPS = ("tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge")
OURS = (*TAPS, "target-miimosa-leads")
# Their READMEs say more than a project needs: only what it uses is declared.
OTHERS = ("tap-postgres", "target-postgres")
KINDS = {"object": "object", "array": "array", "boolean": "boolean", "integer": "integer"}


@functools.cache
def about(name: str) -> dict[str, dict[str, t.Any]]:
    command = [start_programs() / name, "--about", "--format=json"]
    output = subprocess.check_output(command, text=True)
    settings: dict[str, dict[str, t.Any]] = json.loads(output)["settings"]["properties"]
    return settings


def kind(setting: dict[str, t.Any]) -> str:
    if setting.get("enum"):
        return "options"
    if setting.get("format") == "date-time":
        return "date_iso8601"
    types = set(setting["type"] if isinstance(setting["type"], list) else [setting["type"]])
    return next((KINDS[name] for name in KINDS if name in types), "string")


def declared(name: str) -> dict[str, dict[str, t.Any]]:
    return {setting["name"]: setting for setting in PLUGINS[name]["settings"]}


@pytest.mark.parametrize("name", OURS)
def test_all_settings_of_our_plugins_are_declared(name: str) -> None:
    assert declared(name).keys() == about(name).keys()


def test_the_tap_of_the_journal_has_settings_of_the_target() -> None:
    ours, theirs = declared("tap-miimosa-leads-journal"), declared("target-miimosa-leads")
    assert ours.keys() == {"journal_url", "journal_schema", "keep_fields"}
    assert ours == {name: theirs[name] for name in ours}
    config = PLUGINS["target-miimosa-leads"]["config"]
    assert PLUGINS["tap-miimosa-leads-journal"]["config"]["keep_fields"] == config["keep_fields"]


@pytest.mark.parametrize("name", [*OURS, *OTHERS])
def test_settings_are_declared_as_what_they_are(name: str) -> None:
    known = about(name)
    for setting, entry in declared(name).items():
        fact = known[setting]
        assert entry["description"], setting
        assert entry["kind"] == kind(fact), setting
        # target-postgres calls no setting secret, not even the one with the password.
        secret = fact.get("secret", False) or setting == "sqlalchemy_url"
        assert entry.get("sensitive", False) == secret, setting
        values = [option["value"] for option in entry.get("options", [])]
        assert values == [value for value in fact.get("enum", []) if value is not None], setting


def test_every_configured_setting_is_a_declared_one() -> None:
    def check(name: str, config: dict[str, t.Any]) -> None:
        plugin = PLUGINS[name]
        assert config.keys() <= declared(plugin.get("inherit_from", name)).keys(), name

    for name, plugin in PLUGINS.items():
        check(name, plugin.get("config", {}))
    for environment in PROJECT["environments"]:
        for plugins in environment["config"]["plugins"].values():
            for plugin in plugins:
                check(plugin["name"], plugin.get("config", {}))


@pytest.mark.parametrize("name", TAPS)
def test_what_a_tap_does_not_select_meltano_does_not_select(name: str, tmp_path: Path) -> None:
    config = {"api_key": "none", "domain": "none", "project_slugs": ["none"]}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    command = [start_programs() / name, "--config", tmp_path / "config.json", "--discover"]
    catalog = json.loads(subprocess.check_output(command, text=True, stderr=subprocess.DEVNULL))
    unselected = set()
    for stream in catalog["streams"]:
        (root,) = [entry["metadata"] for entry in stream["metadata"] if entry["breadcrumb"] == []]
        if not root["selected-by-default"]:
            unselected.add(f"!{stream['tap_stream_id']}.*")

    rules = PLUGINS[name].get("select", ["*.*"])

    assert rules[0] == "*.*"
    assert set(rules[1:]) == unselected
