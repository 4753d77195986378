"""Many runs of ours one after the other, each with the state of the one before it.

Prints the size of the state after some of them, as JSON: ``{"1": 2040, "10": 2040}``.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import sys
import typing as t
from urllib.parse import urlencode, urlsplit

from ours import STREAMS, TapOurs

PARENTS = 20
TOLD = (1, 10, 100, 1000)
FEWEST = 2


def main(url: str, runs: str) -> None:
    """Run, the world changing before each run."""
    TapOurs.stream_types = STREAMS["incremental_children"]
    config = {"work": "incremental_children", "api_url": url, "concurrency": 1, "rate_limits": []}
    state: dict[str, t.Any] = {}
    sizes = {}
    for number in range(1, int(runs) + 1):
        change(url, number)
        with captured() as written:
            TapOurs(config=config, state=state).run()
        state = json.loads(written.getvalue().strip().rpartition(b"\n")[2])["value"]
        if number in TOLD:
            sizes[number] = len(json.dumps(state))
    print(json.dumps(sizes))


@contextlib.contextmanager
def captured() -> t.Iterator[io.BytesIO]:
    """Let what goes to standard output go to memory."""
    before, written = sys.stdout, io.BytesIO()
    sys.stdout = io.TextIOWrapper(written, write_through=True)
    try:
        yield written
    finally:
        sys.stdout.detach()
        sys.stdout = before


def change(url: str, number: int) -> None:
    """Let every parent have another number of children, and some parents come and go."""
    options = {"parents": PARENTS + number % 3, "children": FEWEST + number % 2}
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", f"/_control?{urlencode(options)}")
    connection.getresponse().read()
    connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
