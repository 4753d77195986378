"""Writes the table into docs/loaders.md, and reads it from there."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from loaders.taps import TAPS
from loaders.targets import LOADERS

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from loaders.matrix import Outcome
    from loaders.targets import Loader

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "loaders.md"
BEGIN, END = "<!-- table, written by make loaders -->\n", "<!-- end of the table -->\n"


def make_table(outcomes: Iterable[Outcome]) -> str:
    """Return the table: a row for each loader, a column for each tap, and notes below."""
    cells = {(each.package, each.tap): each for each in outcomes}
    lines = [f"| loader | {' | '.join(TAPS)} |", "|---|" + "---|" * len(TAPS)]
    notes: list[str] = []
    for loader in LOADERS:
        found = [_cell(loader, cells[loader.package, tap], notes) for tap in TAPS]
        lines.append(f"| `{loader.package}` {_version(loader)} | {' | '.join(found)} |")
    numbered = [f"{number}. {note}" for number, note in enumerate(notes, 1)]
    return "\n".join([*lines, *([""] if numbered else []), *numbered]) + "\n"


def _cell(loader: Loader, outcome: Outcome, notes: list[str]) -> str:
    faults = [fault for number in sorted(outcome.faults) for fault in outcome.faults[number]]
    if faults:
        return f"**wrong** ({_note(f'{loader.package}: {faults[0]}', notes)})"
    if outcome.flawed and loader.flaw:
        return f"equal but for ({_note(f'{loader.package}: {loader.flaw.note}', notes)})"
    return "equal"


def _note(text: str, notes: list[str]) -> int:
    if text not in notes:
        notes.append(text)
    return notes.index(text) + 1


def _version(loader: Loader) -> str:
    """Return the version that is pinned."""
    name = f"loader-{loader.environment}" if loader.environment else "dev"
    pinned = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    found = re.findall(rf"^{loader.package}==(\S+)", pinned, re.MULTILINE)
    return str(found[0])


def read_table() -> str:
    """Return the table of the document."""
    return DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write_table(table: str) -> None:
    """Replace the table of the document; everything else stays."""
    head, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    DOCUMENT.write_text(f"{head}{BEGIN}{table}{END}{tail}", encoding="utf-8")
