"""``tap-miimosa-leads-journal``: the journal as a Singer tap, for Meltano and for a pipe."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import dataclass

import click

from target_miimosa_leads import journal_singer
from target_miimosa_leads._kit import redaction
from target_miimosa_leads._kit.errors import ConfigError
from target_miimosa_leads._kit.singer.config_check import check, unknown
from target_miimosa_leads._kit.singer.inputs import read_config
from target_miimosa_leads.journal.opening import open_to_read
from target_miimosa_leads.journal_command import JournalCommand, config_option
from target_miimosa_leads.setting_values import (
    read_journal_schema,
    read_journal_url,
    read_keep_fields,
)
from target_miimosa_leads.singer.target import TargetMiimosaLeads

if t.TYPE_CHECKING:
    from collections.abc import Sequence

SETTINGS = ("journal_url", "journal_schema", "keep_fields")


@dataclass(frozen=True)
class JournalSettings:
    """The target's settings that say where its journal is, and what it keeps."""

    journal_url: str
    journal_schema: str | None
    keep_fields: tuple[str, ...]


def read_settings(paths: Sequence[str]) -> JournalSettings:
    """Read the settings from files, or from the target's environment variables.

    Those of the target that do not concern the journal may be there, and need not.

    Raises:
        ConfigError: If one is wrong or not known.
    """
    schema = TargetMiimosaLeads.config_jsonschema
    TargetMiimosaLeads.append_builtin_config(schema)
    given = read_config(paths)
    config = {name: value for name, value in given.config.items() if value is not None}
    if given.parse_env:
        config = TargetMiimosaLeads.environment_settings() | config
    redaction.install(redaction.find_secrets(config, schema))
    used = {name: config[name] for name in SETTINGS if name in config}
    properties = {name: schema["properties"][name] for name in SETTINGS}
    wrong = [*unknown(config, schema), *check(used, {"type": "object", "properties": properties})]
    if wrong:
        raise ConfigError(" ".join(wrong))
    return JournalSettings(
        read_journal_url(used["journal_url"]),
        read_journal_schema(used.get("journal_schema")),
        read_keep_fields(used.get("keep_fields")),
    )


@click.command(cls=JournalCommand)
@config_option
def main(paths: tuple[str, ...]) -> None:
    """Write the journal of target-miimosa-leads as a Singer stream: what became of each lead."""
    settings = read_settings(paths)
    journal = open_to_read(settings.journal_url, settings.journal_schema, allow_new=False)
    try:
        for line in journal_singer.format_messages(journal.read_rows(), settings.keep_fields):
            sys.stdout.write(line + "\n")
    finally:
        journal.close()
