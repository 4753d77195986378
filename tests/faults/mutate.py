"""Takes each guard out in a copy of the sources, and says which rows fail without it.

``python -m tests.faults.mutate [NAME ...]``; the names are in ``guards.py``. What reads good
answers is made to refuse them. A guard whose tests all pass without it fails the command, and so
does a row of the hostile table that was never seen to fail. What fails goes into
docs/reliability.md.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

from reliability.figures import FOLDER, ROOT, append
from tests.faults.guards import GUARDS, READINGS, TABLE, Guard
from tests.faults.hostile_answers import SECTIONS

COPIED = (
    "kit",
    "sandbox",
    "tests",
    "demo",
    "loaders",
    "simulation",
    "reliability",
    "pyproject.toml",
)
# The table is the same for all taps, and so are its guards.
TAP = "tap-moco"
FAILED = re.compile(r"^(?:FAILED|ERROR) \S+?(?:\[(?:tap-\w+: )?(.*?)\])?(?: - .*)?$", re.MULTILINE)


def copy_sources(folder: Path) -> None:
    """Copy what the tests run, the kit where the packages' links find it."""
    for path in [ROOT / name for name in COPIED] + sorted(ROOT.glob("ta*-*")):
        if path.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", ".venv")
            shutil.copytree(path, folder / path.name, symlinks=True, ignore=ignored)
        else:
            shutil.copy(path, folder)


def run_without(guard: Guard, folder: Path) -> list[str]:
    """Return which tests fail without a guard."""
    source = folder / "kit" / "singer_kit" / guard.path
    before = source.read_text(encoding="utf-8")
    if before.count(guard.old) != 1:
        raise SystemExit(f"{guard.name}: its code is there {before.count(guard.old)} times.")
    source.write_text(before.replace(guard.old, guard.new), encoding="utf-8")
    packages = [str(path) for path in folder.glob("ta*-*")]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider"]
    command += ["--timeout=30", *guard.tests.split()]
    command += ["-k", TAP] if guard.tests == TABLE else []
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(packages), "COLUMNS": "400",
                 "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        source.write_text(before, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise SystemExit(f"{guard.name}: {done.stdout}{done.stderr}")
    return [name or "(the only one)" for name in FAILED.findall(done.stdout)]


def main(names: t.Collection[str]) -> int:
    """Take out the guards that are named, or all."""
    path = FOLDER / "mutations.jsonl"
    unguarded = 0
    never = {f"{section}: {case.name}" for section, cases in SECTIONS.items() for case in cases}
    with tempfile.TemporaryDirectory() as scratch:
        copy_sources(Path(scratch))
        for guard in (*GUARDS, *READINGS):
            if not names or guard.name in names:
                failed = run_without(guard, Path(scratch))
                print(f"{guard.name}: {len(failed)} fail: {', '.join(failed)}", flush=True)
                told = {"tests": guard.tests, "failed": failed, "refuses": guard in READINGS}
                append(path, guard.name, told)
                unguarded += not failed
                never -= set(failed)
    if not names:
        print(f"never seen to fail: {', '.join(sorted(never)) or 'none'}")
    return 1 if unguarded or (never and not names) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
