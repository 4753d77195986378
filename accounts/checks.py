"""Checks the accounts against what the plugins say of their settings."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from meltano.core.schedule import CRON_INTERVALS, is_valid_cron

from accounts.table import TableError
from plugins.definition import EXTRACTORS
from tap_moco._kit.singer.config_check import check, unknown

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.table import Account, Table

Schema = dict[str, t.Any]
BIN = Path(sys.executable).parent
GENERATED = {"budget_path": "budget", "summary_path": None}
"""Settings that the generated file sets, and the field of the table that says otherwise."""
SCHEDULE_FORM = "'schedule' must be a cron expression of five fields, or such as @daily."


def check_settings(table: Table, where: str) -> None:
    """Check the settings of all accounts; no program is asked but the plugins for ``--about``.

    Args:
        table: The accounts.
        where: The file, for messages.

    Raises:
        TableError: A setting is unknown, wrong, missing, or a secret in the open.
    """
    plugins = sorted({account.plugin for account in table.accounts})
    with ThreadPoolExecutor() as pool:
        schemas = dict(zip(plugins, pool.map(_ask_settings, plugins), strict=True))
    messages = [
        f"{where}: account '{account.name}': {message}"
        for account in table.accounts
        for message in _find_mistakes(account, schemas[account.plugin])
    ]
    messages += [
        f"{where}: marts '{mart.name}': {SCHEDULE_FORM}"
        for mart in table.marts
        if not _is_schedule(mart.schedule)
    ]
    if messages:
        raise TableError(messages)


def _ask_settings(plugin: str) -> Schema:
    """Return the JSON schema of a plugin's settings."""
    text = subprocess.check_output(  # noqa: S603 - one of ours
        [BIN / plugin, "--about", "--format=json"], text=True, stderr=subprocess.DEVNULL
    )
    schema: Schema = json.loads(text)["settings"]
    return schema


def _find_mistakes(account: Account, schema: Schema) -> Iterator[str]:
    members = schema["properties"]
    given = {*account.config, *account.secrets}
    for setting, field in GENERATED.items():
        if setting in account.config:
            yield f"Setting '{setting}' is set for each account" + (
                f"; use the field '{field}'." if field else "; leave it out."
            )
    for setting in account.config:
        if setting not in GENERATED and members.get(setting, {}).get("secret"):
            yield (f"Setting '{setting}' is a secret: name the environment variable that holds it "
                   "in 'secrets'.")  # fmt: skip
    yield from unknown(given, schema)
    yield from _find_wrong_values(account, schema)
    groups = EXTRACTORS[account.plugin].groups
    if not any(given.issuperset(group) for group in groups):
        ways = " or ".join(" and ".join(f"'{name}'" for name in group) for group in groups)
        yield f"Settings are missing: set {ways}."
    if not _is_schedule(account.schedule):
        yield SCHEDULE_FORM


def _is_schedule(value: str | None) -> bool:
    return value is None or value in CRON_INTERVALS or is_valid_cron(value)


def _find_wrong_values(account: Account, schema: Schema) -> Iterator[str]:
    """Check the values that are known now: not those that come from the environment."""
    values = {name: value for name, value in account.config.items() if not _is_expanded(value)}
    known = {
        **schema,
        "required": [name for name in schema.get("required", []) if name in values],
    }
    yield from check(values, known)


def _is_expanded(value: object) -> bool:
    """Tell whether Meltano puts environment variables into a value."""
    if isinstance(value, dict):
        return any(map(_is_expanded, value.values()))
    if isinstance(value, list):
        return any(map(_is_expanded, value))
    return isinstance(value, str) and "$" in value
