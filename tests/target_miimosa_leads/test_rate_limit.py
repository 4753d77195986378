"""How long a 429 is waited for, whatever the server says about it."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import Workplace, leads

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def _limited(times: int, *headers: str) -> Callable[[socket.socket, object], None]:
    """Answer with 429 so many times, then with 200."""
    left = times

    def answer(connection: socket.socket, _: object) -> None:
        nonlocal left
        left -= 1
        connection.sendall(reply(429, b"", *headers) if left >= 0 else OK)

    return answer


def test_a_limit_that_asks_for_no_wait_again_and_again_is_no_loop_without_end(
    tmp_path: Path,
) -> None:
    with serving(_limited(100, "Retry-After: 0")) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(1), max_wait=1)
        assert result.code == 5
        assert "max_wait" in result.last_line
        assert len(server.leads) < 10
    assert work.statuses() == ["planned"]


def test_a_date_to_wait_for_is_meant_by_the_clock_of_the_server(tmp_path: Path) -> None:
    ahead = time.time() + 3600
    headers = [f"Date: {formatdate(ahead, usegmt=True)}"]
    headers.append(f"Retry-After: {formatdate(ahead + 1, usegmt=True)}")
    with serving(_limited(1, *headers)) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(1), max_wait=60)
        assert result.code == 0, result.err
        assert len(server.leads) == 2
    assert result.summary["created"] == 1
