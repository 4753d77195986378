"""``target-miimosa-leads-journal``: look at the journal, and settle what only a person can."""

from __future__ import annotations

import logging
import sys
import typing as t
from datetime import datetime, timedelta, timezone
from functools import partial

import click

from target_miimosa_leads import journal_output as output
from target_miimosa_leads import journal_singer, resolution
from target_miimosa_leads._kit import redaction
from target_miimosa_leads._kit.singer.inputs import read_config
from target_miimosa_leads.journal import envelope
from target_miimosa_leads.journal.opening import open_for_run, open_to_read
from target_miimosa_leads.journal_command import JournalGroup, config_option
from target_miimosa_leads.leads.journaled import STATUSES
from target_miimosa_leads.outputs.dead_letter import DeadLetter
from target_miimosa_leads.resolution import Answer, find_rows, read_answers
from target_miimosa_leads.run import Run
from target_miimosa_leads.singer.target import TargetMiimosaLeads
from target_miimosa_leads.timestamps import format_timestamp

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from target_miimosa_leads.journal.store import Journal

_SETTLED = ("acknowledged", "rejected")

# A hundred years in days: no lead is older, and no calendar ends.
LONGEST_AGE = 36_500


@click.group(cls=JournalGroup)
@config_option
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
    settings = target.settings
    return open_to_read(
        settings.journal_url, settings.journal_schema, allow_new=settings.allow_new_journal
    )


def _open_to_write(target: TargetMiimosaLeads) -> Journal:
    settings = target.settings
    return open_for_run(
        settings.journal_url,
        schema=settings.journal_schema,
        allow_new=settings.allow_new_journal,
        create=False,
    )


@main.command("list")
@click.option("--status", type=click.Choice(STATUSES), help="Only leads with this status.")
@click.option("--with-data", is_flag=True, help="Print the leads themselves, too: personal data.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
)
@click.pass_obj
def list_leads(
    target: TargetMiimosaLeads,
    status: str | None,
    with_data: bool,  # noqa: FBT001
    form: str,
) -> None:
    """List leads in the order in which they came.

    With --with-data also the fields of those whose data is not erased yet.
    """
    journal = _open_to_read(target)
    try:
        read = partial(journal.read_rows, *([status] if status else []))
        output.write_list(sys.stdout, form, read, with_data=with_data)
    finally:
        journal.close()


@main.command()
@click.argument("lead_id", type=int, metavar="ID")
@click.option("--with-data", is_flag=True, help="Print the lead itself, too: personal data.")
@click.pass_obj
def show(target: TargetMiimosaLeads, lead_id: int, with_data: bool) -> None:  # noqa: FBT001
    """Show all that is known about a lead, as JSON."""
    journal = _open_to_read(target)
    try:
        [row] = find_rows(journal, lead_id)
    finally:
        journal.close()
    shown = output.select_members(row, (*output.EXPORTED, "kept"))
    body, origin = envelope.unseal(row.envelope) if row.envelope else ({}, None)
    shown["fields"] = sorted(body)
    if with_data:
        shown["lead"] = body
        shown["record"] = origin.record if origin else None
        newer = envelope.unseal_newer(row.envelope) if row.envelope else None
        shown["newer_record"] = newer.origin.record if newer else None
    click.echo(output.format_json(shown), nl=False)


@main.command()
@click.argument("leads", nargs=-1, metavar="[ID|KEY]...")
@click.option("--lead", "keys", multiple=True, metavar="KEY", help="A lead key that is a number.")
@click.option(
    "--delivered/--not-delivered",
    default=None,
    help="Whether the leads are at MiiMOSA, as you have found out.",
)
@click.option(
    "--answers",
    type=click.File("r", encoding="utf-8"),
    help="CSV with the columns id or key, and delivered (yes or no; empty: left open).",
)
@click.pass_obj
def resolve(
    target: TargetMiimosaLeads,
    leads: tuple[str, ...],
    keys: tuple[str, ...],
    delivered: bool | None,  # noqa: FBT001
    answers: t.TextIO | None,
) -> None:
    """Settle leads of which nobody knew whether they arrived: all that are given, or none.

    Delivered: it will never be sent again. Not delivered: it is planned, and 'replay' or the next
    run that meets it sends it, with its newest content. If newer content has come of a delivered
    one, on_changed decides about that. A rejected lead can be planned in the same way.
    """
    named = [resolution.as_id(each) or each for each in leads]
    if (answers is None) == (delivered is None):
        raise click.UsageError("Say --delivered or --not-delivered, or give --answers FILE.")
    if (answers is None) != bool(named or keys):
        raise click.UsageError("Name the leads, by id or key; with --answers, the file does.")
    if answers is None:
        given = [Answer(each, bool(delivered)) for each in (*named, *keys)]
    else:
        given = read_answers(answers)
    _resolve(target, given)


def _resolve(target: TargetMiimosaLeads, answers: Sequence[Answer]) -> None:
    journal = _open_to_write(target)
    try:
        dead_letter = DeadLetter(target.settings.dead_letter_path, journal.id)
        try:
            settled = resolution.resolve(journal, answers, target.settings.policy, dead_letter.add)
        finally:
            dead_letter.close()
    finally:
        journal.close()
    for number, outcome in settled.items():
        click.echo(f"Lead {number} is {outcome}.", err=True)


@main.command()
@click.pass_obj
def settle(target: TargetMiimosaLeads) -> None:
    """Walk through the unknown leads, and ask about each whether it arrived.

    It prints personal data: somebody has to look for the lead. Every answer is kept at once; the
    journal is free for runs in between.
    """
    journal = _open_to_read(target)
    try:
        rows = list(journal.read_rows("unknown"))
    finally:
        journal.close()
    for number, row in enumerate(rows, 1):
        shown = output.select_members(row, ("id", "updated_at", "run_id", "reason"))
        click.echo(f"{number} of {len(rows)}", err=True)
        click.echo(output.format_json(shown | {"lead": output.read_lead(row)}), nl=False)
        word = click.prompt(
            "Did it arrive? y: delivered, n: not delivered, s: skip, q: quit",
            type=click.Choice(["y", "n", "s", "q"]),
            default="s",
            show_choices=False,
            err=True,
        )
        if word == "q":
            break
        if word != "s":
            _resolve(target, [Answer(row.id, word == "y")])
    journal = _open_to_read(target)
    try:
        left = journal.count_by_status().get("unknown", 0)
    finally:
        journal.close()
    click.echo(f"Still unknown: {left}.", err=True)


@main.command()
@click.pass_obj
def replay(target: TargetMiimosaLeads) -> None:
    """Send what is planned: what could not be sent, or was resolved as not delivered."""
    target.logger.setLevel(logging.INFO)
    run = Run(target.settings, termination=target.termination, logger=target.logger, create=False)
    run.resend("planned")
    run.finish()


@main.command()
@click.option("--older-than", type=click.IntRange(0, LONGEST_AGE), metavar="DAYS")
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
            found = find_rows(journal, str(key))
        dead_letter = DeadLetter(target.settings.dead_letter_path, journal.id)
        for row in found:
            journal.delete(row.id).result()
            dead_letter.settle(row.id)
        dead_letter.close()
    finally:
        journal.close()
    click.echo(f"Erased: {len(found)}.", err=True)


@main.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "singer"]),
    default="jsonl",
    show_default=True,
)
@click.pass_obj
def export(target: TargetMiimosaLeads, form: str) -> None:
    """Print the whole journal as an audit trail, without personal data.

    Kept fields (keep_fields) are in it. With --format singer it is a stream for a loader.
    """
    keep_fields = target.settings.keep_fields
    journal = _open_to_read(target)
    try:
        if form == "singer":
            for line in journal_singer.format_messages(journal.read_rows(), keep_fields):
                sys.stdout.write(line + "\n")
            return
        rows = (
            output.select_members(row, output.EXPORTED)
            | {name: (row.kept or {}).get(name) for name in keep_fields}
            for row in journal.read_rows()
        )
        if form == "csv":
            output.write_csv(sys.stdout, [*output.EXPORTED, *keep_fields], rows)
        else:
            output.write_jsonl(sys.stdout, rows)
    finally:
        journal.close()
