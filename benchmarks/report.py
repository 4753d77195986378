"""Keeps the section of each work and writes RESULTS.md from all of them."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field

from benchmarks.measure import BENCH, HERE

STORE = BENCH / "results"
VERSIONS = {
    "singer": ("singer-sdk", "requests", "msgspec", "orjson"),
    "airbyte": ("airbyte-cdk",),
    "dlt": ("dlt",),
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

    def markdown(self) -> str:
        """Return the section as text."""
        lines = [_row(self.columns), _row(["---"] * len(self.columns)), *map(_row, self.rows)]
        return f"\n## {self.title}\n\n{self.text}\n\n" + "\n".join(lines) + "\n"


def keep(work: str, section: Section) -> None:
    """Store the result of a work for this and later reports."""
    STORE.mkdir(parents=True, exist_ok=True)
    (STORE / f"{work}.json").write_text(json.dumps(asdict(section)), encoding="utf-8")


def write(works: list[str]) -> None:
    """Write RESULTS.md from what is stored."""
    files = [STORE / f"{work}.json" for work in works]
    sections = [Section(**json.loads(file.read_text("utf-8"))) for file in files if file.exists()]
    summary = [
        _row([work, target, ours, "met" if met else "**missed**"])
        for section in sections
        for work, target, ours, met in section.summary
    ]
    head = HEAD.format(machine=_machine(), summary="\n".join(summary))
    tail = TAIL.format(versions=_versions(), works=", ".join(f"`{work}`" for work in works))
    body = "".join(section.markdown() for section in sections)
    (HERE / "RESULTS.md").write_text(head + body + tail, encoding="utf-8")


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
