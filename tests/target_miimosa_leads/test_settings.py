"""Settings: told by --about, in the README, and by clear errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from target_miimosa_leads import exits
from target_miimosa_leads.target import TargetMiimosaLeads
from tests.readme import Readme
from tests.target_miimosa_leads.support import SCHEMA, Workplace, call

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
    assert without_default == {"api_key", "lead_key", "user_agent"}


def test_the_readme_has_every_setting_with_its_default() -> None:
    README.check_settings()


def test_the_readme_has_every_exit_code() -> None:
    codes = {value for name, value in vars(exits).items() if name.startswith("EXIT_")}
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
    work: Workplace, settings: dict[str, Any], names: str
) -> None:
    result = work.run([SCHEMA], **settings)
    assert result.code == 2
    assert names in result.last_line
    assert "secret-word" not in result.err
    assert "Traceback" not in result.err
