"""Runs a tap into the loader: two processes and a pipe, and the STATE that the loader saves."""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass, field

from target_postgres.target import TargetPostgres

from loaders.settings import postgres_settings
from simulation.processes import TAPS, fork_plugin, has_ended, wait_for
from simulation.selection import select

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUMMARY = "Run summary: "


@dataclass
class Outcome:
    """How a run ended.

    Attributes:
        codes: Exit codes of tap and loader.
        summary: The tap's own summary; empty if it wrote none.
    """

    codes: tuple[int, int]
    summary: dict[str, t.Any]

    @property
    def ok(self) -> bool:
        """Whether both ended well."""
        return self.codes == (0, 0)


@dataclass(frozen=True)
class Running:
    """A run under way.

    Attributes:
        tap: Process id of the tap.
        loader: Process id of the loader.
    """

    tap: int
    loader: int

    @property
    def over(self) -> bool:
        """Whether both have ended."""
        return has_ended(self.tap) and has_ended(self.loader)


@dataclass
class Pipeline:
    """A tap into the loader.

    Args:
        api: Its source, which is also the schema of its tables.
        folder: Takes configurations, state and logs.
        config: Configuration of the tap.
        database: SQLAlchemy URL of the warehouse.
        streams: What it reads; None for what the tap selects by default.
        started: How many runs it has made.
    """

    api: str
    folder: Path
    config: dict[str, t.Any]
    database: str
    streams: frozenset[str] | None
    started: int = field(default=0)

    def run(self, disturb: Callable[[Running], None] = lambda _: None) -> Outcome:
        """Run both to their end, from the last STATE that the loader has saved.

        Args:
            disturb: Called while both run.
        """
        self.started += 1
        log, saved = self._path(f"{self.started}.log"), self._path("saved.jsonl")
        read, write = os.pipe()
        tap = fork_plugin(TAPS[self.api], self._tap_arguments(), 0, write, log)
        os.close(write)
        there = {"sqlalchemy_url": self.database, "default_target_schema": self.api}
        target_config = self._write("loader", {**postgres_settings(), **there})
        with saved.open("w") as out:
            target = fork_plugin(
                TargetPostgres, [f"--config={target_config}"], read, out.fileno(),
                self._path(f"{self.started}-loader.log"),
            )  # fmt: skip
        os.close(read)
        disturb(Running(tap, target))
        codes = (wait_for(tap), wait_for(target))
        self._keep_state(saved)
        return Outcome(codes, _summary(log))

    def forget(self) -> None:
        """Begin anew: the next run reads everything."""
        self._path("state.json").unlink(missing_ok=True)

    def _tap_arguments(self) -> list[str]:
        arguments = [f"--config={self._write('tap', self.config)}"]
        if self.streams is not None:
            catalog = self._path("catalog.json")
            catalog.write_text(select(TAPS[self.api], self.streams), encoding="utf-8")
            arguments.append(f"--catalog={catalog}")
        state = self._path("state.json")
        if state.exists():
            arguments.append(f"--state={state}")
        return arguments

    def _keep_state(self, saved: Path) -> None:
        # Of a loader that was killed the last line may be cut.
        lines = [line for line in saved.read_text("utf-8").splitlines(keepends=True)
                 if line.endswith("\n")]  # fmt: skip
        if lines:
            self._path("state.json").write_text(lines[-1], encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.api}-{name}"

    def _write(self, name: str, content: object) -> Path:
        path = self._path(f"{name}.json")
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def _summary(log: Path) -> dict[str, t.Any]:
    for line in reversed(log.read_text(encoding="utf-8").splitlines()):
        if SUMMARY in line:
            found: dict[str, t.Any] = json.loads(line.split(SUMMARY, 1)[1])
            return found
    return {}
