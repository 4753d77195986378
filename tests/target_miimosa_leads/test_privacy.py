"""No personal data and no key where nobody expects them; files only their owner can read."""

from __future__ import annotations

import json
import os
import stat
import typing as t

import pytest

from tests.target_miimosa_leads.servers import reply, serving
from tests.target_miimosa_leads.support import KEY, SCHEMA, Workplace, as_text, lead, record, state

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

SECRETS = ("zebulon", "Zebulon", "0612345678", "1980-05-17", "Crocodile", KEY)


def _person(number: int) -> dict[str, t.Any]:
    return lead(
        number,
        email=f"zebulon{number}@example.org",
        firstname="Zebulon",
        lastname="Crocodile",
        phone="0612345678",
        birthdate="1980-05-17",
    )


def _found(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


def _modes(folder: Path) -> dict[str, int]:
    return {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in folder.iterdir()
        if path.name.startswith(("journal", "dead"))
    }


def test_an_acknowledged_lead_leaves_no_byte_of_personal_data(work: Workplace) -> None:
    people = [record(_person(number)) for number in range(1, 60)]
    result = work.run([SCHEMA, *people, state({"bookmark": 1})])
    assert result.code == 0
    assert _found(result.err + result.out) == []
    for path in work.folder.glob("journal*"):
        assert _found(path.read_bytes().decode("latin-1")) == [], path.name


def test_so_does_a_lead_that_was_in_doubt_once(work: Workplace, fault: Callable[..., None]) -> None:
    fault("reset_before", times=2)
    people = [record(_person(number)) for number in (1, 2)]
    assert work.run([SCHEMA, *people]).code == 4
    raw = b"".join(path.read_bytes() for path in work.folder.glob("journal*"))
    assert b"Zebulon" in raw
    work.journal("resolve", "1", "--delivered")
    work.journal("resolve", "2", "--not-delivered")
    assert work.journal("replay").code == 0
    for path in work.folder.glob("journal*"):
        assert _found(path.read_bytes().decode("latin-1")) == [], path.name


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_that_goes_wrong_is_told_with_personal_data(
    work: Workplace,
    fault: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    level: str,
) -> None:
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_LOGLEVEL", level)
    for kind in ("reset_after", "truncate"):
        fault(kind)
    echo = json.dumps({"errors": {"email": [f"{name} is wrong" for name in SECRETS[:5]]}})
    fault("status", status=400, body=echo)
    people = [record(_person(number)) for number in range(1, 6)]
    wrong = record({**_person(6), "collect_type": "Zebulon", "city": {"name": "Crocodile"}})
    broken = as_text([record(_person(7))])[:150]
    result = work.run([SCHEMA, *people, wrong, broken], concurrency=1)
    assert result.code == 1
    assert "2 unknown" in str(result.summary) or result.summary["unknown"] == 2
    texts = [result.err, result.out, *(work.journal(*a).out for a in (["list"], ["export"]))]
    for text in texts:
        assert _found(text) == []


def test_reasons_of_the_api_are_kept_without_what_they_quote(tmp_path: Path) -> None:
    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        text = f"phone {body['phone']} of {body['email']} is unknown in our country"
        connection.sendall(reply(400, json.dumps({"message": text}).encode()))

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run([SCHEMA, record(_person(1))]).code == 3
    [row] = work.rows()
    assert "is unknown in our country" in row["reason"]
    assert _found(row["reason"]) == []


def test_a_value_that_is_cut_with_a_long_answer_is_not_kept(tmp_path: Path) -> None:
    """Of 10,000 characters the lead's text fills all but ten, which go through its name."""
    text = ("an orchard of old apple varieties, " * 60)[:1996] + "."

    def answer(connection: socket.socket, _: dict[str, t.Any]) -> None:
        connection.sendall(reply(400, (f"{text} " * 5 + "x" + "Crocodile" * 300).encode()))

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        person = _person(1) | {"project_description": text}
        result = work.run([SCHEMA, record(person)])
    [row] = work.rows()
    assert row["reason"] == "HTTP 400"
    assert "Croco" not in result.err


def test_files_are_private_from_creation_whatever_the_umask(work: Workplace) -> None:
    before = os.umask(0)
    try:
        process = work.start()
        assert process.stdin
        assert process.stdout
        wrong = record({**_person(2), "phone": None})
        process.stdin.write(as_text([SCHEMA, record(_person(1)), wrong, state(1)]))
        process.stdin.flush()
        assert process.stdout.readline()
        during = _modes(work.folder)
        process.communicate()
    finally:
        os.umask(before)
    assert {"journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"} <= set(during)
    assert {"journal.db.marker", "dead-letter.singer.partial"} <= set(during)
    assert set(during.values()) == {0o600}
    assert set(_modes(work.folder).values()) == {0o600}
