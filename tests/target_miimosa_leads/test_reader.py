"""Messages that cannot be read, and those of no use here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.target_miimosa_leads.support import (
    SCHEMA,
    Workplace,
    lead,
    leads,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def test_unusable_input_finishes_the_leads_before_it_and_fails(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    secret = '{"type": "RECORD", "stream": "leads", "record": {"email": "secret@example.org"'
    result = work.run([*leads(1, 2), secret, *leads(3)])
    assert result.code == 1
    assert len(arrived()) == 2
    assert result.states[-1] == {"bookmark": 2}
    assert "secret" not in result.err
    assert "Line 6" in result.last_line


def test_other_messages_are_ignored_or_refused_in_one_line(work: Workplace) -> None:
    version = {"type": "ACTIVATE_VERSION", "stream": "leads", "version": 1}
    assert work.run([SCHEMA, version, record(lead(1)), version]).code == 0
    batch = {
        "type": "BATCH",
        "stream": "leads",
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "manifest": [],
    }
    refused = work.run([SCHEMA, batch])
    assert refused.code == 1
    assert "BATCH" in refused.last_line
    early = work.run([record(lead(1)), SCHEMA])
    assert early.code == 1
    assert "before its SCHEMA" in early.last_line
    assert "Traceback" not in refused.err + early.err
