"""Plugins as child processes, forked from this one.

It has imported them: to import them takes longer than most of these runs.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import traceback
import typing as t

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
MOST_FILES = 256
ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)


def fork_plugin(
    plugin: type[PluginBase], arguments: list[str], stdin: int, stdout: int, log: Path
) -> int:
    """Run a plugin's command line in a child process; return its id."""
    sys.stdout.flush()
    sys.stderr.flush()
    # A signal that arrives before the child has its own handlers would end it by ours.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        return pid
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
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


def has_ended(pid: int) -> bool:
    """Whether a child has ended; it is not reaped, so that its id stays its own."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def wait_for(pid: int) -> int:
    """Wait for the end of a child; return its exit code, negative after a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def set_clock(now: dt.datetime) -> None:
    """Let the taps that are run from now on take the world's day for today."""

    class WorldTime(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> WorldTime:
            return cls.fromtimestamp(now.timestamp(), tz)

    for tap in TAPS.values():
        clock = sys.modules[f"{tap.__module__.partition('.')[0]}._kit.http.clock"]
        clock.datetime = WorldTime  # type: ignore[attr-defined]
