"""The text of docs/reliability.md, from the files of figures."""

from __future__ import annotations

import typing as t

from reliability.figures import ROOT, read
from reliability.promises import MISSING, PROMISES

if t.TYPE_CHECKING:
    from reliability.promises import Figures

PAGE = ROOT / "docs" / "reliability.md"
COMMANDS = ("score", "torture", "soak", "mutations")
HEAD = """# Reliability

What is promised, which test fails if it is broken, and what was counted when it was tried at
length. This page is made by `make reliability` from the files in `reliability/figures`, which the
commands below write; no figure is typed by hand. The plain SDK tap is that of
[the benchmarks](../benchmarks), as the SDK's template makes it.

| promise | tests | figure | plain SDK tap | repeat by |
|---|---|---|---|---|
"""
HOSTILE = """
## Hostile answers, by kind

Each row of [the table](../tests/faults/hostile_answers.py) is sent through a real socket to the
command line of each tap, in place of a list's only page. Right is: all of its rows, or a failing
exit code, no row, no bookmark and no request to another host. Clear is: right, no traceback, and no
control character in the log; of ours the line must say, too, what was wrong. The plain SDK tap
reads an array, and an object with a list in it; it waits as long as ours, and tries once.

"""
MEMORY = """
## Memory

The largest memory in each tenth of a million records, in MB. What the loader's grows by is
SQLAlchemy's: an engine keeps the statements that it has compiled, 750 at most, and each batch of
target-postgres, of 10,000 records, has a temporary table of its own, whose description hangs on two
of them. With some 375 batches that ends; no setting of the loader changes it.

"""
KILLS = """
## Signals

How many of each kind met a run. Moments follow from a seed, which a failure prints:
`make torture SEED=…` repeats them. `KILLS`, `TAP_KILLS` and `MELTANO_KILLS` say how many.

"""
GUARDS = """
## Guards taken out

Each guard is taken out in a copy of the sources, and its tests are run: these fail without it.

"""
READINGS = """
Answers that are good in an odd form have no guard: they must be read. These rows fail when they are
refused, and the row of two lengths with an HTTP library that does not refuse them.

"""
TAIL = """
## How to repeat it

| command | what it does | figures of | commit |
|---|---|---|---|
"""
DOES = {
    "score": "the hostile table against all taps, some minutes",
    "torture": "signals to the target, the taps, the loader and Meltano, about half an hour",
    "soak": "a million records, and a week of hourly runs, about half an hour",
    "mutations": "each guard taken out, and good answers refused, about a quarter of an hour",
}


def write() -> str:
    """Return the page."""
    figures: Figures = {command: read(command) for command in COMMANDS}
    parts = [HEAD, _promises(figures), HOSTILE, _hostile(figures), MEMORY, _memory(figures)]
    parts += [KILLS, _kills(figures)]
    parts += [GUARDS, _guards(figures, refuses=False), READINGS, _guards(figures, refuses=True)]
    parts += [_seen_to_fail(figures), TAIL, _commands(figures)]
    return "".join(parts)


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |\n"


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[object]]) -> str:
    return _row(*head) + _row(*["---"] * len(head)) + "".join(_row(*row) for row in rows)


def _promises(figures: Figures) -> str:
    return "".join(
        _row(
            promise.text,
            ", ".join(f"`{test}`" for test in promise.tests),
            promise.ours(figures),
            promise.plain(figures),
            f"`{promise.repeat}`",
        )
        for promise in PROMISES
    )


def _hostile(figures: Figures) -> str:
    found = figures["score"]
    if not found:
        return f"{MISSING}\n"
    plain = [name for name in found if name.startswith("plain")]
    ours = [name for name in found if name not in plain]
    columns = ["kind", "rows", "ours, right", "clear", "plain, right", "clear"]
    rows = [
        [section, each[0], *_sums(found, ours, section), *_sums(found, plain, section)]
        for section, each in next(iter(found.values()))["sections"].items()
    ]
    return _table(columns, rows)


def _sums(found: dict[str, t.Any], names: list[str], section: str) -> list[str]:
    """Return how many are right, and how many clear, of all rows of some programs."""
    each = [found[name]["sections"][section] for name in names]
    rows = sum(one[0] for one in each)
    return [f"{sum(one[index] for one in each)} of {rows}" for index in (1, 2)]


def _memory(figures: Figures) -> str:
    found = figures["soak"].get("million")
    if not found:
        return f"{MISSING}\n"
    tenths = {name: found[f"{name} MB by tenth"] for name in ("tap", "loader")}
    head = ["program", *(f"{number}." for number in range(1, len(tenths["tap"]) + 1))]
    return _table(head, [[name, *held] for name, held in tenths.items()])


def _kills(figures: Figures) -> str:
    found = figures["torture"]
    if not found:
        return f"{MISSING}\n"
    kinds = sorted({kind for each in found.values() for kind in each["kinds"]})
    rows = [
        [name, *(each["kinds"].get(kind, 0) for kind in kinds), each.get("seed", "-")]
        for name, each in sorted(found.items())
    ]
    return _table(["what", *kinds, "seed"], rows)


def _guards(figures: Figures, *, refuses: bool) -> str:
    """Return the table of guards, or that of what refuses good answers."""
    rows = [
        [name, f"`{each['tests']}`", len(each["failed"]), _named(each["failed"])]
        for name, each in figures["mutations"].items()
        if each.get("refuses", False) == refuses
    ]
    head = ["refused" if refuses else "guard", "tests", "failing", "which"]
    return _table(head, rows) if rows else f"{MISSING}\n"


def _seen_to_fail(figures: Figures) -> str:
    """Return how many rows of the hostile table fail without a guard, or when refused."""
    scores = figures["score"].values()
    sections: dict[str, list[int]] = next(iter(scores))["sections"] if scores else {}
    begins = tuple(f"{section}: " for section in sections)
    failed = {name for each in figures["mutations"].values() for name in each["failed"]
              if name.startswith(begins)}  # fmt: skip
    rows = sum(each[0] for each in sections.values())
    return f"\nOf the {rows} rows of the hostile table {len(failed)} were seen to fail.\n"


def _named(failed: list[str], shown: int = 6) -> str:
    names = [name.replace("|", "\\|") for name in failed]
    more = f", and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def _commands(figures: Figures) -> str:
    rows = []
    for command in COMMANDS:
        found = figures[command].values()
        dates = sorted({each["date"] for each in found})
        commits = sorted({each["commit"] for each in found})
        rows.append(
            _row(
                f"`make {command}`",
                DOES[command],
                ", ".join(dates) or MISSING,
                ", ".join(commits) or "-",
            )
        )
    return "".join(rows)
