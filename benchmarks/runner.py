"""Runs commands at the same time: `python runner.py FILE`, as one machine's scheduler does.

The file has a list of commands; their exit codes are written to standard output, as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(path: str) -> None:
    """Start all, and wait for all."""
    commands = json.loads(Path(path).read_text(encoding="utf-8"))
    running = [subprocess.Popen(each, stdout=subprocess.DEVNULL) for each in commands]
    print(json.dumps([each.wait() for each in running]))


if __name__ == "__main__":
    main(sys.argv[1])
