"""Where a journal is in PostgreSQL, of which types its columns are, and who may read its key."""

from __future__ import annotations

import typing as t
import uuid

import psycopg
import pytest
from psycopg import sql

from tests.target_miimosa_leads.support import Workplace, leads
from tests.target_miimosa_leads.test_former_journal import SQL

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE tablename LIKE 'miimosa%' ORDER BY 1, 2"
TYPES = (
    "SELECT column_name::text, data_type::text FROM information_schema.columns"
    " WHERE table_name = 'miimosa_lead' AND column_name IN"
    " ('created_at', 'updated_at', 'sent_at', 'kept')"
)


@pytest.fixture
def server(database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


@pytest.fixture
def placed(work: Workplace, postgres_url: str) -> Workplace:
    work.settings["journal_url"] = postgres_url
    return work


def find_schemas(server: psycopg.Connection) -> set[str]:
    return {schema for schema, _ in server.execute(TABLES)}


def make_former(server: psycopg.Connection, schema: str = "public") -> None:
    with server.transaction():
        server.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        server.execute(SQL.encode())


@pytest.mark.parametrize("schema", [None, 'Who "names" schemas so?', "public"])
def test_a_new_journal_has_a_schema_of_its_own(
    placed: Workplace, server: psycopg.Connection, schema: str | None
) -> None:
    settings = {"journal_schema": schema} if schema else {}
    assert placed.run(leads(1), **settings).code == 0
    assert placed.run(leads(1, 2), **settings).summary["skipped"] == 1
    assert find_schemas(server) == {schema or "miimosa_journal"}
    assert dict(server.execute(TYPES).fetchall()) == {
        "created_at": "timestamp with time zone",
        "updated_at": "timestamp with time zone",
        "sent_at": "timestamp with time zone",
        "kept": "jsonb",
    }


def test_one_that_is_in_public_is_found_and_migrated_where_it_is(
    placed: Workplace, server: psycopg.Connection
) -> None:
    make_former(server)
    server.execute("SET TimeZone TO 'America/Lima'")
    assert "lise" not in placed.journal("list").out
    assert find_schemas(server) == {"public"}
    assert dict(server.execute(TYPES).fetchall())["created_at"] == "timestamp with time zone"
    moment = "SELECT updated_at AT TIME ZONE 'UTC' FROM miimosa_lead WHERE id = 1"
    assert str(server.execute(moment).fetchone()) == str(
        server.execute("SELECT timestamp '2026-11-26 02:27:52.680'").fetchone()
    )
    query = "SELECT count(*) FROM miimosa_journal_meta WHERE name = 'secret'"
    assert server.execute(query).fetchone() == (0,)


@pytest.mark.parametrize("path", ["tenant", "tenant,public"])
def test_the_search_path_of_the_url_names_a_schema_too(
    placed: Workplace, server: psycopg.Connection, path: str
) -> None:
    server.execute("CREATE SCHEMA tenant")
    url = f"{placed.settings['journal_url']}&options=-csearch_path%3D{path}"
    assert placed.run(leads(1), journal_url=url).code == 0
    assert find_schemas(server) == {"tenant"}


@pytest.mark.parametrize("former", ["public", "miimosa_journal"])
def test_another_schema_than_before_is_no_reason_to_begin_anew(
    placed: Workplace, server: psycopg.Connection, posts: Callable[[], int], former: str
) -> None:
    assert placed.run(leads(1), journal_schema=former).code == 0
    result = placed.run(leads(1), journal_schema="elsewhere")
    assert result.code == 7
    assert f"in schema {former}" in result.last_line
    assert "journal_schema" in result.last_line
    assert posts() == 1
    assert placed.run(leads(1)).summary["skipped"] == 1
    result = placed.run(leads(1), journal_schema="elsewhere", allow_new_journal=True)
    assert result.summary["created"] == 1
    assert find_schemas(server) == {former, "elsewhere"}
    assert placed.run(leads(1), journal_schema="elsewhere").summary["skipped"] == 1


@pytest.mark.parametrize("schema", ["", "x" * 64, "pg_mine", "information_schema", "a\nb", 7])
def test_a_schema_that_cannot_be_is_refused(placed: Workplace, schema: object) -> None:
    result = placed.journal("list", journal_schema=schema)
    assert result.code == 2
    assert "'journal_schema'" in result.last_line


@pytest.fixture
def role(server: psycopg.Connection) -> Iterator[str]:
    """A user of the server, who may do nothing yet."""
    name = f"reader_{uuid.uuid4().hex[:12]}"
    server.execute(f"CREATE ROLE {name} LOGIN".encode())
    yield name
    server.execute(f"DROP OWNED BY {name}".encode())
    server.execute(f"DROP ROLE {name}".encode())


def connect_as(database: str, role: str) -> psycopg.Connection:
    """Connect as a user; the servers of the tests trust whoever can reach their socket."""
    return psycopg.connect(database, user=role, password="", autocommit=True)


@pytest.mark.parametrize(
    ("when", "is_former"),
    [("by default", False), ("by default", True), ("afterwards", False), ("to all", True)],
)
def test_who_may_read_all_tables_reads_the_rows_and_not_the_key(
    placed: Workplace, server: psycopg.Connection, role: str, database: str, when: str,
    *, is_former: bool,
) -> None:  # fmt: skip
    schema = "public" if is_former else "miimosa_journal"
    if when == "by default":
        server.execute(
            f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {role}, PUBLIC".encode()
        )
    if is_former:
        make_former(server)
        assert placed.journal("list").code == 0
    else:
        assert placed.run(leads(1)).code == 0
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}".encode())
    if when == "afterwards":
        server.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}".encode())
    elif when == "to all":
        server.execute(f"GRANT pg_read_all_data TO {role}".encode())
    rows, key, facts = (
        sql.SQL("SELECT {} FROM {}").format(sql.SQL(column), sql.Identifier(schema, table))
        for column, table in (
            ("id", "miimosa_lead"),
            ("value", "miimosa_journal_secret"),
            ("value", "miimosa_journal_meta"),
        )
    )
    [secret] = server.execute(key).fetchone() or [""]
    assert len(secret) == 64
    with connect_as(database, role) as reader:
        assert reader.execute("SELECT current_user").fetchone() == (role,)
        assert reader.execute(rows).fetchall()
        assert (secret,) not in reader.execute(facts).fetchall()
        if when == "by default":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(key)
        else:
            assert reader.execute(key).fetchall() == []
    # Its owner goes on.
    assert placed.run(leads(1)).code in {0, 4}


def test_a_user_who_may_create_no_schema_is_told_what_to_do(
    placed: Workplace, server: psycopg.Connection, role: str, posts: Callable[[], int]
) -> None:
    url = placed.settings["journal_url"].replace("//postgres:@", f"//{role}:@")
    assert role in url
    result = placed.run(leads(1), journal_url=url)
    assert result.code == 7
    assert "permission denied" in result.last_line
    assert "journal_schema" in result.last_line
    assert "Traceback" not in result.err
    assert posts() == 0
    server.execute(f"CREATE SCHEMA miimosa_journal AUTHORIZATION {role}".encode())
    assert placed.run(leads(1), journal_url=url).code == 0
    assert placed.run(leads(1), journal_url=url).summary["skipped"] == 1
