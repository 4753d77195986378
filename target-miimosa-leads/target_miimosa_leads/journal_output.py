"""Rows of the journal as text: a table, JSON or CSV. However many there are, few are in memory."""

from __future__ import annotations

import csv
import json
import textwrap
import typing as t

from target_miimosa_leads._kit.redaction import escape
from target_miimosa_leads.journal import envelope

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from target_miimosa_leads.leads.journaled import JournaledLead

    Row = dict[str, t.Any]

LISTED = ("id", "status", "attempts", "updated_at", "stream", "reason")
EXPORTED = (
    "id", "stream", "identity", "payload_digest", "delivered_digest", "status", "reason",
    "attempts", "created_at", "updated_at", "run_id", "sent_at",
)  # fmt: skip
# What makes a spreadsheet take text for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_lead(row: JournaledLead) -> Row | None:
    """Return the lead itself; None once it is erased."""
    return envelope.unseal(row.envelope)[0] if row.envelope else None


def select_members(row: JournaledLead, names: Iterable[str]) -> Row:
    """Return some members of a row."""
    return {name: getattr(row, name) for name in names}


def write_list(
    out: t.TextIO, form: str, read: Callable[[], Iterable[JournaledLead]], *, with_data: bool
) -> None:
    """Write the leads of a journal.

    Args:
        out: Where to.
        form: ``table``, ``json`` or ``csv``.
        read: Returns the rows. They are read again where the first row depends on the last one.
        with_data: Also write the leads themselves, where they are not erased.
    """
    if form == "json":
        write_json(out, (_nest(row, with_data=with_data) for row in read()))
        return

    def read_flat() -> Iterator[Row]:
        return (_flatten(row, with_data=with_data) for row in read())

    names = list(LISTED)
    if with_data:
        names = list(dict.fromkeys([*LISTED, *(name for row in read_flat() for name in row)]))
    if form == "csv":
        write_csv(out, names, read_flat())
    else:
        write_table(out, names, read_flat)


def _nest(row: JournaledLead, *, with_data: bool) -> Row:
    listed = select_members(row, LISTED)
    return listed | {"lead": read_lead(row)} if with_data else listed


def _flatten(row: JournaledLead, *, with_data: bool) -> Row:
    listed = select_members(row, LISTED)
    return listed | (read_lead(row) or {}) if with_data else listed


def write_table(out: t.TextIO, names: Sequence[str], read: Callable[[], Iterable[Row]]) -> None:
    """Write rows in columns of one width, without empty lines in between; they are read twice."""
    widths = [len(name) for name in names]
    for row in read():
        for column, name in enumerate(names):
            widths[column] = max(widths[column], len(_as_cell(row.get(name))))
    _write_line(out, names, widths)
    for row in read():
        _write_line(out, [_as_cell(row.get(name)) for name in names], widths)


def _write_line(out: t.TextIO, cells: Sequence[str], widths: Sequence[int]) -> None:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    out.write("  ".join(padded).rstrip() + "\n")


def write_csv(out: t.TextIO, names: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV in which no spreadsheet finds a formula."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = (row.get(name) for name in names)
        writer.writerow([_escape(cell) if isinstance(cell, str) else cell for cell in cells])


def write_json(out: t.TextIO, rows: Iterable[Row]) -> None:
    """Write rows as a readable JSON array."""
    between = "[\n"
    for row in rows:
        out.write(between + textwrap.indent(format_json(row).rstrip("\n"), "  "))
        between = ",\n"
    out.write("[]\n" if between == "[\n" else "\n]\n")


def write_jsonl(out: t.TextIO, rows: Iterable[Row]) -> None:
    """Write rows as one line of JSON each."""
    out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def format_json(content: t.Any) -> str:  # noqa: ANN401
    """Return readable JSON; decimals, which only a record has, as text."""
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    return escape(text, keep="\n") + "\n"


def _as_cell(value: t.Any) -> str:  # noqa: ANN401
    return escape(" ".join(str(value or "").split()))


def _escape(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
