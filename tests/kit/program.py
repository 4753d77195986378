"""The tiny tap as a program: a process whose output is a pipe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from tests.harness.preloaded import PYTHON, start_programs

TAP = Path(__file__).with_name("tiny_tap.py")


class Program:
    """The tiny tap as a process of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.config = {"api_url": url, "refresh_days": 0}

    def arguments(
        self,
        state: dict[str, t.Any] | None,
        catalog: object = None,
        **settings: t.Any,  # noqa: ANN401
    ) -> list[str]:
        files = {"config": {**self.config, **settings}, "state": state, "catalog": catalog}
        arguments = [str(start_programs() / PYTHON), str(TAP)]
        for name, content in files.items():
            if content is not None:
                path = self.folder / f"{name}.json"
                path.write_text(json.dumps(content))
                arguments += [f"--{name}", str(path)]
        return arguments

    def start(
        self,
        state: dict[str, t.Any] | None = None,
        catalog: object = None,
        *,
        forked: bool = True,
        **settings: t.Any,  # noqa: ANN401
    ) -> subprocess.Popen[bytes]:
        """Start it; unless `forked`, a signal is there at once, and not passed on by another."""
        forked_python, *arguments = self.arguments(state, catalog, **settings)
        return subprocess.Popen(
            [forked_python if forked else sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TAP_TINY_LOGLEVEL": "WARNING"},
        )
