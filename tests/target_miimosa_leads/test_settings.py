"""Settings: told by --about, in the README, and by clear errors."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest

from target_miimosa_leads import errors
from target_miimosa_leads.singer.target import TargetMiimosaLeads
from tests.readme import Readme
from tests.target_miimosa_leads.support import SCHEMA, Workplace, as_text, call, leads

if t.TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(__file__).parents[2] / "target-miimosa-leads"
README = Readme("target-miimosa-leads")


def test_about_carries_every_setting_with_default_and_secrecy() -> None:
    properties = README.settings
    own = set(properties)
    assert own >= {
        "api_url", "api_key", "authorization_format", "api_variant", "journal_url", "lead_key",
        "defaults", "on_changed", "on_unknown", "max_rejected", "max_rejected_ratio",
        "max_consecutive_failures", "dead_letter_path", "concurrency", "dry_run",
        "request_timeout",
    }  # fmt: skip
    secret = {name for name in own if properties[name].get("secret")}
    assert secret == {"api_key", "journal_url"}
    assert all(properties[name].get("description") for name in own)
    without_default = {name for name in own if "default" not in properties[name]}
    assert without_default == {
        "api_key", "ignored_settings", "journal_schema", "keep_fields", "lead_key", "summary_path",
        "user_agent",
    }  # fmt: skip


def test_the_readme_has_every_setting_with_its_default() -> None:
    README.check_settings()


def test_the_readme_has_every_exit_code() -> None:
    codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
    for code in codes | {0, 1, 2, 143}:
        assert f"| {code} |" in README.text


def test_the_version_is_the_package_s() -> None:
    declared = (PACKAGE / "pyproject.toml").read_text()
    [version] = re.findall(r'(?m)^version = "(.+)"$', declared)
    assert version in call(None, ["--version"]).out
    assert TargetMiimosaLeads.plugin_version == version


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"api_key": None}, "api_key"),
        ({"api_key": "  "}, "api_key"),
        ({"api_key": "line\nbreak"}, "api_key"),
        ({"api_url": "ftp://x"}, "api_url"),
        ({"api_url": "https://user:secret-word@api.example.org"}, "api_url"),
        ({"authorization_format": "Token"}, "authorization_format"),
        ({"api_variant": "secret-word"}, "api_variant"),
        ({"on_changed": "secret-word"}, "on_changed"),
        ({"max_rejected": "secret-word"}, "max_rejected"),
        ({"max_rejected_ratio": 1.5}, "max_rejected_ratio"),
        ({"concurrency": 0}, "concurrency"),
        ({"lead_key": []}, "lead_key"),
        ({"lead_key": ["a", "a"]}, "lead_key"),
        ({"defaults": {"shoe_size": "43"}}, "defaults.shoe_size"),
        ({"defaults": {"collect_type": "secret-word"}}, "defaults.collect_type"),
        ({"defaults": {"city": {"a": "secret-word"}}}, "defaults.city"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    work: Workplace, settings: dict[str, t.Any], names: str
) -> None:
    result = work.run([SCHEMA], **settings)
    assert result.code == 2
    assert names in result.last_line
    assert "secret-word" not in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("dryrun", "dry_run"),
        ("DRY-RUN", "dry_run"),
        ("leadkey", "lead_key"),
        ("on_change", "on_changed"),
        ("stream_map", "stream_maps"),
    ],
)
def test_a_misspelled_setting_sends_nothing(
    work: Workplace, posts: Callable[[], int], name: str, meant: str
) -> None:
    result = work.run(leads(1), **{name: "secret-word"})
    assert result.code == 2
    assert f"'{name}'" in result.last_line
    assert f"did you mean '{meant}'?" in result.last_line
    assert "secret-word" not in result.err
    assert posts() == 0
    assert not work.journal_file.exists()


def test_every_setting_that_is_not_known_is_named(work: Workplace) -> None:
    result = work.run([SCHEMA], dryrun=True, zzz="secret-word", api_url="ftp://x", concurrency=0)
    assert result.code == 2
    assert all(f"'{name}'" in result.last_line for name in ("dryrun", "zzz", "concurrency"))
    assert "secret-word" not in result.err
    assert work.journal("list", dryrun=True).code == 2


def test_the_settings_of_the_sdk_are_known(work: Workplace) -> None:
    settings = {
        "stream_maps": {},
        "stream_map_config": {},
        "flattening_enabled": False,
        "flattening_max_key_length": 9,
    }
    assert work.run(leads(1), **settings).code == 0


def test_an_environment_variable_that_is_no_setting_is_named(
    work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_DRY", "secret-word")
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_LOGLEVEL", "INFO")
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS__LOAD_SCHEMA", "x")
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_DRY_RUN", "true")
    source = work.folder / "input.singer"
    source.write_text(as_text(leads(1)))
    arguments = ["--config", str(work.configure()), "--config", "ENV", "--input", str(source)]
    result = call(None, arguments)
    assert result.code == 0
    [line] = [line for line in result.err.splitlines() if "is not a setting" in line]
    assert "TARGET_MIIMOSA_LEADS_DRY'" in line
    assert "did you mean 'TARGET_MIIMOSA_LEADS_DRY_RUN'?" in line
    assert "secret-word" not in result.err
