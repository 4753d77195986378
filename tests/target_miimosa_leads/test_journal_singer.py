"""The journal as a Singer stream, by both of its ways out, and into a table of PostgreSQL."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import typing as t

import jsonschema
import psycopg
import pytest

from target_miimosa_leads.journal_tap import main as tap
from tests.harness.preloaded import start_programs
from tests.target_miimosa_leads.support import SCHEMA, Result, Workplace, call, lead, record
from tests.target_miimosa_leads.test_former_journal import SQL

if t.TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def mixed(work: Workplace, fault: Callable[..., None]) -> Workplace:
    """A journal with an acknowledged, a rejected and an unknown lead, and their keys."""
    work.settings["keep_fields"] = ["id", "deal_id"]
    fault("reset_before", skip=1)
    messages = [record(lead(1)), record(lead(2, phone=None)), record(lead(3, deal_id="d-3"))]
    assert work.run([SCHEMA, *messages], concurrency=1).code == 4
    return work


def run_tap(work: Workplace, *paths: str, **settings: t.Any) -> Result:  # noqa: ANN401
    return call(tap, ["--config", str(work.configure(**settings)), *paths])


def without_version(result: Result) -> list[dict[str, t.Any]]:
    return [{k: v for k, v in message.items() if k != "version"} for message in result.messages]


def test_the_stream_says_what_became_of_each_lead(mixed: Workplace) -> None:
    result = mixed.journal("export", "--format", "singer")
    assert result.code == 0
    schema, *records, end = result.messages
    assert schema["stream"] == "leads"
    assert schema["key_properties"] == ["key"]
    assert end == {"type": "ACTIVATE_VERSION", "stream": "leads", "version": end["version"]}
    assert {each["version"] for each in records} == {end["version"]}
    validator = jsonschema.Draft202012Validator(
        {**schema["schema"], "additionalProperties": False},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    rows = [each["record"] for each in records]
    for row in rows:
        validator.validate(row)
    assert [row["status"] for row in rows] == ["acknowledged", "rejected", "unknown"]
    assert [(row["id"], row["deal_id"]) for row in rows] == [
        ("1", None), ("2", None), ("3", "d-3"),
    ]  # fmt: skip
    assert [row["sent_at"] is None for row in rows] == [False, True, False]
    assert rows[0]["created_at"] <= rows[0]["sent_at"] <= rows[0]["updated_at"]
    assert "phone is missing" in rows[1]["reason"]
    assert len({row["key"] for row in rows}) == 3
    for word in ("@", "Morvan", "0600000", "Lise"):
        assert word not in result.out


def test_the_tap_writes_the_same_without_a_key_of_the_api(mixed: Workplace) -> None:
    exported = mixed.journal("export", "--format", "singer")
    del mixed.settings["api_key"]
    result = run_tap(mixed)
    assert result.code == 0, result.err
    assert without_version(result) == without_version(exported)


def test_the_audit_trail_has_the_kept_fields(mixed: Workplace) -> None:
    lines = [json.loads(line) for line in mixed.journal("export").out.splitlines()]
    assert [line["deal_id"] for line in lines] == [None, None, "d-3"]
    table = csv.DictReader(io.StringIO(mixed.journal("export", "--format", "csv").out))
    assert [row["deal_id"] for row in table] == ["", "", "d-3"]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"keep_field": ["id"]}, 2, "did you mean 'keep_fields'"),
        ({"keep_fields": ["key"]}, 2, "'keep_fields'"),
        ({"keep_fields": "id"}, 2, "'keep_fields' must be an array"),
        ({"journal_url": "nonsense"}, 2, "'journal_url'"),
        ({"journal_schema": ""}, 2, "'journal_schema'"),
        ({"journal_url": "sqlite:////missing/folder/journal.db"}, 7, "/missing/folder"),
    ],
)
def test_a_wrong_setting_is_one_clear_line_and_no_stream(
    work: Workplace, settings: dict[str, t.Any], code: int, words: str
) -> None:
    result = run_tap(work, **settings)
    assert result.code == code
    assert words in result.last_line
    assert result.out == ""
    assert "Traceback" not in result.err


def test_settings_come_from_the_environment_of_the_target(
    mixed: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_JOURNAL_URL", mixed.settings["journal_url"])
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_KEEP_FIELDS", '["deal_id"]')
    rows = call(tap, ["--config", "ENV"]).records["leads"]
    assert [row["deal_id"] for row in rows] == [None, None, "d-3"]
    assert "id" not in rows[0]


def test_a_journal_is_exported_while_a_run_writes_it(mixed: Workplace) -> None:
    process = mixed.start()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(SCHEMA) + "\n" + json.dumps(record(lead(4))) + "\n")
    process.stdin.write('{"type": "STATE", "value": {}}\n')
    process.stdin.flush()
    assert process.stdout.readline()
    assert [row["lead_id"] for row in run_tap(mixed).records["leads"]] == [1, 2, 3, 4]
    process.communicate()


def load(work: Workplace, database: str) -> None:
    """Pipe the journal into PostgreSQL, as real processes."""
    path = work.folder / "loader.json"
    url = database.replace("postgresql://", "postgresql+psycopg://")
    path.write_text(json.dumps({"sqlalchemy_url": url, "default_target_schema": "leads"}))
    source = [start_programs() / "tap-miimosa-leads-journal", "--config", work.configure()]
    with subprocess.Popen(source, stdout=subprocess.PIPE) as process:
        loaded = subprocess.run(
            [start_programs() / "target-postgres", "--config", path],
            stdin=process.stdout, check=False, capture_output=True, text=True,
        )  # fmt: skip
    assert (process.returncode, loaded.returncode) == (0, 0), loaded.stderr


def test_the_warehouse_has_a_table_that_follows_the_journal(
    mixed: Workplace, database: str
) -> None:
    load(mixed, database)
    query = (
        "SELECT id, status, pg_typeof(sent_at)::text, _sdc_deleted_at IS NULL"
        " FROM leads.leads ORDER BY lead_id"
    )
    with psycopg.connect(database, autocommit=True) as connection:
        first = connection.execute(query).fetchall()
        assert [row[:2] + row[3:] for row in first] == [
            ("1", "acknowledged", True), ("2", "rejected", True), ("3", "unknown", True),
        ]  # fmt: skip
        assert {row[2] for row in first} <= {
            "timestamp without time zone",
            "timestamp with time zone",
        }
        assert mixed.journal("resolve", "3", "--delivered").code == 0
        assert mixed.journal("purge", "--lead", "1").code == 0
        assert mixed.run([SCHEMA, record(lead(4, deal_id=40))]).summary["created"] == 1
        load(mixed, database)
        assert [row[:2] + row[3:] for row in connection.execute(query).fetchall()] == [
            ("1", "acknowledged", False), ("2", "rejected", True), ("3", "acknowledged", True),
            ("4", "acknowledged", True),
        ]  # fmt: skip


def test_a_journal_of_the_first_version_is_exported(work: Workplace, postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute(SQL.encode())
    rows = run_tap(work, journal_url=postgres_url).records["leads"]
    assert [row["lead_id"] for row in rows] == [1, 2, 3, 4, 5]
    # Of a delivered lead the journal knew when the answer came.
    assert [row["sent_at"] == row["updated_at"] for row in rows] == [True, True, False, False, True]
    assert [row["updated_at"] for row in rows[:2]] == [
        "2026-11-26T02:27:52.680Z",
        "2026-11-26T02:27:52.703Z",
    ]
