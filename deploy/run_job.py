"""Runs `meltano run …` and ends with the exit code of the program that failed.

`python deploy/run_job.py JOB` for a scheduler that decides by exit codes whether to try again.
Meltano ends with 1 whatever its plugins ended with; they write it into their run summaries
(`summary_path`). All arguments are those of `meltano run`. SIGTERM is passed on, also while Meltano
starts and where this is the first process of a container, to which the system's default does not
apply.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

import yaml

DECISIVE = (2, 4, 7, 5, 3, 6)
"""Codes that say what to do, the most pressing first: if several programs failed, one decides."""
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def list_plugins(project: Path) -> t.Iterator[str]:
    """Yield the names of the extractors and loaders of a Meltano project, of included files too."""
    text = (project / "meltano.yml").read_text(encoding="utf-8")
    included = [
        path
        for pattern in yaml.safe_load(text).get("include_paths", ())
        for path in project.glob(pattern)
    ]
    for each in (text, *(path.read_text(encoding="utf-8") for path in included)):
        plugins = (yaml.safe_load(each) or {}).get("plugins", {})
        for kind in ("extractors", "loaders"):
            yield from (plugin["name"] for plugin in plugins.get(kind, ()))


def name_summaries(plugins: t.Iterable[str], folder: Path) -> dict[str, str]:
    """Return the variables that let each plugin write its summary into a folder.

    Those that are set already stay as they are. A `summary_path` in the project does not: variables
    come before files. A plugin without this setting does not look at the variable.
    """
    names = {f"{name.upper().replace('-', '_')}_SUMMARY_PATH": name for name in plugins}
    return {key: os.environ.get(key) or str(folder / f"{name}.json") for key, name in names.items()}


def run(arguments: t.Sequence[str], variables: dict[str, str]) -> int:
    """Run Meltano with these variables beside the present ones; return its exit code."""
    process = None
    early: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        if process is None:
            early.append(number)
        else:
            process.send_signal(number)

    for each in PASSED_ON:
        signal.signal(each, pass_on)
    command = ["meltano", "run", *arguments]
    process = subprocess.Popen(command, env={**os.environ, **variables})  # noqa: S603 - no shell
    for number in early:
        process.send_signal(number)
    code = process.wait()
    return code if code >= 0 else 128 - code


def most_pressing(codes: t.Iterable[int]) -> int | None:
    """Return that exit code of several programs which says what to do; None if none does."""
    found = set(codes)
    return next((each for each in DECISIVE if each in found), None)


def decide(code: int, summaries: t.Iterable[Path]) -> int:
    """Return the exit code of the whole: that of Meltano, or of a program that says more."""
    if code != 1:
        return code
    found = (json.loads(path.read_bytes())["exit_code"] for path in summaries if path.exists())
    return most_pressing(found) or code


def main() -> int:
    """Run, and return the exit code."""
    # Budgets that accounts share are files in it. In the image it is a link into a folder that may
    # begin empty.
    Path(".meltano", "accounts").resolve().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="summaries-") as folder:
        variables = name_summaries(list_plugins(Path()), Path(folder))
        return decide(run(sys.argv[1:], variables), map(Path, variables.values()))


if __name__ == "__main__":
    sys.exit(main())
