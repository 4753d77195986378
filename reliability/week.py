"""A week of hourly runs: ``python -m reliability.week [--hours 168] [--seed 7] [PART ...]``.

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


def live(part: str, uri: str, folder: Path, number: int, seed: int) -> bool:
    """Live the hours of one part, and write its figures; tell whether all was right."""
    stamp()
    if part == LEADS:
        told = leads.live(folder, number, seed, SCALE)
    else:
        told = hours.live(part, uri, folder, number, seed, SCALE)
    append(FOLDER / "soak.jsonl", f"week of {part}", {"seed": seed, **told})
    print(f"{part}: {json.dumps(told)}", flush=True)
    return not told["differences"] and not told["refused"]


def main() -> int:
    """Live a week; 1 means that something was not right."""
    parser = argparse.ArgumentParser(prog="python -m reliability.week", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--hours", type=int, default=WEEK)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--there", nargs=2, metavar=("URI", "FOLDER"), help="for one part")
    given = parser.parse_args()
    # Loaders fill columns of times, which have no zone, in that of their session.
    os.environ["PGTZ"] = "UTC"
    if given.there:
        uri, folder = given.there
        return 0 if live(given.parts[0], uri, Path(folder), given.hours, given.seed) else 1
    with warehouse() as (uri, home):
        command = [sys.executable, "-W", "ignore", "-m", "reliability.week"]
        options = [f"--hours={given.hours}", f"--seed={given.seed}", "--there", uri, str(home)]
        parts = [
            subprocess.Popen([*command, part, *options], cwd=ROOT) for part in given.parts or PARTS
        ]
        return max(part.wait() for part in parts)


if __name__ == "__main__":
    sys.exit(main())
