"""target-miimosa-leads-journal."""

from __future__ import annotations

import csv
import io
import json
import typing as t

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record

if t.TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def mixed(work: Workplace, fault: Callable[..., None]) -> Workplace:
    """A journal with an acknowledged, a rejected and an unknown lead."""
    fault("reset_before", skip=1)
    work.run([SCHEMA, record(lead(1)), record(lead(2, phone=None)), record(lead(3))], concurrency=1)
    return work


def test_list_shows_leads_by_status_as_table_and_json(mixed: Workplace) -> None:
    assert mixed.statuses() == ["acknowledged", "rejected", "unknown"]
    [row] = mixed.rows("--status", "unknown")
    assert {"id", "status", "reason", "updated_at", "attempts"} <= row.keys()
    assert (row["id"], row["attempts"]) == (3, 1)
    table = mixed.journal("list", "--status", "rejected")
    assert table.code == 0
    header, line = table.out.splitlines()
    assert header.split()[:2] == ["id", "status"]
    assert "phone is missing" in line


@pytest.mark.prints_data("--with-data")
def test_show_prints_personal_data_only_if_told_to(mixed: Workplace) -> None:
    shown = mixed.journal("show", "3")
    assert json.loads(shown.out)["status"] == "unknown"
    assert "email" in json.loads(shown.out)["fields"]
    assert "@" not in shown.out
    told = json.loads(mixed.journal("show", "3", "--with-data").out)
    assert told["lead"]["email"] == lead(3)["email"]


def test_an_address_in_place_of_an_id_is_not_repeated(mixed: Workplace) -> None:
    shown = mixed.journal("show", lead(3)["email"])
    assert shown.code == 2
    assert "Invalid value for 'ID': '<e-mail>'" in shown.err
    assert lead(3)["email"] not in shown.err


def test_what_was_not_delivered_is_sent_by_replay(
    mixed: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert mixed.journal("resolve", "3", "--not-delivered").code == 0
    assert mixed.statuses()[2] == "planned"
    replayed = mixed.journal("replay")
    assert replayed.code == 0, replayed.err
    assert mixed.statuses()[2] == "acknowledged"
    assert arrived()[lead(3)["email"]] == 1
    assert mixed.run([SCHEMA, record(lead(3))]).summary["skipped"] == 1


def test_what_was_delivered_is_never_sent_again(mixed: Workplace, posts: Callable[[], int]) -> None:
    before = posts()
    assert mixed.journal("resolve", "3", "--delivered").code == 0
    assert mixed.run([SCHEMA, record(lead(3))]).code == 0
    assert mixed.journal("replay").code == 0
    assert posts() == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["resolve", "3"], 2, "--delivered or --not-delivered"),
        (["resolve", "--delivered"], 2, "Name the leads"),
        (["resolve", "nobody@example.org", "--delivered"], 1, "no lead with this key"),
        (["resolve", "99", "--delivered"], 1, "no lead 99"),
        (["resolve", "1", "--not-delivered"], 1, "acknowledged"),
        (["show", "99"], 1, "no lead 99"),
        (["show", "99999999999999999999"], 1, "no lead 99999999999999999999"),
        (["resolve", "9" * 5000, "--delivered"], 1, "no lead with this key"),
        (["resolve", "99999999999999999999", "--delivered"], 1, "no lead 9999"),
        (["purge", "--older-than", "99999999999"], 2, "not in the range"),
        (["purge"], 2, "--older-than"),
        (["purge", "--lead", "nobody"], 1, "no lead"),
        (["list", "--status", "lost"], 2, "lost"),
    ],
)
def test_mistakes_are_told_in_one_line(
    mixed: Workplace, arguments: list[str], code: int, words: str
) -> None:
    result = mixed.journal(*arguments)
    assert result.code == code
    assert words in result.last_line
    assert "Traceback" not in result.err


def test_there_must_be_a_journal(work: Workplace) -> None:
    result = work.journal("list")
    assert result.code == 7
    assert "no journal" in result.last_line
    assert not work.journal_file.exists()


def test_replay_that_is_rejected_goes_to_the_dead_letter_and_can_be_replayed_from_there(
    mixed: Workplace, fault: Callable[..., None], arrived: Callable[[], dict[str, int]]
) -> None:
    mixed.journal("resolve", "3", "--not-delivered")
    fault("status", status=400)
    assert mixed.journal("replay").code == 3
    assert {dead["id"] for dead in mixed.dead_letters()} == {2, 3}
    text = mixed.dead_letter.read_text().replace('"firstname":"Lise"', '"firstname":"Elise"')
    mixed.dead_letter.write_text(text)
    assert mixed.run_file(mixed.dead_letter).code == 3
    assert arrived()[lead(3)["email"]] == 1
    assert [dead["id"] for dead in mixed.dead_letters()] == [2]


def test_purge_by_age_erases_what_is_settled_and_keeps_what_is_open(mixed: Workplace) -> None:
    assert mixed.journal("purge", "--older-than", "1").code == 0
    assert len(mixed.rows()) == 3
    assert mixed.journal("purge", "--older-than", "0").code == 0
    assert mixed.statuses() == ["unknown"]
    assert mixed.dead_letters() == []


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "3"),
        ({"lead_key": ["email"]}, " lise.morvan3@example.org "),
        ({"lead_key": ["id", "email"]}, '["lise.morvan3@example.org", 3]'),
        ({"lead_key": ["id", "email"]}, '{"id": 3, "email": "lise.morvan3@example.org"}'),
    ],
)
def test_purge_of_one_lead_leaves_no_byte_of_it(
    work: Workplace, fault: Callable[..., None], settings: dict[str, t.Any], key: str
) -> None:
    fault("reset_before", skip=2)
    messages = [SCHEMA, *(record(lead(number, firstname="Zebulon")) for number in (1, 2, 3))]
    work.run(messages, concurrency=1, **settings)
    held = b"".join(path.read_bytes() for path in work.folder.glob("journal.db*"))
    assert b"Zebulon" in held
    assert work.journal("purge", "--lead", key, **settings).code == 0
    assert len(work.rows()) == 2
    left = b"".join(path.read_bytes() for path in work.folder.glob("journal.db*"))
    assert b"Zebulon" not in left


def test_export_is_an_audit_trail_without_personal_data(mixed: Workplace) -> None:
    lines = [json.loads(line) for line in mixed.journal("export").out.splitlines()]
    assert [line["status"] for line in lines] == ["acknowledged", "rejected", "unknown"]
    rows = list(csv.DictReader(io.StringIO(mixed.journal("export", "--format", "csv").out)))
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    text = mixed.journal("export").out
    for word in ("@", "Morvan", "0600000", "Lise"):
        assert word not in text


def test_the_commands_work_on_postgres(
    work: Workplace, postgres_url: str, fault: Callable[..., None]
) -> None:
    settings = {"journal_url": postgres_url}
    fault("reset_before")
    first = work.run(leads(1, 2), concurrency=1, **settings)
    assert first.code == 4
    shown = json.loads(work.journal("show", "1", **settings).out)
    assert shown["run_id"] == first.summary["run_id"]
    assert work.journal("resolve", "1", "--not-delivered", **settings).code == 0
    assert work.journal("replay", **settings).code == 0
    assert work.journal("purge", "--lead", "2", **settings).code == 0
    [row] = json.loads(work.journal("list", "--format", "json", **settings).out)
    assert (row["id"], row["status"]) == (1, "acknowledged")


@pytest.fixture
def doubtful(work: Workplace, fault: Callable[..., None]) -> Workplace:
    """A journal with four unknown leads, whose key is the e-mail address."""
    work.settings["lead_key"] = ["email"]
    fault("reset_before", times=4)
    messages = [record(lead(number)) for number in (1, 2, 3, 4)]
    assert work.run([SCHEMA, *messages], concurrency=1).code == 4
    assert work.statuses() == ["unknown"] * 4
    return work


@pytest.mark.prints_data("--with-data")
def test_a_list_with_data_has_what_is_not_erased_yet(mixed: Workplace) -> None:
    rows = json.loads(mixed.journal("list", "--with-data", "--format", "json").out)
    assert [row["lead"] and row["lead"]["email"] for row in rows] == [
        None,
        lead(2)["email"],
        lead(3)["email"],
    ]
    table = csv.DictReader(io.StringIO(mixed.journal("list", "--with-data", "--format", "csv").out))
    assert [row["email"] for row in table] == ["", lead(2)["email"], lead(3)["email"]]
    assert lead(3)["email"] in mixed.journal("list", "--with-data").out
    for form in ("table", "json", "csv"):
        assert "@" not in mixed.journal("list", "--format", form).out


@pytest.mark.prints_data("--with-data")
@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_spreadsheet_finds_a_formula(work: Workplace, begin: str) -> None:
    text = f"{begin}HYPERLINK(1)"
    work.run([SCHEMA, record(lead(1, phone=None, firstname=text))])
    out = work.journal("list", "--with-data", "--format", "csv").out
    [row] = csv.DictReader(io.StringIO(out))
    assert row["firstname"].lstrip("'") == text.strip()
    assert (row["firstname"][0] == "'") == (begin != "\t")


def test_many_leads_are_resolved_at_once_by_id_and_by_key(doubtful: Workplace) -> None:
    assert doubtful.journal("resolve", "1", lead(3)["email"], "--delivered").code == 0
    assert doubtful.statuses() == ["acknowledged", "unknown", "acknowledged", "unknown"]
    named = lead(4)["email"].upper()
    assert doubtful.journal("resolve", "--lead", named, "--not-delivered").code == 0
    assert doubtful.statuses() == ["acknowledged", "unknown", "acknowledged", "planned"]
    # All or none: the first has been settled.
    assert doubtful.journal("resolve", "2", "1", "--delivered").code == 1
    assert doubtful.statuses()[1] == "unknown"


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_file_of_answers_is_the_list_filled_in(doubtful: Workplace, delimiter: str) -> None:
    out = doubtful.journal("list", "--status", "unknown", "--format", "csv").out
    rows = [row | {"delivered": ""} for row in csv.DictReader(io.StringIO(out))]
    rows[0]["delivered"], rows[1]["delivered"], rows[2]["delivered"] = "yes", "no", " Delivered "
    path = doubtful.folder / "answers.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    result = doubtful.journal("resolve", "--answers", str(path))
    assert result.code == 0, result.err
    assert doubtful.statuses() == ["acknowledged", "planned", "acknowledged", "unknown"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "column 'delivered'"),
        ("id,delivered,firstname\n1,yes,Ana\u00efs\n", "UTF-8"),
        ("id,arrived\n1,yes\n", "column 'delivered'"),
        ("id,delivered\n1,yes\n2,maybe\n", "Line 3"),
        ("id,delivered\n1,yes\n,yes\n", "Line 3"),
        ("id,delivered\nx1,yes\n", "Line 2"),
        ("id,delivered\n1,yes\n1,no\n", "two answers for lead 1"),
        ("key,delivered\nnobody@example.org,yes\n", "no lead with this key"),
        ("id,delivered\n1,yes\n99,yes\n", "no lead 99"),
    ],
)
def test_wrong_answers_change_nothing(doubtful: Workplace, text: str, words: str) -> None:
    path = doubtful.folder / "answers.csv"
    path.write_text(text, encoding="cp1252")
    result = doubtful.journal("resolve", "--answers", str(path))
    assert result.code == 1
    assert words in result.last_line
    assert "Traceback" not in result.err
    assert "nobody" not in result.err
    assert doubtful.statuses() == ["unknown"] * 4


@pytest.mark.prints_data("settle")
def test_settle_asks_about_each_unknown_lead(
    doubtful: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\nmaybe\nn\ns\nq\n"))
    result = doubtful.journal("settle")
    assert result.code == 0, result.err
    assert lead(1)["email"] in result.out
    assert "4 of 4" in result.err
    assert "Still unknown: 2" in result.last_line
    assert doubtful.statuses() == ["acknowledged", "planned", "unknown", "unknown"]


@pytest.mark.prints_data("settle")
def test_what_was_settled_stays_when_the_person_goes_away(
    doubtful: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert doubtful.journal("settle").code == 1
    assert doubtful.statuses() == ["acknowledged", "unknown", "unknown", "unknown"]


def test_show_says_which_run_sent_a_lead(work: Workplace) -> None:
    first = work.run([SCHEMA, record(lead(1)), record(lead(2, phone=None))])
    second = work.run([SCHEMA, record(lead(3)), record(lead(1))])
    runs = [json.loads(work.journal("show", number).out)["run_id"] for number in "123"]
    assert runs == [first.summary["run_id"], None, second.summary["run_id"]]
    assert len(set(runs)) == 3


def test_a_line_that_could_not_be_read_cannot_be_planned(work: Workplace) -> None:
    assert work.run([SCHEMA, "no message"]).code == 3
    result = work.journal("resolve", "1", "--not-delivered")
    assert result.code == 1
    assert "dead letter" in result.last_line
    assert work.statuses() == ["rejected"]
