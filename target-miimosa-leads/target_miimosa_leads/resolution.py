"""Settling leads of which nobody knew whether they arrived, as a person has found out."""

from __future__ import annotations

import csv
import json
import typing as t
from dataclasses import replace
from decimal import Decimal

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads.journal import envelope
from target_miimosa_leads.journal.recognition import find_by_key
from target_miimosa_leads.leads.journaled import acknowledge
from target_miimosa_leads.leads.policy import Action

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from target_miimosa_leads.journal.store import Journal
    from target_miimosa_leads.leads.journaled import JournaledLead
    from target_miimosa_leads.leads.offer import Origin
    from target_miimosa_leads.leads.policy import Policy

_YES = frozenset(["delivered", "yes", "y", "true", "1"])
_NO = frozenset(["not-delivered", "not delivered", "no", "n", "false", "0"])
# An id has 19 digits at most; of some thousands, Python would make no number.
_LONGEST_ID = 20
_REASONS = {
    True: "resolved by a person: delivered",
    False: "resolved by a person: not delivered",
}
_SETTLED_COLUMNS = ("status", "reason", "payload_digest", "delivered_digest", "envelope")


class Answer(t.NamedTuple):
    """What a person has found out about a lead.

    Attributes:
        lead: Its id in the journal, or its key.
        delivered: Whether it is at MiiMOSA.
    """

    lead: int | str
    delivered: bool


def read_answers(lines: Iterable[str]) -> list[Answer]:
    """Return the answers in a CSV file.

    Its columns are ``id`` or ``key``, and ``delivered``: yes or no; empty for one that is still
    open. Others are left alone, so that the output of ``list --format csv`` can be filled in.

    Raises:
        KitError: If the file is no such table; it names the line.
    """
    try:
        rows = list(lines)
    except UnicodeDecodeError:
        raise KitError("The answers are not UTF-8 text; save them as CSV UTF-8.") from None
    header = rows[0].removeprefix("\ufeff") if rows else ""
    delimiter = ";" if header.count(";") > header.count(",") else ","
    table = csv.DictReader([header, *rows[1:]], delimiter=delimiter)
    names = set(table.fieldnames or ())
    if "delivered" not in names or not names & {"id", "key"}:
        raise KitError("The answers need a column 'delivered', and 'id' or 'key'.")
    return [answer for row in table if (answer := _read_answer(row, table.line_num)) is not None]


def _read_answer(row: dict[str, str | None], line: int) -> Answer | None:
    word = (row["delivered"] or "").strip().lower()
    if not word:
        return None
    if word not in _YES | _NO:
        raise KitError(f"Line {line} of the answers: 'delivered' must be yes or no.")
    number = (row.get("id") or "").strip()
    key = (row.get("key") or "").strip()
    if number and as_id(number) is None:
        raise KitError(f"Line {line} of the answers: 'id' must be the number of a lead.")
    if not number and not key:
        raise KitError(f"Line {line} of the answers names no lead.")
    return Answer(as_id(number) or key, word in _YES)


def as_id(text: str) -> int | None:
    """Return the id of a lead that a text is; None if it is none."""
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_ID else None


def find_rows(journal: Journal, lead: int | str) -> list[JournaledLead]:
    """Return the rows of a lead: the one with an id, or those with a key in whichever stream.

    Raises:
        KitError: If there is none; it repeats no key.
    """
    if isinstance(lead, int):
        row = journal.get(lead)
        if row is None:
            raise KitError(f"There is no lead {lead} in the journal.")
        return [row]
    try:
        parsed = json.loads(lead, parse_float=Decimal)
    except ValueError:
        parsed = lead
    if isinstance(parsed, list):
        parsed = {f"{index:03}": value for index, value in enumerate(parsed)}
    found = find_by_key(journal, parsed if isinstance(parsed, dict) else {"key": lead})
    if not found:
        raise KitError("There is no lead with this key in the journal.")
    return found


class Settled(t.NamedTuple):
    """What a lead is once its doubt is settled.

    Attributes:
        row: The lead as the journal is to have it.
        news: What became of its newer content, in words; empty if none had come.
        rejected: The record of newer content that is not sent, and why; None if there is none.
    """

    row: JournaledLead
    news: str = ""
    rejected: tuple[Origin, str] | None = None


def resolve(
    journal: Journal,
    answers: Iterable[Answer],
    policy: Policy,
    reject: Callable[[int, Origin, str], None],
) -> dict[int, str]:
    """Settle leads, all of them or, if an answer is of no use, none.

    Args:
        journal: Where they are.
        answers: What a person has found out.
        policy: Decides about newer content that came in the meantime.
        reject: Writes what is rejected of it to the dead letter.

    Returns:
        By id, the new status, and what became of newer content.

    Raises:
        KitError: If a lead is not there, or there is nothing to settle about it.
    """
    answered: dict[int, tuple[JournaledLead, bool]] = {}
    for answer in answers:
        for row in find_rows(journal, answer.lead):
            _check(row, delivered=answer.delivered)
            if answered.setdefault(row.id, (row, answer.delivered))[1] != answer.delivered:
                raise KitError(f"There are two answers for lead {row.id}.")
    settled = [
        settle(row, policy, delivered=yes, reason=_REASONS[yes]) for row, yes in answered.values()
    ]
    # First, so that nothing is lost in between: an entry is replaced, the journal's copy is gone.
    for each in settled:
        if each.rejected is not None:
            reject(each.row.id, *each.rejected)
    for each in settled:
        write(journal, each.row)
    return {each.row.id: f"{each.row.status} now{each.news}" for each in settled}


def _check(row: JournaledLead, *, delivered: bool) -> None:
    if row.status not in ({"unknown"} if delivered else {"unknown", "rejected"}):
        raise KitError(f"Lead {row.id} is {row.status}; there is nothing to resolve.")
    if row.envelope is not None and not envelope.unseal(row.envelope)[0]:
        raise KitError(f"Lead {row.id} could not be read; mend it in the dead letter.")


def settle(row: JournaledLead, policy: Policy, *, delivered: bool, reason: str) -> Settled:
    """Return what a lead is once it is known whether it has arrived. Nothing is written.

    Newer content that came in the meantime is treated as if it came now.

    Args:
        row: The lead as the journal has it.
        policy: Decides about newer content.
        delivered: Whether the content that was sent has arrived.
        reason: Who says so.
    """
    newer = envelope.unseal_newer(row.envelope) if row.envelope is not None else None
    if delivered:
        row = replace(row, reason=reason, **acknowledge(row.payload_digest))
    elif newer is not None and row.delivered_digest is not None:
        # What is there is the content before the one that was in doubt.
        row = replace(row, reason=reason, **acknowledge(row.delivered_digest))
    else:
        row = replace(row, status="planned", reason=reason)
    return Settled(row) if newer is None else _offer(row, newer, policy)


def _offer(row: JournaledLead, newer: envelope.Newer, policy: Policy) -> Settled:
    decision = policy.decide(row, newer.digest, newer.errors)
    if decision.action is Action.SKIP:
        return Settled(row, ", with the content that was delivered before")
    sealed = envelope.seal(newer.body, newer.origin)
    changed = replace(row, payload_digest=newer.digest, envelope=sealed)
    if decision.action is Action.SEND:
        return Settled(replace(changed, status="planned"), ", with its newer content")
    reason = decision.reason
    if decision.keep:
        row = replace(row, reason=f"newer content was rejected: {reason}")
    else:
        row = replace(changed, status="rejected", reason=reason)
    return Settled(row, f"; its newer content was rejected: {reason}", (newer.origin, reason))


def write(journal: Journal, row: JournaledLead) -> None:
    """Write what :func:`settle` returns; it is durable when this returns."""
    journal.change(row.id, **{name: getattr(row, name) for name in _SETTLED_COLUMNS}).result()
