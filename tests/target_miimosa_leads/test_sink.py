"""Which fields of a record identify a lead."""

from __future__ import annotations

import typing as t

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record

if t.TYPE_CHECKING:
    from collections.abc import Callable


def test_a_lead_is_the_same_in_all_streams_only_with_lead_key(
    work: Workplace, posts: Callable[[], int]
) -> None:
    other = {**SCHEMA, "stream": "deals"}
    messages = [SCHEMA, other, record(lead(1)), record(lead(1), "deals")]
    assert work.run(messages).code == 0
    assert posts() == 2
    by_email = work.run(messages, lead_key=["email"], allow_new_journal=True)
    assert by_email.summary["skipped"] == 1
    assert posts() == 3


def test_without_a_key_the_stream_is_refused(work: Workplace, posts: Callable[[], int]) -> None:
    schema = {**SCHEMA, "key_properties": []}
    result = work.run([schema, record(lead(1))])
    assert result.code == 2
    assert "lead_key" in result.last_line
    assert posts() == 0
    assert work.run([schema, record(lead(1))], lead_key=["email"]).code == 0


@pytest.mark.parametrize("value", [None, "", "   ", {"a": 1}])
def test_a_record_without_a_usable_key_is_rejected_once(
    work: Workplace,
    value: object,
    posts: Callable[[], int],
) -> None:
    for _ in range(2):
        result = work.run([SCHEMA, record({**lead(1), "id": value})])
        assert result.code == 3
        assert "id, part of the lead key," in result.err
    assert len(work.rows()) == len(work.dead_letters()) == 1
    assert posts() == 0
