"""Settling leads of which nobody knew whether they arrived, as a person has found out."""

from __future__ import annotations

import csv
import json
import typing as t
from decimal import Decimal

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads.journal import envelope
from target_miimosa_leads.journal.recognition import find_by_key

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from target_miimosa_leads.journal.store import Journal
    from target_miimosa_leads.leads.journaled import JournaledLead

_YES = frozenset(["delivered", "yes", "y", "true", "1"])
_NO = frozenset(["not-delivered", "not delivered", "no", "n", "false", "0"])
# An id has 19 digits at most; of some thousands, Python would make no number.
_LONGEST_ID = 20


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


def resolve(journal: Journal, answers: Iterable[Answer]) -> dict[int, str]:
    """Settle leads, all of them or, if an answer is of no use, none.

    Returns:
        The new status by id.

    Raises:
        KitError: If a lead is not there, or there is nothing to settle about it.
    """
    settled: dict[int, tuple[JournaledLead, bool]] = {}
    for answer in answers:
        for row in find_rows(journal, answer.lead):
            _check(row, delivered=answer.delivered)
            if settled.setdefault(row.id, (row, answer.delivered))[1] != answer.delivered:
                raise KitError(f"There are two answers for lead {row.id}.")
    for row, delivered in settled.values():
        _settle(journal, row, delivered=delivered)
    return {number: "acknowledged" if yes else "planned" for number, (_, yes) in settled.items()}


def _check(row: JournaledLead, *, delivered: bool) -> None:
    if row.status not in ({"unknown"} if delivered else {"unknown", "rejected"}):
        raise KitError(f"Lead {row.id} is {row.status}; there is nothing to resolve.")
    if row.envelope is not None and not envelope.unseal(row.envelope)[0]:
        raise KitError(f"Lead {row.id} could not be read; mend it in the dead letter.")


def _settle(journal: Journal, row: JournaledLead, *, delivered: bool) -> None:
    if delivered:
        changed = journal.change(
            row.id,
            status="acknowledged",
            reason="resolved by a person: delivered",
            delivered_digest=row.payload_digest,
            envelope=None,
        )
    else:
        reason = "resolved by a person: not delivered"
        changed = journal.change(row.id, status="planned", reason=reason)
    changed.result()
