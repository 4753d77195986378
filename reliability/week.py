"""A week of hourly runs: ``python -m reliability.week [--hours 168] [--first 1] [PART ...]``.

The parts, the four APIs and the leads, are processes of their own with worlds of their own: as many
run at once as there are parts. Each appends its figures to the file of the soak.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from reliability import hours, leads
from reliability.figures import FOLDER, ROOT, append, stamp
from simulation.processes import TAPS
from simulation.services import warehouse

WEEK = 168
LEADS = "leads"
SCALE = 0.1
PARTS = (*TAPS, LEADS)


def live(part: str, uri: str, folder: Path, lived: range, seed: int) -> bool:
    """Live the hours of one part, and write its figures; tell whether all was right.

    What is late as documented is right.
    """
    stamp()
    if part == LEADS:
        told = leads.live(folder, lived, seed, SCALE)
    else:
        told = hours.live(part, uri, folder, lived, seed, SCALE)
    if lived == range(1, WEEK + 1):
        append(FOLDER / "soak.jsonl", f"week of {part}", {"seed": seed, **told})
    print(f"{part}: {json.dumps(told)}", flush=True)
    return not told["differences"] and not told["refused"]


def main() -> int:
    """Live a week; 1 means that something was not right."""
    parser = argparse.ArgumentParser(prog="python -m reliability.week", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--hours", type=int, default=WEEK, help="number of the last hour")
    parser.add_argument("--first", type=int, default=1, help="number of the one after hour 0")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--there", nargs=2, metavar=("URI", "FOLDER"), help="for one part")
    parser.add_argument("--keep", type=Path, help="a folder for last states and all logs")
    given = parser.parse_args()
    if not 1 <= given.first <= given.hours:
        parser.error("--first must be a number from 1 to that of --hours")
    # Loaders fill columns of times, which have no zone, in that of their session.
    os.environ["PGTZ"] = "UTC"
    if given.there:
        uri, folder = given.there
        lived = range(given.first, given.hours + 1)
        return 0 if live(given.parts[0], uri, Path(folder), lived, given.seed) else 1
    with warehouse() as (uri, home):
        folder = given.keep.absolute() if given.keep else home
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-W", "ignore", "-m", "reliability.week"]
        options = [f"--{name}={getattr(given, name)}" for name in ("hours", "first", "seed")]
        options += ["--there", uri, str(folder)]
        parts = [
            subprocess.Popen([*command, part, *options], cwd=ROOT) for part in given.parts or PARTS
        ]
        return max(part.wait() for part in parts)


if __name__ == "__main__":
    sys.exit(main())
