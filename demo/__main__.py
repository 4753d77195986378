"""Command line of the demo: `python -m demo [run|psql|env]`."""

from __future__ import annotations

import argparse
import datetime as dt
import fcntl
import os
import shlex
import signal
import subprocess
import sys
import time
import typing as t
from contextlib import contextmanager, suppress
from pathlib import Path

from demo import places, report, services
from demo.progress import Progress
from demo.psql import open_psql
from demo.scope import World

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# Meltano finds the plugins of this environment here; not resolved, as it may be a link.
BIN = Path(sys.executable).parent
# What a killed demo has running ends within this time.
LOCK_SECONDS = 30
LAST_PORT = 65535


@contextmanager
def only_one() -> Iterator[int]:
    """Let one demo run at a time; what a killed one still has running is waited for.

    Yields:
        The descriptor of the lock, which children inherit: it is free when the last one is gone.
    """
    places.HOME.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + LOCK_SECONDS
    with places.LOCK.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise SystemExit(f"Another demo is running in {places.HOME}.") from None
                time.sleep(0.2)
        yield lock.fileno()


def run_meltano(env: dict[str, str], lock: int) -> int:
    """Run the pipelines, with their log in a file; return the exit code."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    # Forced: whatever a killed Meltano left marked as running, the lock knows that nothing is.
    command = [str(BIN / "meltano"), "--environment=sandbox", "run", "--force", "demo"]
    with (
        places.LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "demo.tether", *command],
            cwd=places.ROOT,
            env={**os.environ, **env, "PATH": path, "NO_COLOR": "1"},
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            # A Ctrl-C is for us: we stop it by closing its input.
            start_new_session=True,
            pass_fds=[lock],
        ) as process,
    ):
        try:
            return process.wait()
        finally:
            if process.stdin:
                process.stdin.close()
            process.wait()


def run() -> int:
    """Run the demo once; return the exit code."""
    started = dt.datetime.now(tz=dt.timezone.utc)
    clock = time.monotonic()
    with only_one() as lock, services.warehouse() as server, services.sandbox() as box:
        progress = Progress.load()
        if progress.complete:
            progress.run, progress.complete = progress.run + 1, False
        progress.save()
        # Also says where the world should be after a run that was killed right here.
        box.control("POST", "advance", {"number": progress.run - 1})
        what = "the world as it is" if progress.run == 1 else f"the world moved {progress.run - 1}x"
        print(f"Run {progress.run}: {what}. meltano run demo (log: {places.LOG}) …", flush=True)
        code = run_meltano(services.environment(server, box), lock)
        if code:
            print("".join(places.LOG.read_text(encoding="utf-8").splitlines(keepends=True)[-25:]))
            print(f"meltano run demo failed with exit code {code}; run `make demo` to go on.")
            return code
        found = report.tables(server.get_uri(), started, World(box.control, searched=True))
        rows = report.print_tables(found, progress.keys)
        leads = report.print_leads(box)
        models = report.print_models()
        requests = report.print_requests(box)
        progress.complete = True
        progress.keys = {f"{table.schema}.{table.name}": table.keys for table in found}
        progress.save()
    print(
        f"\n{time.monotonic() - clock:.0f} s. Look further with `make psql`; run `make demo` again"
    )
    print("to see the world move on; `make clean` forgets everything. As a page:")
    print(places.REPORT.as_uri())
    if not (rows and leads and models and requests):
        print("\nSomething above is not as it should be.")
        return 1
    return 0


def psql() -> int:
    """Open the warehouse in psql, also while a demo runs."""
    port = os.environ.get("DEMO_PORT") or None
    if port is not None and not (port.isdecimal() and 0 < int(port) <= LAST_PORT):
        raise SystemExit(f"PORT must be a number from 1 to {LAST_PORT}.")
    with services.warehouse() as server:
        return open_psql(server, int(port) if port else None)


def env() -> int:
    """Serve warehouse and sandbox until Ctrl-C, having printed what Meltano needs to use them."""
    with only_one(), services.warehouse() as server, services.sandbox() as box:
        for name, value in services.environment(server, box).items():
            print(f"export {name}={shlex.quote(value)}")
        print("# in another shell: the lines above, then .venv/bin/meltano run …", flush=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


def _stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise SystemExit(128 + signum)


def main() -> int:
    """Run a command of the demo."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("command", nargs="?", default="run", choices=("run", "psql", "env"))
    # Whatever ends us, the services above are stopped on the way out.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    return {"run": run, "psql": psql, "env": env}[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
