"""Command line: `python -m sandbox serve`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from sandbox.app import start
from sandbox.state import Sandbox
from sandbox.store import StoreError
from sandbox.world import World
from sandbox.world.clock import parse_moment


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    found = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = found.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the four APIs until SIGTERM or SIGINT")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8765, help="0 takes any free port")
    serve.add_argument("--seed", type=int, help="default: 7")
    serve.add_argument("--scale", type=float, help="multiplies the records; default: 1")
    serve.add_argument(
        "--now", type=parse_moment, help="moment of creation, ISO; default: the real time"
    )
    serve.add_argument("--invalid-leads", type=int, metavar="N",
                       help="leads in MOCO that POST /leads refuses; default: 0")  # fmt: skip
    serve.add_argument("--store", type=Path, help="file that carries the world over restarts")
    serve.add_argument("--until-eof", action="store_true", help="end when standard input does")
    serve.add_argument("--limits", choices=("real", "none"), default="real")
    return found


def make_sandbox(given: argparse.Namespace) -> Sandbox:
    """Make the sandbox that the options ask for.

    Raises:
        StoreError: the store cannot be read, or holds another world than the options ask for.
    """
    asked = {
        "seed": given.seed,
        "scale": given.scale,
        "created": given.now,
        "invalid_leads": given.invalid_leads,
    }
    world = World(
        7 if given.seed is None else given.seed,
        1.0 if given.scale is None else given.scale,
        given.now,
        given.invalid_leads or 0,
    )
    sandbox = Sandbox(world, limits=given.limits, store=given.store)
    for name, value in asked.items():
        if value is not None and value != getattr(sandbox.world.scenario, name):
            option = {"created": "now"}.get(name, name.replace("_", "-"))
            sandbox.close()
            raise StoreError(f"--{option}: {given.store} holds a world with another value")
    return sandbox


async def serve(sandbox: Sandbox, host: str, port: int, *, until_eof: bool = False) -> None:
    """Listen, say where in one line of JSON, and end at the first signal (or end of input)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if until_eof:
        loop.add_reader(sys.stdin, lambda: None if os.read(0, 4096) else stop.set())
    runner, url = await start(sandbox, host, port)
    print(json.dumps({"url": url}), flush=True)  # noqa: T201 - what the caller waits for
    await stop.wait()
    await runner.cleanup()


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 2 means that it could not be understood or the port is taken."""
    given = parser().parse_args(arguments)
    try:
        sandbox = make_sandbox(given)
    except (StoreError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    try:
        asyncio.run(serve(sandbox, given.host, given.port, until_eof=given.until_eof))
    except OSError as error:
        where = f"{given.host}:{given.port}"
        print(f"cannot listen on {where}: {error.strerror}", file=sys.stderr)  # noqa: T201
        return 2
    finally:
        sandbox.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
