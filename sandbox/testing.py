"""The sandbox inside a test: the real HTTP server in a thread of the test's process."""

from __future__ import annotations

import asyncio
import http.client
import json as jsonlib
import threading
import typing as t
from contextlib import contextmanager
from datetime import datetime, timezone
from urllib.parse import urlsplit

from sandbox.app import start
from sandbox.state import Sandbox
from sandbox.world import World
from sandbox.world.clock import parse_moment

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiohttp import web

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)
"""The moment of creation of a test's world, unless it asks for another."""


class RunningSandbox:
    """A sandbox that listens: `url` of the server, `world` behind it."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        """Wrap a sandbox that listens at an address."""
        self.sandbox = sandbox
        self.url = url

    @property
    def world(self) -> World:
        """The world that is served."""
        return self.sandbox.world

    def control(self, method: str, path: str, json: object = None) -> t.Any:  # noqa: ANN401 - JSON
        """Ask the control endpoint, with or without `/_control` before the path.

        Raises:
            ValueError: it answered with an error.
        """
        target = path if path.startswith("/_control") else f"/_control{path}"
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            body = None if json is None else jsonlib.dumps(json)
            connection.request(method, target, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            value = jsonlib.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(f"{method} {target}: {value['error']}")
        return value


async def stop(runner: web.AppRunner) -> None:
    """Stop listening, and end the requests that a client left in the middle.

    A task that is still pending when its loop is closed complains in the log of a later test.
    """
    await runner.cleanup()
    pending = asyncio.all_tasks() - {asyncio.current_task()}
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)


@contextmanager
def running_sandbox(
    *,
    seed: int = 7,
    scale: float = 1.0,
    limits: str = "none",
    now: datetime | str = NOW,
    store: Path | None = None,
    invalid_leads: int = 0,
) -> Iterator[RunningSandbox]:
    """Serve a sandbox on a free port of 127.0.0.1 as long as the context lasts.

    Args:
        seed: everything made up follows from it.
        scale: multiplies the number of records.
        limits: `real` for the documented rate limits, `none` for no limits.
        now: the moment of creation of the world, as a datetime or ISO text.
        store: the file that carries the sandbox over restarts.
        invalid_leads: how many leads in MOCO lack what POST /leads asks for.
    """
    moment = parse_moment(now) if isinstance(now, str) else now
    sandbox = Sandbox(World(seed, scale, moment, invalid_leads), limits=limits, store=store)
    loop = asyncio.new_event_loop()
    runner: web.AppRunner | None = None
    thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
    thread.start()
    try:
        listening = asyncio.run_coroutine_threadsafe(start(sandbox, "127.0.0.1", 0), loop)
        runner, url = listening.result(timeout=30)
        yield RunningSandbox(sandbox, url)
    finally:
        if runner is not None:
            asyncio.run_coroutine_threadsafe(stop(runner), loop).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        sandbox.close()
