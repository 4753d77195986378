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

    from singer_sdk.plugin_base import PluginBase

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


class Stage(t.NamedTuple):
    """A plugin in a pipe.

    Attributes:
        plugin: It.
        arguments: Of its command line.
        log: Takes its standard error.
    """

    plugin: type[PluginBase]
    arguments: list[str]
    log: Path


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
        there = {"sqlalchemy_url": self.database, "default_target_schema": self.api}
        config = self._write("loader", {**postgres_settings(), **there})
        codes = run_pipe(
            Stage(TAPS[self.api], self._tap_arguments(), log),
            Stage(TargetPostgres, [f"--config={config}"], self._path(f"{self.started}-loader.log")),
            saved,
            disturb,
        )
        keep_state(saved, self._path("state.json"))
        return Outcome(codes, read_summary(log))

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

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.api}-{name}"

    def _write(self, name: str, content: object) -> Path:
        path = self._path(f"{name}.json")
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def run_pipe(
    source: Stage, sink: Stage, saved: Path, disturb: Callable[[Running], None] = lambda _: None
) -> tuple[int, int]:
    """Run two plugins joined by a pipe; return their exit codes.

    Args:
        source: Writes into the pipe.
        sink: Reads from it.
        saved: Takes what the sink writes.
        disturb: Called while both run.
    """
    read, write = os.pipe()
    tap = fork_plugin(source.plugin, source.arguments, 0, write, source.log)
    os.close(write)
    with saved.open("w") as out:
        loader = fork_plugin(sink.plugin, sink.arguments, read, out.fileno(), sink.log)
    os.close(read)
    disturb(Running(tap, loader))
    return wait_for(tap), wait_for(loader)


def keep_state(saved: Path, state: Path) -> None:
    """Keep the last STATE that a loader has written, if there is one."""
    # Of a loader that was killed the last line may be cut.
    lines = [line for line in saved.read_text("utf-8").splitlines(keepends=True)
             if line.endswith("\n")]  # fmt: skip
    if lines:
        state.write_text(lines[-1], encoding="utf-8")


def read_summary(log: Path) -> dict[str, t.Any]:
    """Return the summary of a run; empty if it wrote none."""
    for line in reversed(log.read_text(encoding="utf-8").splitlines()):
        if SUMMARY in line:
            found: dict[str, t.Any] = json.loads(line.split(SUMMARY, 1)[1])
            return found
    return {}
