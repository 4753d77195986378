"""Leads in doubt that are sent again, with on_unknown: retry."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.target_miimosa_leads.support import (
    FIRST,
    SCHEMA,
    SECOND,
    THIRD,
    Workplace,
    come,
    lead,
    leads,
    record,
)

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def test_replay_sends_each_once(
    work: Workplace,
    fault: Callable[..., None],
    posts: Callable[[], int],
    arrived: Callable[[], dict[str, int]],
) -> None:
    numbers = range(1, 9)
    fault("status", status=500, times=8)
    assert work.run(leads(*numbers), max_consecutive_failures=9).code == 4
    assert work.run([SCHEMA, *(record(lead(each, city="Angers")) for each in numbers)]).code == 4
    before = posts()
    assert work.journal("replay", on_unknown="retry", concurrency=1).code == 0
    assert posts() == before + 8
    assert list(arrived().values()) == [1] * 8


@pytest.mark.prints_data("--with-data")
@pytest.mark.parametrize("newer", [None, SECOND])
@pytest.mark.parametrize("status", [401, 429])
def test_one_that_does_not_arrive_is_in_doubt_as_before(
    work: Workplace,
    fault: Callable[..., None],
    phones: Callable[[], list[str]],
    newer: str | None,
    status: int,
) -> None:
    fault("status", status=500)
    assert work.run(come(FIRST)).code == 4
    if newer:
        assert work.run(come(newer)).code == 4
    before = json.loads(work.journal("show", "1", "--with-data").out)
    fault("status", status=status)
    assert work.run([SCHEMA], on_unknown="retry", max_wait=0).code == 5
    after = json.loads(work.journal("show", "1", "--with-data").out)
    assert after.pop("attempts") == before.pop("attempts") + 1
    assert after.pop("updated_at") >= before.pop("updated_at")
    assert after == before
    assert work.run([SCHEMA]).code == 4
    assert work.run([SCHEMA], on_unknown="retry").code == 0
    assert phones() == [newer or FIRST]


def test_one_that_could_not_be_sent_is_in_doubt_as_before(
    work: Workplace, fault: Callable[..., None], closed_port: socket.socket
) -> None:
    fault("status", status=500)
    work.run(come(FIRST))
    nowhere = f"http://127.0.0.1:{closed_port.getsockname()[1]}"
    settings = {"api_url": nowhere, "connection_retry_seconds": 0, "on_unknown": "retry"}
    result = work.run([SCHEMA], **settings)
    assert result.code == 6
    assert "1 lead of which nobody knows" in result.last_line
    assert work.rows()[0]["reason"] == "HTTP 500"
    assert work.statuses() == ["unknown"]


def test_one_that_was_sent_in_vain_after_a_first_doubt_is_in_doubt(
    work: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    fault("status", status=500)
    fault("status", status=401)
    assert work.run(come(FIRST), on_unknown="retry").code == 5
    held = work.run(come(FIRST))
    assert held.code == 4
    assert work.rows()[0]["reason"] == "HTTP 500"
    assert phones() == []


def test_newer_content_that_was_in_doubt_too_is_not_forgotten(
    work: Workplace, fault: Callable[..., None], phones: Callable[[], list[str]]
) -> None:
    fault("status", status=500)
    work.run(come(FIRST))
    work.run(come(SECOND))
    fault("status", status=500)
    fault("status", status=401)
    assert work.run([SCHEMA], on_unknown="retry").code == 5
    # What is in doubt now is the second content.
    assert work.run(come(THIRD)).code == 4
    assert work.journal("resolve", "1", "--delivered").code == 0
    assert work.run(come(SECOND)).summary["skipped"] == 1
    assert phones() == []
