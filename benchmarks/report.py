"""Writes RESULTS.md: a section for each work, and what is on target."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field

from benchmarks.measure import HERE

RESULTS = HERE / "RESULTS.md"
VERSIONS = {
    "singer": (
        "singer-sdk",
        "requests",
        "msgspec",
        "orjson",
        "meltanolabs-target-postgres",
        "psycopg",
    ),
    "airbyte": ("airbyte-cdk",),
    "dlt": ("dlt", "adbc-driver-postgresql"),
    "pyairbyte": ("airbyte", "airbyte-cdk"),
    "msdk": ("tap-rest-api-msdk", "singer-sdk"),
}
HEAD = """# Results

Written by `make bench`, which makes environments of its own and runs the programs in turn on one
machine (A B C A B C …): ours (a small tap over `kit/`, or the tap itself) against a tap as the
Singer SDK's template makes it, the Airbyte CDK with a declarative manifest, the `rest_api` source
of dlt, tap-rest-api-msdk, and a hand-written loop with requests and orjson as the floor. All of
them read the same pages from a server in a process of its own; what a peer does not do is said.

Times are in seconds: median (min to max). CPU is user and system time of the whole process, imports
included. {machine}

## At a glance

| work | target | ours | |
|---|---|---|---|
{summary}
"""
VERSIONS_HEADING = "\n## Versions\n"
TAIL = """
## Versions

{versions}

All with hashes in `requirements-*.txt`. `make bench-requirements` pins the newest again.

## How to repeat it

`make bench` runs everything (about half an hour, most of it waiting for the limits).
`make bench WORKS="cost latency"` repeats some works and keeps the results of the others. The works:
{works}.

The server is `server.py`, the programs are in `peers/`, what is asked of them in `works/`.
"""


@dataclass
class Section:
    """The result of one work.

    Attributes:
        title: Heading.
        text: What was done, and what to know about it.
        columns: Of the table.
        rows: Of the table.
        summary: For each target: the work, the target, our result, whether it was met.
    """

    title: str
    text: str
    columns: list[str]
    rows: list[list[str]]
    summary: list[tuple[str, str, str, bool]] = field(default_factory=list)

    def markdown(self, work: str) -> str:
        """Return the section as text that begins with its anchor."""
        lines = [_row(self.columns), _row(["---"] * len(self.columns)), *map(_row, self.rows)]
        return f"{_anchor(work)}\n\n## {self.title}\n\n{self.text}\n\n" + "\n".join(lines) + "\n"

    def glance(self, work: str) -> list[str]:
        """Return its rows of the first table."""
        return [
            _row([f"[{name}](#{work})", target, ours, "met" if met else "**missed**"])
            for name, target, ours, met in self.summary
        ]


def write(works: list[str], work: str, section: Section) -> None:
    """Put the section of a work into RESULTS.md, and leave those of the others as they are.

    Args:
        works: Names of all works, in the order of their sections.
        work: Name of this one.
        section: Its result.
    """
    before = RESULTS.read_text("utf-8") if RESULTS.exists() else ""
    sections, glances = _sections(before, works), _glances(before, works)
    sections[work], glances[work] = section.markdown(work), section.glance(work)
    summary = "\n".join(row for name in works for row in glances.get(name, []))
    body = "\n".join(sections[name] for name in works if name in sections)
    head = HEAD.format(machine=_machine(), summary=summary)
    tail = TAIL.format(versions=_versions(), works=", ".join(f"`{name}`" for name in works))
    RESULTS.write_text(f"{head}\n{body}{tail}", encoding="utf-8")


def _anchor(work: str) -> str:
    return f'<a id="{work}"></a>'


def _sections(text: str, works: list[str]) -> dict[str, str]:
    """Return the sections of a report by their work."""
    text = text.partition(VERSIONS_HEADING)[0]
    starts = sorted((text.find(_anchor(work)), work) for work in works if _anchor(work) in text)
    ends = [start for start, _ in starts[1:]] + [len(text)]
    return {
        work: text[start:end].rstrip("\n") + "\n"
        for (start, work), end in zip(starts, ends, strict=True)
    }


def _glances(text: str, works: list[str]) -> dict[str, list[str]]:
    """Return the rows of a report's first table by their work."""
    rows = text.splitlines()
    return {work: [row for row in rows if row.startswith("| [") and f"](#{work}) |" in row]
            for work in works}  # fmt: skip


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"Machine: {cores} cores, {platform.system()}, Python {platform.python_version()}."


def _versions() -> str:
    lines = []
    for name, packages in VERSIONS.items():
        pinned = (HERE / f"requirements-{name}.txt").read_text("utf-8").splitlines()
        found = [line.split(" ")[0] for line in pinned if line.startswith(packages)]
        exact = [text for text in found if text.split("==")[0] in packages]
        lines.append(f"- {', '.join(exact)}")
    return "\n".join(lines)
