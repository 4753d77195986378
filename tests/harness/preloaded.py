"""Programs that start without the time that importing takes.

A process that has imported them forks a child for each start. What stands in for a program on the
PATH hands its arguments, environment, folder and the three standard streams to that process, passes
signals on, and ends as the child does.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import typing as t
from contextlib import contextmanager
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
# What the programs import once they run.
LATER = (
    "alembic.command", "psycopg", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite",
)  # fmt: skip
STAND_IN = """#!{python} -IS
import json, os, signal, socket, sys
order = json.dumps([{name!r}, sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [len(order).to_bytes(8, "big")], [0, 1, 2])
    server.sendall(order)
    answers = server.makefile()
    child = int(answers.readline())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, lambda received, _: os.kill(child, received))
    code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


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
    for name in PROGRAMS:
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
    commands: Mapping[str, EntryPoint],
) -> t.NoReturn:
    """Fork the program, tell its process id and then its exit code, and end; the child runs it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child:
        for stream in (*streams, 0, 1, 2):
            os.close(stream)
        connection.sendall(f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = [name, *arguments]
    sys.exit(commands[name].load()())
