"""A journal of the first version, which knew spellings of a lead apart and no runs, goes on.

It holds these leads, of the stream "leads" with the key "email": 1 and 2 acknowledged, 3 unknown, 4
rejected; and 5, whose key is "id", acknowledged.
"""

from __future__ import annotations

import json
import sqlite3
import typing as t
from pathlib import Path

import psycopg
import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox

SQL = Path(__file__).with_name("journal_v1.sql").read_text(encoding="utf-8")
BY_EMAIL = {**SCHEMA, "key_properties": ["email"]}
SECOND = lead(2, phone=33639980001.0, project_total_budget=5000.0)
FIFTH = lead(5, firstname="Ana\u00efs", id=12.0)


@pytest.fixture
def former(work: Workplace) -> Workplace:
    with sqlite3.connect(work.journal_file) as connection:
        connection.executescript(SQL)
    connection.close()
    return work


def version(work: Workplace) -> str:
    connection = sqlite3.connect(work.journal_file)
    try:
        query = "SELECT value FROM miimosa_journal_meta WHERE name = 'schema_version'"
        return str(connection.execute(query).fetchone()[0])
    finally:
        connection.close()


def test_its_leads_are_recognised_as_they_were_spelled(
    former: Workplace, posts: Callable[[], int]
) -> None:
    first = [record(each) for each in (lead(1), SECOND, lead(3), lead(4, phone=None))]
    result = former.run([BY_EMAIL, *first, SCHEMA, record(FIFTH)])
    assert result.code == 4
    assert result.summary["skipped"] == 3
    assert result.summary["rejected"] == result.summary["unknown"] == 1
    assert posts() == 0
    assert len(former.rows()) == 5


@pytest.mark.parametrize(
    ("schema", "spelled"),
    [
        (BY_EMAIL, lead(1, email="Lise.Morvan1@Example.org")),
        (BY_EMAIL, lead(1, email="lise.morvan1@example.org\u200b")),
        (BY_EMAIL, lead(1, project_total_budget=18000.0)),
        (SCHEMA, {**FIFTH, "id": 12}),
        (SCHEMA, {**FIFTH, "id": "12"}),
    ],
    ids=["case", "invisible", "number", "key without fraction", "key as text"],
)
def test_its_leads_are_recognised_in_another_spelling(
    former: Workplace, posts: Callable[[], int], schema: dict[str, t.Any], spelled: dict[str, t.Any]
) -> None:
    result = former.run([schema, record(spelled)])
    assert result.summary["skipped"] == 1, result.err
    assert posts() == 0


def test_what_waits_in_it_is_settled(
    former: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert former.journal("resolve", "3", "--not-delivered").code == 0
    assert former.journal("replay").code == 0
    assert former.run([BY_EMAIL, record(lead(3)), record(lead(4)), record(lead(6))]).code == 0
    assert list(arrived().values()) == [1, 1, 1]
    assert [row["status"] for row in former.rows()] == ["acknowledged"] * 6
    assert former.journal("purge", "--lead", lead(1)["email"]).code == 0
    assert [row["id"] for row in former.rows()] == [2, 3, 4, 5, 6]
    assert former.run([BY_EMAIL, record(lead(3)), record(lead(4)), record(lead(6))]).code == 0
    assert list(arrived().values()) == [1, 1, 1]


def test_newer_content_of_its_lead_in_doubt_is_what_is_sent(
    former: Workplace, box: RunningSandbox
) -> None:
    messages = [BY_EMAIL, record(lead(3, city="Angers"))]
    assert "its newer content waits" in former.run(messages).err
    assert former.journal("resolve", "3", "--not-delivered").code == 0
    assert former.journal("replay").code == 0
    assert former.run(messages).summary["skipped"] == 1
    [sent] = box.control("GET", "/leads")
    assert sent["body"]["city"] == "Angers"


def test_its_delivered_content_is_no_newer_content_of_a_lead_in_doubt(
    former: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    former.settings["on_changed"] = "send"
    fault("status", status=500)
    former.run([BY_EMAIL, record(lead(1, city="Angers"))])
    # Back to what MiiMOSA has.
    former.run([BY_EMAIL, record(lead(1))])
    assert former.journal("resolve", "1", "--not-delivered").code == 0
    former.journal("replay")
    assert posts() == 1
    assert former.statuses()[0] == "acknowledged"


def test_reading_leaves_it_as_it_is_and_the_first_run_migrates_it(former: Workplace) -> None:
    result = former.run([BY_EMAIL, record(lead(1)), record(lead(7))], dry_run=True)
    assert "1 create, 1 skip" in result.last_line
    assert version(former) == "1"
    assert former.run([BY_EMAIL, record(lead(1))]).code == 4
    assert version(former) == "3"


def test_one_in_postgres_goes_on(
    work: Workplace, postgres_url: str, posts: Callable[[], int]
) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute(SQL.encode())
    settings = {"journal_url": postgres_url}
    messages = [BY_EMAIL, record(lead(1)), record(SECOND), record(lead(7))]
    assert work.run(messages, **settings).summary["skipped"] == 2
    assert work.run(messages, **settings).summary["skipped"] == 3
    assert posts() == 1
    rows = json.loads(work.journal("list", "--format", "json", **settings).out)
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6]
