"""Runs a plugin in the tests' process or as a command, and reads what it wrote."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import logging
import signal
import subprocess
import sys
import threading
import time
import typing as t
from dataclasses import dataclass
from functools import cached_property

from tests.harness import leaks
from tests.harness.preloaded import EXPLAIN, PYTHON, start_programs

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

Record = dict[str, t.Any]
# Seconds that a process may take on a busy machine until it is where a test wants it.
PATIENCE = 60


class ByStream(dict[str, list[Record]]):
    """Records by stream; a stream without records is not in it, but may be asked for."""

    def __missing__(self, stream: str) -> list[Record]:
        return []


@dataclass(frozen=True)
class Run:
    """What one run wrote and said.

    Attributes:
        out: Standard output.
        log: Standard error, or the messages of all loggers if the run was in this process.
        code: Exit code.
        error: What the run raised, None if it ended well or was a process of its own.
    """

    out: str
    log: str = ""
    code: int = 0
    error: BaseException | None = None

    def __post_init__(self) -> None:
        leaks.note("standard output", self.out, may_be_meant=True)
        leaks.note("log", self.log)

    @cached_property
    def messages(self) -> list[Record]:
        """The Singer messages."""
        return [json.loads(line) for line in self.out.split("\n") if line.startswith("{")]

    @property
    def comparable(self) -> list[Record]:
        """All messages except STATE, without the time of extraction."""
        kept = [message for message in self.messages if message["type"] != "STATE"]
        return [{k: v for k, v in message.items() if k != "time_extracted"} for message in kept]

    @cached_property
    def records(self) -> ByStream:
        found = ByStream()
        for message in self.messages:
            if message["type"] == "RECORD":
                found.setdefault(message["stream"], []).append(message["record"])
        return found

    @cached_property
    def schemas(self) -> dict[str, Record]:
        """The last SCHEMA message of each stream."""
        return {m["stream"]: m for m in self.messages if m["type"] == "SCHEMA"}

    @property
    def states(self) -> list[Record]:
        """The value of each STATE."""
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> Record:
        """The value of the last STATE; empty if there was none."""
        return self.states[-1] if self.states else {}

    @property
    def summary(self) -> Record:
        """The run summary in the log; empty if there is none."""
        lines = [line for line in self.log.splitlines() if "Run summary: " in line]
        assert len(lines) < 2, lines
        found: Record = json.loads(lines[0].partition("Run summary: ")[2]) if lines else {}
        return found

    @property
    def last_line(self) -> str:
        """The last line of the log."""
        return self.log.strip().splitlines()[-1]

    def ids(self, stream: str, name: str = "id") -> list[t.Any]:
        """One field of all records of a stream."""
        return [record[name] for record in self.records[stream]]

    def bookmark(self, stream: str) -> Record:
        """What the last STATE says about a stream; empty if it says nothing."""
        found: Record = unpack_state(self.state).get("bookmarks", {}).get(stream, {})
        return found

    def keyed(self, stream: str) -> dict[tuple[str, ...], Record]:
        """A stream's records by key; a key that came twice is an error."""
        rows = self.records[stream]
        names = self.schemas[stream]["key_properties"]
        found = {make_key(row, names): row for row in rows}
        assert len(found) == len(rows), f"{stream}: a key came twice"
        return found


def unpack_state(state: Record) -> Record:
    """Return a copy of a tap's state in the form of older versions: all marks beside the bookmark.

    An empty bookmark stands for none.
    """
    unpacked = copy.deepcopy(state)
    for entry in unpacked.get("bookmarks", {}).values():
        for marks in entry.pop("checkpoint", []):
            entry.update(marks)
        if entry.get("replication_key_value") == "":
            del entry["replication_key"], entry["replication_key_value"]
    return unpacked


def unpack_extra(row: Record) -> Record:
    """Return a record with its undeclared fields where the API had them."""
    return {**{name: row[name] for name in row if name != "_extra"}, **row.get("_extra", {})}


def make_key(row: Record, names: Iterable[str]) -> tuple[str, ...]:
    """Make a key of a row's fields, each as text."""
    return tuple(str(row.get(name)) for name in names)


@contextlib.contextmanager
def undo_process_settings() -> Iterator[None]:
    """Undo what a plugin does to the process that it thinks is its own."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = sys.excepthook, threading.excepthook
    interval = sys.getswitchinterval()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
    handled = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        sys.excepthook, threading.excepthook = hooks
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        sys.setswitchinterval(interval)
        for number, handler in handled.items():
            signal.signal(number, handler)


def capture(
    run: Callable[[], object],
    *,
    expected: type[BaseException],
    level: int = logging.INFO,
    logger: str = "",
) -> Run:
    """Call something in this process and keep what it writes.

    Args:
        run: What is called.
        expected: The errors that are kept in the run; all others are raised.
        level: The lowest level of log messages.
        logger: The plugin's logger, which has a level of its own.
    """
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    log = io.StringIO()
    error: BaseException | None = None
    with undo_process_settings(), contextlib.redirect_stdout(out):
        logging.getLogger().addHandler(logging.StreamHandler(log))
        logging.getLogger().setLevel(level)
        logging.getLogger(logger).setLevel(level)
        try:
            run()
        except expected as raised:
            error = raised
    written = out.buffer.getvalue().decode()
    code = getattr(error, "exit_code", 1) if error else 0
    return Run(written, log.getvalue(), code, error)


def run_tap(
    tap_class: t.Any,  # noqa: ANN401 - the class of any tap
    config: Record,
    *,
    expected: type[BaseException],
    state: Record | None = None,
    catalog: Record | None = None,
    level: int = logging.INFO,
) -> Run:
    """Run a tap in this process.

    Args:
        tap_class: The tap.
        config: Its configuration.
        expected: The errors that are kept in the run; all others are raised.
        state: State of the run before; it is left as it is.
        catalog: The streams to select; all by default.
        level: The lowest level of log messages.
    """
    given = copy.deepcopy(state) if state else None
    return capture(
        lambda: tap_class(config=config, state=given, catalog=catalog).run(),
        expected=expected,
        level=level,
        logger=tap_class.name,
    )


def run_command(
    module: str,
    folder: Path,
    config: Record,
    *options: str,
    state: Record | None = None,
    catalog: Record | None = None,
) -> Run:
    """Run a plugin's command as a process of its own, with its files in a folder."""
    files = {"config": config, "state": state, "catalog": catalog}
    done = subprocess.run(
        [*_make_command(module, folder, files), *options],
        capture_output=True, text=True, timeout=120, check=False, cwd=folder,
    )  # fmt: skip
    return Run(done.stdout, done.stderr, done.returncode)


def terminate_command(
    module: str,
    folder: Path,
    config: Record,
    ready: Callable[[], bool],
    *,
    state: Record | None = None,
    catalog: Record | None = None,
) -> Run:
    """Run a plugin's command as a process of its own, and send it SIGTERM once it is ready.

    Args:
        module: The plugin.
        folder: Takes its files.
        config: Its settings.
        ready: Tells whether the moment has come.
        state: The state to begin with.
        catalog: The catalog.
    """
    command = _make_command(module, folder, {"config": config, "state": state, "catalog": catalog})
    out, log = folder / "out", folder / "log"
    with (
        out.open("wb") as stdout,
        log.open("wb") as stderr,
        subprocess.Popen(command, stdout=stdout, stderr=stderr) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while not ready():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            for seconds, signal_after in ((PATIENCE, EXPLAIN), (1, signal.SIGKILL)):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(seconds)
                    break
                process.send_signal(signal_after)
        finally:
            process.kill()
    done = Run(out.read_text(encoding="utf-8"), log.read_text(encoding="utf-8"), process.returncode)
    assert done.code == 143, done.log
    return done


def _make_command(module: str, folder: Path, files: dict[str, Record | None]) -> list[str]:
    """Write the files that there are, and return the command that reads them."""
    command = [str(start_programs() / PYTHON), "-m", module]
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            command += [f"--{name}", str(path)]
    return command
