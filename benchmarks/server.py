"""The benchmark server: one cheap asyncio process that pages like MOCO, and like Ulule.

``GET /records`` pages through contacts, ``GET /parents`` through parents, and ``GET
/parents/{id}/children`` lists the children of one. Every page names the next one in ``Link`` (with
``X-Total``) and in ``X-Next-Page``. ``peers/lists.py`` names the lists of MOCO and Ulule that it
has, too. Beyond the limit the answer is a bare 429, as MOCO documents it; a refused request does
not count.

``POST /_control?...`` sets the options below and forgets all counts; ``GET /_control`` tells them.
"""

from __future__ import annotations

import asyncio
import collections
import json
import random
import time
from dataclasses import asdict
from urllib.parse import parse_qsl, urlsplit

from benchmarks.api_pages import ApiPages
from benchmarks.pages import Options, Pages
from benchmarks.peers.shape import PAGE_SIZE, encode

CONTROL = "/_control"


class Api:
    """Answers requests, limits and counts them."""

    def __init__(self) -> None:
        """Start with default options and nothing counted."""
        self.pages = Pages()
        self.api_pages = ApiPages()
        self.reset(Options())

    def reset(self, options: Options) -> None:
        """Set options and forget the counts."""
        self.options = options
        self.arrivals: collections.deque[float] = collections.deque()
        self.asked = self.refused = 0
        # When requests with each Authorization were admitted.
        self.served: dict[str, list[float]] = collections.defaultdict(list)
        self.random = random.Random(7)

    def delay(self) -> float:
        """Seconds until the next answer."""
        return (self.options.latency_ms + self.random.uniform(0, self.options.jitter_ms)) / 1000

    def answer(self, target: str, host: str, who: str = "") -> tuple[bytes, float]:
        """Return the whole response to a request, and after how many seconds it is sent.

        Args:
            target: Path and query.
            host: As the client names it.
            who: Its Authorization.
        """
        path, _, query = target.partition("?")
        if path == CONTROL:
            return self._control(query), 0.0
        self.asked += 1
        if not self._admitted():
            self.refused += 1
            return _response(b'{"message":"Too many requests"}', "429 Too Many Requests"), 0.0
        self.served[who].append(time.monotonic())
        return self._serve(path, dict(parse_qsl(query)), host), self.delay()

    def _control(self, query: str) -> bytes:
        if query:
            self.reset(Options(**{name: json.loads(text) for name, text in parse_qsl(query)}))
        counts = {"asked": self.asked, "refused": self.refused, "served": self.served}
        return _response(encode(asdict(self.options) | counts), "200 OK")

    def _admitted(self) -> bool:
        if not self.options.requests:
            return True
        now = time.monotonic()
        while self.arrivals and self.arrivals[0] <= now - self.options.seconds:
            self.arrivals.popleft()
        if len(self.arrivals) >= self.options.requests:
            return False
        self.arrivals.append(now)
        return True

    def _serve(self, path: str, query: dict[str, str], host: str) -> bytes:
        if self.api_pages.has(path):
            body, headers = self.api_pages.answer(path, query, host, self.options)
            return _response(body, "200 OK", headers)
        page = int(query.get("page") or 1)
        parts = path.strip("/").split("/")
        if parts[-1] == "children":
            return _response(self.pages.children(int(parts[1]), self.options), "200 OK")
        if parts == ["parents"]:
            total, body = self.options.parents, self.pages.parents(page, self.options)
        else:
            total = self.options.total
            body = self.pages.records(page, self.options)
        headers = f"X-Page: {page}\r\nX-Per-Page: {PAGE_SIZE}\r\nX-Total: {total}\r\n"
        if page * PAGE_SIZE < total:
            kept = "".join(f"{key}={text}&" for key, text in query.items() if key != "page")
            link = f"http://{host}{path}?{kept}page={page + 1}"
            headers += f'Link: <{link}>; rel="next"\r\nX-Next-Page: {page + 1}\r\n'
        return _response(body, "200 OK", headers)


def _response(body: bytes, status: str, headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One kept-alive connection; a client waits for its answer before it asks again."""

    def __init__(self, api: Api) -> None:
        """Serve an API."""
        self._api = api
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer once the head of the request is complete; requests have no body."""
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        self._received = rest
        lines = head.decode().split("\r\n")
        fields = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        target = lines[0].split(" ")[1]
        if target.startswith("http"):
            target = urlsplit(target)._replace(scheme="", netloc="").geturl()
        who = fields.get("authorization", "")
        response, seconds = self._api.answer(target, fields["host"], who)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._send, response)
        else:
            self._send(response)

    def _send(self, response: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(response)


async def main() -> None:
    """Listen on a free port, print its URL, and serve until killed."""
    api = Api()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(api), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
