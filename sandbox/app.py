"""The HTTP server: one pipeline for all four APIs, and the control endpoint beside them."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import socket
import struct
import time
import typing as t
from contextlib import suppress
from dataclasses import replace
from email.utils import format_datetime
from random import Random

from aiohttp import web
from multidict import CIMultiDict

from sandbox.control import Control
from sandbox.faults import UNPROCESSED, Fault
from sandbox.wire import Api, Call, Record, Reply

if t.TYPE_CHECKING:
    from sandbox.state import Sandbox

GZIP_FROM = 256
CHUNK = 1 << 16
TICK = 0.01


class Pipeline:
    """Takes each request through limits, faults and its API, and writes it down."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve one sandbox."""
        self.sandbox = sandbox
        self._jitter = Random(0)
        self._control = Control(sandbox)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        path = request.rel_url.path
        if path == "/_control" or path.startswith("/_control/"):
            return await self._control.handle(request)
        for api in self.sandbox.apis:
            if path == api.prefix or path.startswith(f"{api.prefix}/"):
                return await self._serve(api, request)
        return web.Response(status=404)

    async def _serve(self, api: Api, request: web.Request) -> web.StreamResponse:
        arrived = time.monotonic()
        prefix = api.prefix
        if request.rel_url.path.startswith(f"{prefix}/v1/"):  # Ulule's tokens live beside its API
            prefix += "/v1"
        call = Call(
            method=request.method,
            path=request.rel_url.path.removeprefix(prefix),
            query_string=request.rel_url.raw_query_string,
            headers=request.headers,
            body=await request.read(),
            base=f"{request.scheme}://{request.host}{prefix}",
            peer=request.remote or "",
        )
        entry: Record = {
            "api": api.name,
            "method": call.method,
            "path": call.path,
            "query": call.query_string,
            "status": None,
            "received": arrived,
            "answered": None,
            "authorized": "Authorization" in request.headers,
            "fault": None,
        }
        self.sandbox.log.append(entry)
        budget = self.sandbox.limiters[api.name].arrive(api.credential(call))
        fault = self.sandbox.faults.take(api.name, call) if budget.allowed else None
        entry["fault"] = fault.kind if fault else None
        await self._wait(fault)
        if not budget.allowed:
            reply = api.refuse(call)
        elif fault and fault.kind in UNPROCESSED:
            reply = _made(fault)
        else:
            given = _revoked(call) if fault and fault.kind == "revoked" else call
            reply = api.answer(given, self.sandbox.options)
        api.mark(reply, budget, self.sandbox.options)
        if fault and fault.kind == "body":
            reply.body = (fault.body or "").encode()
            reply.content_type = fault.content_type
        if fault and fault.kind == "empty":
            reply.body = _emptied(reply.body)
        self._count(api, call, reply, refused=not budget.allowed, fault=fault)
        try:
            response = await self._send(request, reply, fault)
            if fault is None or fault.kind in {"delay", "drip", "close_idle"}:
                self.sandbox.serve(api.name, reply.served)
                entry["status"] = reply.status
            elif not fault.kind.startswith(("reset", "timeout")):
                entry["status"] = reply.status
            return response
        finally:
            entry["answered"] = time.monotonic()

    async def _wait(self, fault: Fault | None) -> None:
        options = self.sandbox.options
        pause = (options.latency_ms + self._jitter.random() * options.jitter_ms) / 1000
        if fault and fault.kind == "delay":
            pause += fault.seconds
        if pause:
            await asyncio.sleep(pause)

    def _count(
        self, api: Api, call: Call, reply: Reply, *, refused: bool, fault: Fault | None
    ) -> None:
        counts = self.sandbox.counts[api.name]
        counts["requests"] += 1
        counts["refused"] += refused
        counts["faults"] += fault is not None
        unanswered = fault is not None and fault.kind.startswith(("reset", "timeout"))
        counts[f"status {'none' if unanswered else reply.status}"] += 1
        counts[f"path {call.method} {reply.template or '-'}"] += 1

    async def _send(
        self, request: web.Request, reply: Reply, fault: Fault | None
    ) -> web.StreamResponse:
        kind = fault.kind if fault else ""
        if kind.startswith("reset"):
            return _reset(request)
        if kind == "timeout_after":
            await _client_gone(request)
            return web.Response(status=500)
        headers = dict(reply.headers)
        if self.sandbox.options.date == "world":
            headers["Date"] = format_datetime(self.sandbox.world.now, usegmt=True)
        if reply.content_type:
            headers["Content-Type"] = reply.content_type
        body = reply.body
        if not kind and len(body) >= GZIP_FROM and _takes_gzip(request):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        if fault and kind in {"drip", "truncate", "huge", "close_idle"}:
            return await _stream(request, reply.status, headers, body, fault)
        return web.Response(status=reply.status, headers=headers, body=body)


async def _client_gone(request: web.Request) -> None:
    """Wait until the client has closed the connection, which aiohttp gives no event for."""
    while request.transport and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0.02)


def _takes_gzip(request: web.Request) -> bool:
    return "gzip" in request.headers.get("Accept-Encoding", "").lower()


def _made(fault: Fault) -> Reply:
    """The answer of a fault that keeps the request from the API."""
    if fault.kind == "redirect":
        status = fault.status if 300 <= fault.status < 400 else 302
        return Reply(status, headers={"Location": fault.location})
    if fault.kind == "huge":
        return Reply(200, content_type=fault.content_type)
    body = (fault.body or "").encode()
    headers = {name: str(value) for name, value in fault.headers.items()}
    return Reply(fault.status, body, fault.content_type if body else None, headers)


def _revoked(call: Call) -> Call:
    """The request with credentials in the form that it has, but not known to any API."""
    scheme, space, _ = call.authorization.partition(" ")
    headers = CIMultiDict(call.headers)
    headers["Authorization"] = f"{scheme}{space}revoked"
    return replace(call, headers=headers)


def _emptied(body: bytes) -> bytes:
    """A list without its rows: all that tells of a total or of other pages stays."""
    value = json.loads(body)
    if isinstance(value, dict):
        return json.dumps({k: [] if isinstance(v, list) else v for k, v in value.items()}).encode()
    return b"[]"


def _reset(request: web.Request) -> web.Response:
    """Break the connection with a TCP reset."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    return web.Response(status=500)


async def _drip(response: web.StreamResponse, body: bytes, seconds: float) -> None:
    """Send a body over some seconds, byte by byte or in the smallest pieces that time allows."""
    piece = max(1, math.ceil(len(body) * TICK / seconds)) if seconds else len(body)
    for position in range(0, len(body), piece):
        await response.write(body[position : position + piece])
        await asyncio.sleep(min(seconds, seconds * piece / len(body)))


async def _stream(
    request: web.Request, status: int, headers: dict[str, str], body: bytes, fault: Fault
) -> web.StreamResponse:
    """Send a body slowly, in part, in excess, or as the last thing on its connection."""
    length = fault.size if fault.kind == "huge" else len(body)
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = length
    await response.prepare(request)
    with suppress(ConnectionError):  # a client may go away in the middle of it
        if fault.kind == "drip":
            await _drip(response, body, fault.seconds)
        elif fault.kind == "huge":
            for position in range(0, length, CHUNK):
                await response.write(b" " * min(CHUNK, length - position))
        else:
            await response.write(body[: length // 2] if fault.kind == "truncate" else body)
    if fault.kind in {"truncate", "close_idle"}:
        if fault.kind == "close_idle":
            await response.write_eof()
        if request.transport is not None:
            request.transport.close()
    return response


def make_app(sandbox: Sandbox) -> web.Application:
    """The application of a sandbox."""
    app = web.Application(client_max_size=16 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", Pipeline(sandbox).handle)
    return app


async def start(sandbox: Sandbox, host: str, port: int) -> tuple[web.AppRunner, str]:
    """Listen; give the runner to clean up and the address.

    Raises:
        OSError: the port is taken.
    """
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError:
        await runner.cleanup()
        raise
    bound = runner.addresses[0][1]
    return runner, f"http://{host}:{bound}"
