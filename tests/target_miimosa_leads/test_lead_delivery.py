"""When a lead is sent again, and when the run gives up."""

from __future__ import annotations

import typing as t

from tests.target_miimosa_leads.servers import OK, reply, serving
from tests.target_miimosa_leads.support import Workplace, leads

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_with_on_unknown_retry_an_ambiguous_post_is_sent_again_in_the_same_run(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=502)
    assert work.run(leads(1), on_unknown="retry").code == 0
    assert posts() == 2


def test_too_many_failures_in_a_row_stop_the_run_at_once(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("status", status=500, times=None)
    result = work.run(leads(*range(1, 100)), concurrency=1, max_consecutive_failures=3)
    assert result.code == 6
    assert posts() == 3
    assert "3 leads in a row" in result.last_line


def test_a_delivered_lead_ends_a_row_of_failures(tmp_path: Path) -> None:
    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        every_third = int(body["phone"]) % 3 == 0
        connection.sendall(OK if every_third else reply(500))

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        result = work.run(leads(*range(1, 10)), concurrency=1, max_consecutive_failures=3)
    assert result.code == 4
    assert result.summary["planned"] == 0
    assert result.summary["unknown"] == 6
