"""What is promised, and by which test it is held."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

if t.TYPE_CHECKING:
    from collections.abc import Callable

Found = dict[str, t.Any]
# Figures of all commands: by command, and by the name under which it has written them.
Figures = dict[str, dict[str, Found]]
MISSING = "not measured yet"
NOT_MEASURED = "-"


@dataclass(frozen=True)
class Promise:
    """A promise.

    Attributes:
        text: What is promised.
        tests: Which tests fail if it is broken: files, or ``file::name``.
        repeat: The command that makes the figure.
        ours: Returns the figure.
        plain: Returns that of the plain SDK tap.
    """

    text: str
    tests: tuple[str, ...]
    repeat: str
    ours: Callable[[Figures], str]
    plain: Callable[[Figures], str] = lambda _: NOT_MEASURED


def signals(found: Found) -> int:
    """Return how many disturbances met a run."""
    return sum(found["kinds"].values())


def kills_of_target(journal: str) -> Callable[[Figures], str]:
    """Return the figure of the target on a kind of journal."""

    def tell(figures: Figures) -> str:
        found = figures["torture"].get(f"target-{journal}")
        if not found:
            return MISSING
        kills = sum(number for kind, number in found["kinds"].items() if "KILL" in kind)
        return (
            f"{kills} kills and {signals(found) - kills} other signals in {found['runs']} runs; "
            f"{found['leads']} leads: {found['twice']} twice, {found['lost']} lost, "
            f"{found['unknown']} of them listed as in doubt"
        )

    return tell


def kills_of_commands(figures: Figures) -> str:
    """Return the figure of the journal's commands."""
    found = [each for name, each in figures["torture"].items() if name.startswith("journal")]
    return f"{sum(map(signals, found))} kills on both journals" if found else MISSING


def kills_of_taps(figures: Figures) -> str:
    """Return the figure of the taps into target-postgres."""
    taps = {name: found for name, found in figures["torture"].items() if name.startswith("tap-")}
    if not taps:
        return MISSING
    return "; ".join(
        f"{name}: {signals(found)} signals in {found['runs']} runs, "
        f"{found['sequences']} warehouses, {len(found['wrong'])} of them wrong"
        for name, found in sorted(taps.items())
    )


def kills_of_meltano(figures: Figures) -> str:
    """Return the figure of meltano run."""
    found = figures["torture"].get("meltano")
    return f"{signals(found)} signals in {found['runs']} runs, tables right" if found else MISSING


def score(figures: Figures, *names: str, index: int) -> str:
    """Return how many rows of the hostile table come out right.

    Args:
        figures: All figures.
        names: How the names of the programs begin.
        index: 1: right rows, or a failure and none; 2: told in a clear line, too.
    """
    found = [each for name, each in figures["score"].items() if name.startswith(names)]
    if not found:
        return MISSING
    sections = [section for each in found for section in each["sections"].values()]
    return f"{sum(each[index] for each in sections)} of {sum(each[0] for each in sections)}"


def million(figures: Figures) -> str:
    """Return the figure of a million records."""
    found = figures["soak"].get("million")
    if not found:
        return MISSING
    tap, loader = found["tap MB by tenth"], found["loader MB by tenth"]
    return (
        f"{found['records']:,} records, {found['rows']:,} rows, {found['keys']:,} keys; MB of "
        f"memory in the second tenth and the last: tap {tap[1]} and {tap[-1]}, "
        f"loader {loader[1]} and {loader[-1]}"
    )


def week(figures: Figures) -> str:
    """Return the figure of the week of the taps."""
    found = {name.removeprefix("week of "): each for name, each in figures["soak"].items()
             if name.startswith("week of") and "tables compared" in each}  # fmt: skip
    if not found:
        return MISSING
    return "; ".join(
        f"{api}: {each['hours']} hours, {each['runs']} runs, "
        f"{sum(each['signals'].values())} signals, "
        f"{sum(each['faults'].values())} faults, at most {each['requests in the fullest hour']} "
        f"requests an hour, {each['refused']} refused, {each['tables compared']} comparisons of a "
        f"table with the world, {len(each['differences'])} differences{_late(each)}"
        for api, each in sorted(found.items())
    )


def _late(found: Found) -> str:
    """Return what was late, within the delays that the READMEs name."""
    number = found.get("late as documented")
    hours = found.get("hours of the latest")
    return (
        f", {number} rows or values late as documented, by {hours} hours at most" if number else ""
    )


def week_of_leads(figures: Figures) -> str:
    """Return the figure of the week of leads."""
    found = figures["soak"].get("week of leads")
    if not found:
        return MISSING
    return (
        f"{found['hours']} hours, {found['runs']} runs, {sum(found['signals'].values())} signals, "
        f"{sum(found['faults'].values())} faults; {found['leads']} leads: {found['twice']} twice, "
        f"{found['lost']} lost"
    )


OURS, PLAIN = ("tap-",), ("plain SDK tap",)
COMMANDS, DEMO = "tests/kills/test_journal_commands.py", "tests/pipelines/test_demo.py"
PROMISES = (
    Promise(
        "A hostile answer gives the right rows, or a failure, no row and no bookmark",
        ("tests/faults/test_hostile_answers.py::test_an_answer",),
        "make score",
        lambda figures: score(figures, *OURS, index=1),
        lambda figures: score(figures, *PLAIN, index=1),
    ),
    Promise(
        "and says so in one clear line, without a traceback or anything that a terminal obeys",
        ("tests/faults/test_hostile_answers.py::test_an_answer",),
        "make score",
        lambda figures: score(figures, *OURS, index=2),
        lambda figures: score(figures, *PLAIN, index=2),
    ),
    Promise(
        "No lead is sent twice or lost, whatever ends the target; journal in SQLite",
        ("tests/kills/test_target.py::test_no_lead_is_lost_or_sent_twice",),
        "make torture",
        kills_of_target("sqlite"),
    ),
    Promise(
        "The same, journal in PostgreSQL",
        ("tests/kills/test_target.py::test_no_lead_is_lost_or_sent_twice",),
        "make torture",
        kills_of_target("postgresql"),
    ),
    Promise(
        "The journal's commands, killed at whichever statement, are whole or have not begun",
        (
            f"{COMMANDS}::test_settling_and_exporting_survive_every_kill",
            f"{COMMANDS}::test_a_migration_that_is_killed_is_whole_or_has_not_begun",
        ),
        "make torture",
        kills_of_commands,
    ),
    Promise(
        "Whatever ends a tap or target-postgres, the tables become those of undisturbed runs",
        ("tests/kills/test_taps.py::test_the_tables_are_those_of_undisturbed_runs",),
        "make torture",
        kills_of_taps,
    ),
    Promise(
        "The same in the midst of `meltano run`",
        (
            "tests/kills/test_meltano_run.py::test_the_next_run_goes_on_where_a_disturbed_one_was",
            f"{DEMO}::test_an_interrupted_and_then_killed_demo_goes_on_where_it_was",
        ),
        "make torture",
        kills_of_meltano,
    ),
    Promise(
        "A million records are loaded with flat memory",
        ("tests/kit/test_gc_tuning.py",),
        "make soak",
        million,
    ),
    Promise(
        "Hourly runs under 500 requests an hour: tables as the world is, none refused",
        ("tests/pipelines/test_simulation.py", "tests/faults/test_shared_budget.py"),
        "make soak",
        week,
    ),
    Promise(
        "Hourly runs of leads: none twice, none lost",
        ("tests/target_miimosa_leads/test_answers.py", "tests/kills/test_target.py"),
        "make soak",
        week_of_leads,
    ),
)
