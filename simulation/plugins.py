"""Runs a tap into the loader: two processes and a pipe, and the STATE that the loader saves.

The processes are forked from one that has imported the plugins: to import them takes longer than
most of these runs.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import sys
import traceback
import typing as t
from dataclasses import dataclass, field

from target_postgres.target import TargetPostgres

from simulation.selection import select
from tap_micropledge.tap import TapMicroPledge
from tap_miimosa.tap import TapMiiMosa
from tap_moco.tap import TapMoco
from tap_ulule.tap import TapUlule

if t.TYPE_CHECKING:
    from pathlib import Path

    from singer_sdk import Tap
    from singer_sdk.plugin_base import PluginBase

TAPS: dict[str, type[Tap]] = {
    "moco": TapMoco,
    "ulule": TapUlule,
    "miimosa": TapMiiMosa,
    "micropledge": TapMicroPledge,
}
SUMMARY = "Run summary: "
MOST_FILES = 256


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

    def run(self) -> Outcome:
        """Run both to their end, from the last STATE that the loader has saved."""
        self.started += 1
        loader = {"sqlalchemy_url": self.database, "default_target_schema": self.api}
        arguments = [f"--config={self._write('tap', self.config)}"]
        if self.streams is not None:
            catalog = self._write("catalog", select(TAPS[self.api], self.streams))
            arguments.append(f"--catalog={catalog}")
        state = self.folder / f"{self.api}-state.json"
        if state.exists():
            arguments.append(f"--state={state}")
        log = self._path(f"{self.started}.log")
        saved = self._path("saved.jsonl")
        read, write = os.pipe()
        tap = _fork(TAPS[self.api], arguments, 0, write, log)
        os.close(write)
        target_config = self._write("loader", loader)
        with saved.open("w") as out:
            target = _fork(
                TargetPostgres, [f"--config={target_config}"], read, out.fileno(),
                self._path(f"{self.started}-loader.log"),
            )  # fmt: skip
        os.close(read)
        codes = tuple(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in (tap, target))
        lines = saved.read_text(encoding="utf-8").splitlines()
        if lines:
            state.write_text(lines[-1], encoding="utf-8")
        return Outcome((codes[0], codes[1]), _summary(log))

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.api}-{name}"

    def _write(self, name: str, content: object) -> Path:
        path = self._path(f"{name}.json")
        path.write_text(json.dumps(content), encoding="utf-8")
        return path


def _fork(
    plugin: type[PluginBase], arguments: list[str], stdin: int, stdout: int, log: Path
) -> int:
    """Run a plugin's command line in a child process; return its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_DFL)
    try:
        with log.open("w", encoding="utf-8") as err:
            for number, own in ((0, stdin), (1, stdout), (2, err.fileno())):
                if own != number:
                    os.dup2(own, number)
        # Whoever still holds the writing end of a pipe keeps its reader waiting.
        os.closerange(3, MOST_FILES)
        plugin.cli.main(args=arguments, prog_name=plugin.name)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:  # noqa: BLE001 - what a process does with it
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
    return 0


def set_clock(now: dt.datetime) -> None:
    """Let the taps that are run from now on take the world's day for today."""

    class WorldTime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> WorldTime:
            return cls.fromtimestamp(now.timestamp(), tz)

    for tap in TAPS.values():
        clock = sys.modules[f"{tap.__module__.partition('.')[0]}._kit.http.clock"]
        clock.datetime = WorldTime  # type: ignore[attr-defined]


def _summary(log: Path) -> dict[str, t.Any]:
    for line in reversed(log.read_text(encoding="utf-8").splitlines()):
        if SUMMARY in line:
            found: dict[str, t.Any] = json.loads(line.split(SUMMARY, 1)[1])
            return found
    return {}
