"""The run summary where it is read: a table on a terminal, one line of JSON elsewhere."""

from __future__ import annotations

import json
import typing as t

from ..redaction import clean
from .terminal import find_terminal

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Cell: t.TypeAlias = "int | str"

# Of those that were denied; the JSON names all.
_MOST_DENIED = 10
_NOTES = {
    "retries": "retries",
    "refused": "refused",
    "skipped_unchanged": "lists unchanged",
    "repaired_texts": "texts repaired",
    "denied": "denied",
}


def tell(
    summary: dict[str, t.Any],
    lines: Callable[[dict[str, t.Any]], Iterable[str]],
    logger: logging.Logger,
) -> None:
    """Show a summary on the terminal, if the log goes there, or log it in one line.

    Args:
        summary: What the run did.
        lines: Returns it as lines for a person.
        logger: Where to, and whether at all: it is information.
    """
    terminal = find_terminal(logger)
    if terminal is None:
        logger.info("Run summary: %s", json.dumps(summary, ensure_ascii=False))
        return
    terminal.write("".join(f"{clean(line)}\n" for line in ("", *lines(summary), "")))
    terminal.flush()


def format_table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[str]:
    """Return rows in columns: numbers to the right, texts to the left."""
    told = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    numeric = [all(isinstance(row[i], int) for row in rows) for i in range(len(head))]
    widths = [max(len(row[i]) for row in (head, *told)) for i in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in (head, *told)
    ]


def format_streams(summary: dict[str, t.Any]) -> list[str]:
    """Return the summary of a tap as lines: one for each stream, then what holds for the run."""
    streams: Mapping[str, Mapping[str, t.Any]] = summary["streams"]
    rows: list[tuple[Cell, ...]] = [
        (name, each["records"], each["requests"], _note(each)) for name, each in streams.items()
    ]
    rows.append(("total", summary["records"], summary["requests"], ""))
    lines = format_table(("stream", "records", "requests", ""), rows)
    left = ", ".join(f"{left} of {window}" for window, left in summary["budget_left"].items())
    facts = (
        f"Outcome: {summary['outcome']}",
        f"requests left: {left or 'unlimited'}",
        f"refused: {summary['refused']}",
        f"waited for the rate limits: {summary['seconds_waited']:.0f} s",
    )
    lines += ["", "; ".join(facts)]
    denied = summary["denied"]
    lines += [f"Denied: {each}" for each in denied[:_MOST_DENIED]]
    if len(denied) > _MOST_DENIED:
        lines.append(f"Denied: {len(denied) - _MOST_DENIED} others")
    return lines


def _note(stream: Mapping[str, t.Any]) -> str:
    notes = [f"{stream[key]:,} {what}" for key, what in _NOTES.items() if stream.get(key)]
    if nulled := stream.get("nulled_values"):
        notes.append(f"{sum(nulled.values()):,} values became null")
    if unknown := stream.get("unknown_fields"):
        notes.append(f"not in its schema: {', '.join(unknown)}")
    if stream.get("incomplete"):
        notes.append("incomplete: the next run reads it again")
    return ", ".join(notes)
