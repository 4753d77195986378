"""``target-miimosa-leads-journal``: look at the journal, and settle what only a person can."""

from __future__ import annotations

import csv
import json
import logging
import sys
import typing as t
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import click

from target_miimosa_leads._kit import redaction
from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads._kit.singer.inputs import read_config
from target_miimosa_leads.errors import JournalInUseError, JournalNotWritableError
from target_miimosa_leads.journal import envelope
from target_miimosa_leads.journal.opening import LOCK_SECONDS, open_existing, open_for_run
from target_miimosa_leads.journal.recognition import find_by_key
from target_miimosa_leads.leads.journaled import STATUSES
from target_miimosa_leads.outputs.dead_letter import DeadLetter
from target_miimosa_leads.run import Run
from target_miimosa_leads.singer.target import TargetMiimosaLeads
from target_miimosa_leads.timestamps import format_timestamp

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from target_miimosa_leads.journal.store import Journal
    from target_miimosa_leads.leads.journaled import JournaledLead

_LISTED = ("id", "status", "attempts", "updated_at", "stream", "reason")
_EXPORTED = (
    "id", "stream", "identity", "payload_digest", "delivered_digest", "status", "reason",
    "attempts", "created_at", "updated_at", "run_id",
)  # fmt: skip
_SETTLED = ("acknowledged", "rejected")


class _Group(click.Group):
    """Prints a KitError in one line and exits with its code."""

    @override
    def main(self, *args: t.Any, **kwargs: t.Any) -> t.Any:
        try:
            return super().main(*args, **kwargs)
        except KitError as error:
            click.echo(f"Error: {redaction.redact(str(error))}", err=True)
            sys.exit(error.exit_code)


@click.group(cls=_Group)
@click.option(
    "--config",
    "paths",
    multiple=True,
    required=True,
    help="The target's configuration file, or ENV for environment variables.",
)
@click.pass_context
def main(context: click.Context, paths: tuple[str, ...]) -> None:
    """Look at the journal of target-miimosa-leads, and settle what only a person can.

    Output goes to stdout, messages to stderr. No command prints personal data unless told to.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    redaction.install()
    given = read_config(paths)
    context.obj = TargetMiimosaLeads(config=given.config, parse_env_config=given.parse_env)


def _open_to_read(target: TargetMiimosaLeads) -> Journal:
    """Return the journal, also while a target runs, or on a full disk."""
    url = target.settings.journal_url
    try:
        # With the lock, what a killed process left in flight is known to be unknown.
        return _open_to_write(target, patience=0)
    except (JournalInUseError, JournalNotWritableError):
        journal = open_existing(url)
        if journal is None:
            raise
        return journal


def _open_to_write(target: TargetMiimosaLeads, patience: float = LOCK_SECONDS) -> Journal:
    return open_for_run(
        target.settings.journal_url,
        allow_new=target.settings.allow_new_journal,
        begins_with_state=False,
        create=False,
        patience=patience,
    )


def _get_row(journal: Journal, lead_id: int) -> JournaledLead:
    row = journal.get(lead_id)
    if row is None:
        raise KitError(f"There is no lead {lead_id} in the journal.")
    return row


@main.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only leads with this status.")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
@click.pass_obj
def list_leads(target: TargetMiimosaLeads, status: str | None, form: str) -> None:
    """List leads in the order in which they came."""
    journal = _open_to_read(target)
    try:
        rows = [asdict(row) for row in journal.read_rows(*([status] if status else []))]
    finally:
        journal.close()
    listed = [{name: row[name] for name in _LISTED} for row in rows]
    if form == "json":
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
    else:
        _print_table(listed)


def _print_table(rows: Sequence[dict[str, t.Any]]) -> None:
    lines = [_LISTED, *(tuple(str(row[name] or "") for name in _LISTED) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_LISTED))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


@main.command()
@click.argument("lead_id", type=int, metavar="ID")
@click.option("--with-data", is_flag=True, help="Print the lead itself, too: personal data.")
@click.pass_obj
def show(target: TargetMiimosaLeads, lead_id: int, with_data: bool) -> None:  # noqa: FBT001
    """Show all that is known about a lead, as JSON."""
    journal = _open_to_read(target)
    try:
        row = _get_row(journal, lead_id)
    finally:
        journal.close()
    shown: dict[str, t.Any] = {name: getattr(row, name) for name in _EXPORTED}
    body, origin = envelope.unseal(row.envelope) if row.envelope else ({}, None)
    shown["fields"] = sorted(body)
    if with_data:
        shown["lead"] = body
        shown["record"] = origin.record if origin else None
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str))


@main.command()
@click.argument("lead_id", type=int, metavar="ID")
@click.option(
    "--delivered/--not-delivered",
    default=None,
    help="Whether the lead is at MiiMOSA, as you have found out.",
)
@click.pass_obj
def resolve(target: TargetMiimosaLeads, lead_id: int, delivered: bool | None) -> None:  # noqa: FBT001
    """Settle a lead of which nobody knew whether it arrived.

    Delivered: it will never be sent again. Not delivered: it is planned, and 'replay' or the next
    run that meets it sends it. A rejected lead can be planned in the same way.
    """
    if delivered is None:
        raise click.UsageError("Say --delivered or --not-delivered.")
    journal = _open_to_write(target)
    try:
        row = _get_row(journal, lead_id)
        allowed = {"unknown"} if delivered else {"unknown", "rejected"}
        if row.status not in allowed:
            raise KitError(f"Lead {lead_id} is {row.status}; there is nothing to resolve.")
        if delivered:
            journal.change(
                lead_id,
                status="acknowledged",
                reason="resolved by a person: delivered",
                delivered_digest=row.payload_digest,
                envelope=None,
            ).result()
        else:
            reason = "resolved by a person: not delivered"
            journal.change(lead_id, status="planned", reason=reason).result()
    finally:
        journal.close()
    word = "acknowledged" if delivered else "planned"
    click.echo(f"Lead {lead_id} is {word} now.", err=True)


@main.command()
@click.pass_obj
def replay(target: TargetMiimosaLeads) -> None:
    """Send what is planned: what could not be sent, or was resolved as not delivered."""
    target.logger.setLevel(logging.INFO)
    run = Run(target.settings, termination=target.termination, logger=target.logger, create=False)
    run.resend("planned")
    run.finish()


@main.command()
@click.option("--older-than", type=click.IntRange(min=0), metavar="DAYS")
@click.option("--lead", "key", metavar="KEY", help="Value of the lead key; several as JSON.")
@click.pass_obj
def purge(target: TargetMiimosaLeads, older_than: int | None, key: str | None) -> None:
    """Erase leads from the journal and from the dead letter.

    --older-than erases what was acknowledged or rejected so many days ago. --lead erases one lead
    whatever its status. The target forgets them: it would send them again if they came again.
    """
    if (older_than is None) == (key is None):
        raise click.UsageError("Say either --older-than DAYS or --lead KEY.")
    journal = _open_to_write(target)
    try:
        if older_than is not None:
            limit = format_timestamp(datetime.now(timezone.utc) - timedelta(days=older_than))
            found = [row for row in journal.read_rows(*_SETTLED) if row.updated_at <= limit]
        else:
            found = _find_by_key(journal, str(key))
        dead_letter = DeadLetter(target.settings.dead_letter_path, journal.id)
        for row in found:
            journal.delete(row.id).result()
            dead_letter.settle(row.id)
        dead_letter.close()
    finally:
        journal.close()
    if key is not None and not found:
        raise KitError("There is no lead with this key in the journal.")
    click.echo(f"Erased: {len(found)}.", err=True)


def _find_by_key(journal: Journal, text: str) -> list[JournaledLead]:
    """Return the rows of a key, in whichever stream it was."""
    try:
        parsed = json.loads(text, parse_float=Decimal)
    except ValueError:
        parsed = text
    if isinstance(parsed, list):
        key = {f"{index:03}": value for index, value in enumerate(parsed)}
    elif isinstance(parsed, dict):
        key = parsed
    else:
        key = {"key": text}
    return find_by_key(journal, key)


@main.command()
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True
)
@click.pass_obj
def export(target: TargetMiimosaLeads, form: str) -> None:
    """Print the whole journal as an audit trail, without personal data."""
    journal = _open_to_read(target)
    try:
        rows = ({name: getattr(row, name) for name in _EXPORTED} for row in journal.read_rows())
        if form == "csv":
            writer = csv.DictWriter(sys.stdout, _EXPORTED, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        else:
            for row in rows:
                click.echo(json.dumps(row, ensure_ascii=False))
    finally:
        journal.close()
