"""Programs that start without the time that importing takes.

A process that has imported them forks a child for each start. What stands in for a program on the
PATH hands its arguments, environment, folder and the three standard streams to that process, passes
signals on, and ends as the child does; where it is killed, so is the child. One of them stands in
for Python, for ``-m``, ``-c`` and the path of a script.
"""

from __future__ import annotations

import atexit
import faulthandler
import functools
import gc
import io
import json
import logging
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import typing as t
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import EntryPoint

PROGRAMS = (
    "meltano", "tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge", "tap-postgres",
    "target-csv", "target-postgres", "target-miimosa-leads", "target-miimosa-leads-journal",
    "tap-miimosa-leads-journal",
)  # fmt: skip
PYTHON = "preloaded-python"
# What the programs import once they run, and the tiny tap of the kit's tests.
LATER = (
    "alembic.command", "psycopg", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite",
    "singer_kit.singer.tap", "singer_kit.paging.paginators",
)  # fmt: skip
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
# Makes a program say on standard error where each of its threads is.
EXPLAIN = signal.SIGUSR1
STAND_IN = """#!{python} -IS
import json, os, signal, socket, sys
numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
ignored = [number for number in numbers if signal.getsignal(number) == signal.SIG_IGN]
order = [{name!r}, sys.argv[1:], os.getcwd(), dict(os.environ), ignored]
order = json.dumps(order).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(order).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(order)
    answers = server.makefile()
    child = int(answers.readline())
    for number in (*numbers, signal.SIGUSR1):
        signal.signal(number, lambda received, _: os.kill(child, received))
    code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


@functools.cache
def start_programs() -> Path:
    """Serve the programs until this process ends; return the folder that they are in."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="programs-"))
    return stack.enter_context(preloaded(Path(folder)))


@contextmanager
def preloaded(folder: Path) -> Iterator[Path]:
    """Serve the programs as long as the context lasts.

    Args:
        folder: Takes what stands in for the programs; its path is short, as those of sockets are.

    Yields:
        A folder for the PATH, in which is also a Python that has all packages and finds the
        programs beside itself.
    """
    address, programs = folder / "socket", folder / "bin"
    programs.mkdir()
    for name in (*PROGRAMS, PYTHON):
        program = programs / name
        text = STAND_IN.format(python=sys.executable, name=name, address=str(address))
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
    for name in ("pyvenv.cfg", "lib", f"bin/{Path(sys.executable).name}"):
        (folder / name).symlink_to(Path(sys.prefix, name))
    with subprocess.Popen(
        [sys.executable, "-c", f"from {__name__} import serve; serve({str(address)!r})"],
        cwd=Path(__file__).resolve().parents[2],
        # Closed when this process ends, however it does.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as server:
        assert server.stdout
        assert server.stdout.readline() == b"ready\n"
        try:
            yield programs
        finally:
            os.killpg(server.pid, signal.SIGKILL)


def serve(address: str) -> None:
    """Fork a child for each program that is asked for, until standard input ends."""
    commands = {each.name: each for each in entry_points(group="console_scripts")}
    sys.path.append(str(Path("kit").resolve()))
    # Only the modules: to make a plugin's command sets up its log.
    for name in [*LATER, *(commands[name].module for name in PROGRAMS)]:
        import_module(name)
    gc.collect()
    gc.freeze()
    # The keepers below are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                os.killpg(0, signal.SIGKILL)
            connection, _ = listener.accept()
            with connection:
                size, streams, *_ = socket.recv_fds(connection, 8, 3)
                if os.fork() == 0:
                    listener.close()
                    order = connection.makefile("rb").read(int.from_bytes(size, "big"))
                    _keep(connection, streams, *json.loads(order), commands)
                for stream in streams:
                    os.close(stream)


def _keep(
    connection: socket.socket,
    streams: list[int],
    name: str,
    arguments: list[str],
    folder: str,
    environment: dict[str, str],
    ignored: list[int],
    commands: Mapping[str, EntryPoint],
) -> t.NoReturn:
    """Fork the program, tell its process id and then its exit code, and end; the child runs it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child:
        for stream in (*streams, 0, 1, 2):
            os.close(stream)
        connection.sendall(f"{child}\n".encode())
        threading.Thread(target=_kill_with, args=(connection, child), daemon=True).start()
        _, status = os.waitpid(child, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for each in SIGNALS:
        handler = signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL
        signal.signal(each, signal.SIG_IGN if each in ignored else handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    _open_streams()
    faulthandler.register(EXPLAIN)
    sys.exit(_run(name, arguments, commands))


def _kill_with(connection: socket.socket, child: int) -> None:
    """Kill the child once what stands in for it is gone."""
    if not connection.recv(1):
        os.kill(child, signal.SIGKILL)


def _open_streams() -> None:
    """Open the standard streams as Python does at its start."""
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    out = open(1, "wb", 0 if unbuffered else -1, closefd=False)  # noqa: SIM115
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = io.TextIOWrapper(
        out, "utf-8", line_buffering=os.isatty(1), write_through=unbuffered
    )
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115


def _run(name: str, arguments: list[str], commands: Mapping[str, EntryPoint]) -> object:
    """Run a program, or what Python is given; return what its exit code is made of."""
    if name != "meltano":
        # Meltano has set up a log while it was imported.
        logging.getLogger().handlers.clear()
        logging.getLogger().setLevel(logging.WARNING)
    if name != PYTHON:
        sys.argv = [name, *arguments]
        return commands[name].load()()
    first, *rest = arguments
    if first == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif first == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102
    else:
        sys.argv = arguments
        runpy.run_path(first, run_name="__main__")
    return 0
