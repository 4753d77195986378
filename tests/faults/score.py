"""The hostile table against our taps and the plain SDK tap of the benchmarks.

``python -m tests.faults.score`` runs each row through the command line of each, in a process of its
own, prints how many came out right, and writes the figures that docs/reliability.md shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from reliability.figures import FOLDER, ROOT, append
from tests.faults.hostile_answers import SECTIONS, Case
from tests.faults.programs import PROGRAMS
from tests.faults.raw_server import RawServer
from tests.harness.catalog import choose
from tests.harness.run import Run

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.run import Record

# Far above what any row takes that ends by itself.
SECONDS = 30
_ARRAY, _ENVELOPE = PROGRAMS["tap-moco"], PROGRAMS["tap-ulule"]


@dataclass(frozen=True)
class Candidate:
    """A tap under test.

    Attributes:
        name: Of the program.
        settings: Besides the address and the time for an answer.
        catalog: What it reads; None for all that it has.
        good: The page that it asks for.
        stream: Of that page.
        rows: How many records the page has.
        ours: Whether a failure is told in the words of the table.
    """

    name: str
    settings: Record
    catalog: Record | None
    good: bytes
    stream: str
    rows: int
    ours: bool


OURS = [
    Candidate(
        name,
        {**each.settings, "rate_limits": [], "concurrency": 1, "retry_seconds": 0, "max_wait": 0},
        choose(each.tap, each.stream),
        each.good,
        each.stream,
        each.rows,
        ours=True,
    )
    for name, each in PROGRAMS.items()
]
PLAIN = [
    Candidate("plain SDK tap, array", {}, None, _ARRAY.good, "users", 3, ours=False),
    Candidate(
        "plain SDK tap, envelope", {}, None, _ENVELOPE.good, "search_projects", 3, ours=False
    ),
]


class Runner:
    """Runs command lines in the process of ``score_runner.py``, which forks.

    Args:
        folder: Takes files and what the programs write.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.faults.score_runner"],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, candidate: Candidate, **config: t.Any) -> Run | None:  # noqa: ANN401
        """Run a tap; None if it did not end."""
        arguments = []
        files = {"config": {**candidate.settings, **config}, "catalog": candidate.catalog}
        for name, content in files.items():
            if content is not None:
                path = self._folder / f"{name}.json"
                path.write_text(json.dumps(content), encoding="utf-8")
                arguments.append(f"--{name}={path}")
        out, err = self._folder / "out", self._folder / "err"
        assert self._process.stdin
        assert self._process.stdout
        order = [candidate.name, arguments, str(out), str(err), SECONDS]
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        code = json.loads(self._process.stdout.readline())
        if code is None:
            return None
        log = err.read_text("utf-8", "replace")
        return Run(out.read_text("utf-8", "replace"), log, code)

    def close(self) -> None:
        self._process.communicate()


def _answer(case: Case, good: bytes, _: str) -> Iterator[bytes | float]:
    return case.pieces(good)


def is_right(candidate: Candidate, case: Case, run: Run | None) -> bool:
    """Tell whether all rows came, or a failure and no row, and no bookmark that says otherwise."""
    if run is None:
        return False
    if case.words is None:
        return run.code == 0 and len(run.records[candidate.stream]) == candidate.rows
    failed = run.code == case.code if candidate.ours else run.code != 0
    return failed and not run.records and not run.bookmark(candidate.stream)


def is_clear(candidate: Candidate, case: Case, run: Run | None) -> bool:
    """Tell whether the log has no traceback, and nothing that a terminal would obey."""
    if run is None or "Traceback" in run.log:
        return False
    told = not candidate.ours or case.words is None or case.words in run.log
    return told and all(line.isprintable() for line in run.log.splitlines())


def score(candidate: Candidate, server: RawServer, runner: Runner) -> dict[str, list[int]]:
    """Return for each section: rows, those that came out right, and those that are clear, too."""
    found = {}
    for section, cases in SECTIONS.items():
        right = clear = 0
        for case in cases:
            server.script = partial(_answer, case, candidate.good)
            server.heads.clear()
            limit = 0.2 if case.late else 60
            run = runner.run(candidate, api_url=server.url, request_timeout=limit)
            elsewhere = any("Host: localhost" in head for head in server.heads)
            good = is_right(candidate, case, run) and not elsewhere
            both = good and is_clear(candidate, case, run)
            right, clear = right + good, clear + both
            if not both:
                how = "hangs" if run is None else f"exit code {run.code}"
                print(f"  {candidate.name}: {section}: {case.name}: {how}, right: {good}")
        found[section] = [len(cases), right, clear]
    return found


def main() -> None:
    """Run all rows against all programs."""
    path = FOLDER / "score.jsonl"
    path.unlink(missing_ok=True)
    server = RawServer()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(Path(folder))
        for candidate in OURS + PLAIN:
            sections = score(candidate, server, runner)
            cases, right, clear = map(sum, zip(*sections.values(), strict=True))
            print(f"{candidate.name}: {right} of {cases} right, {clear} clear, too", flush=True)
            append(path, candidate.name, {"sections": sections})
        runner.close()
    server.close()


if __name__ == "__main__":
    main()
