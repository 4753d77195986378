"""Several accounts from one table: the command, and Meltano with what it has written."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import typing as t

import psycopg
import pytest
import yaml

from accounts.table import TableError, parse_table
from sandbox.testing import running_sandbox
from tests.pipelines.project import ROOT, Project
from tests.pipelines.readme_blocks import blocks, filled
from tests.tap_moco.support import just_now

if t.TYPE_CHECKING:
    from pathlib import Path

    from tests.harness.run import Record

PARIS = "agency_paris"
MOCO: Record = {
    "plugin": "tap-moco",
    "config": {"api_url": "${SANDBOX_URL}/moco/api/v1"},
    "secrets": {"api_key": "PARIS_KEY"},
    "select": ["contacts.*"],
}
ACCOUNTS: list[Record] = [
    {"name": PARIS, **MOCO},
    {
        "name": "lyon",
        **MOCO,
        "config": {"api_url": "${OTHER_URL}/moco/api/v1"},
        "secrets": {"api_key": "LYON_KEY"},
        "select": ["companies.*", "users.*"],
        "schema": "moco_lyon",
        "schedule": "15 3 * * *",
    },
    {
        "name": "lenders",
        "plugin": "tap-miimosa",
        "config": {"api_url": "${SANDBOX_URL}/miimosa"},
        "secrets": {"api_key": "LENDERS_KEY", "users": "LENDERS"},
        "select": ["wallets.*", "projects.*"],
    },
]
KEYS = {"PARIS_KEY": "sandbox-moco-key", "LYON_KEY": "sandbox-moco-key",
        "LENDERS_KEY": "sandbox-miimosa-key"}  # fmt: skip
WAYS = ("'domain' and 'api_key'", "'domain' and 'email' and 'password'",
        "'api_url' and 'api_key'")  # fmt: skip
NAME_IT = "name the environment variable that holds it in 'secrets'."
FIRST, ALL_AT_ONCE = blocks((ROOT / "accounts" / "README.md").read_text(encoding="utf-8"), "sh")


def write_table(path: Path, accounts: object) -> None:
    path.write_text(yaml.safe_dump({"accounts": accounts}), encoding="utf-8")


def run_command(folder: Path, accounts: object, *options: str) -> subprocess.CompletedProcess[str]:
    table = folder / "accounts.yml"
    write_table(table, accounts)
    return subprocess.run(
        [sys.executable, "-m", "accounts", *options, "--table", table, "--project", folder],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def read_records(folder: Path, account: str) -> int:
    """The records of an account's last run, which its summary tells."""
    path = folder / ".meltano" / "accounts" / f"{account}.summary.json"
    return int(json.loads(path.read_text(encoding="utf-8"))["records"])


def list_ids(uri: str, table: str) -> list[str]:
    with psycopg.connect(uri) as connection:
        rows = connection.execute(f"select id::text from {table}").fetchall()  # noqa: S608
    return sorted(value for (value,) in rows)


def list_tables(uri: str) -> dict[str, set[str]]:
    with psycopg.connect(uri) as connection:
        rows = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
    found: dict[str, set[str]] = {}
    for schema, table in rows:
        found.setdefault(schema, set()).add(table)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_accounts_run_at_once_each_with_schema_and_state_of_its_own(
    database: str, tmp_path: Path, programs: Path
) -> None:
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    # In place of the one that the README copies.
    write_table(tmp_path / "accounts.example.yml", ACCOUNTS)
    here = {".venv/bin/python": f"PYTHONPATH={ROOT} {sys.executable}"}
    with (
        running_sandbox(scale=0.2, now=just_now()) as box,
        running_sandbox(scale=0.2, now=just_now(), seed=8) as other,
    ):
        people = json.dumps([{"email": next(iter(box.world.miimosa.users))}])
        project = Project(box, database, tmp_path, programs)
        env = {**KEYS, "OTHER_URL": other.url, "LENDERS": people}

        first = project.run(filled(FIRST, here), cwd=tmp_path, **env)
        at_first = read_records(tmp_path, PARIS)
        all_at_once = project.run(filled(ALL_AT_ONCE, here), cwd=tmp_path, **env)
        states = project.run("meltano state list", cwd=tmp_path, **env)

        assert (first.code, all_at_once.code) == (0, 0), first.log + all_at_once.log
        assert list_tables(database) == {
            PARIS: {"contacts"},
            "moco_lyon": {"companies", "users"},
            "lenders": {"wallets", "projects"},
        }
        for server, schema, stream in (
            (box, PARIS, "contacts"), (other, "moco_lyon", "companies"),
            (other, "moco_lyon", "users"),
        ):  # fmt: skip
            rows = server.control("GET", f"/world/moco/{stream}")["records"]
            assert list_ids(database, f"{schema}.{stream}") == sorted(str(r["id"]) for r in rows)
    for account in ACCOUNTS:
        name = account["name"]
        job = f"sandbox:{account['plugin']}--{name}-to-target-postgres--{name}"
        assert job in states.log
    # The second run went on from the state of the first: nothing has changed since.
    assert at_first > 0
    assert [read_records(tmp_path, account["name"]) > 0 for account in ACCOUNTS] == [
        False, True, True,
    ]  # fmt: skip


def test_the_schedules_are_those_of_the_table(tmp_path: Path, programs: Path) -> None:
    shutil.copy(ROOT / "meltano.yml", tmp_path)
    run_command(tmp_path, ACCOUNTS)
    with running_sandbox(scale=0.1) as box:
        project = Project(box, "", tmp_path, programs)
        listed = project.run("meltano schedule list --format=json 2> /dev/null", cwd=tmp_path)
    jobs = json.loads(listed.log)["schedules"]["job"]
    found = {each["name"]: each["interval"] for each in jobs}
    assert found["account-lyon"] == "15 3 * * *"
    assert f"account-{PARIS}" not in found


def test_all_mistakes_of_a_table_are_told_and_no_value(tmp_path: Path) -> None:
    secret = "0123456789abcdef"
    paris = {"name": "paris", "plugin": "tap-moco", "config": {"domain": "paris"}}
    accounts = [
        {**paris, "config": {"domain": "paris", "api_key": secret}},
        {**paris, "name": "lyon", "secrets": {"api_key": "KEY"},
         "config": {"domian": "lyon", "concurrency": 100, "budget_path": "x"}},
        {**paris, "name": "nice", "secrets": {"api_key": "KEY"}, "schema": "lyon",
         "schedule": "every day"},
    ]  # fmt: skip

    done = run_command(tmp_path, accounts)

    assert done.returncode == 2
    assert [line.partition("accounts.yml: ")[2] for line in done.stderr.splitlines()] == [
        "account 'nice': account 'lyon' has the same 'schema', and would fill the same tables.",
    ]
    accounts[2]["schema"] = "nice"
    done = run_command(tmp_path, accounts)
    assert done.returncode == 2
    assert secret not in done.stderr
    told = sorted(line.partition("accounts.yml: account ")[2] for line in done.stderr.splitlines())
    assert told == [
        "'lyon': Setting 'budget_path' is set for each account; use the field 'budget'.",
        "'lyon': Setting 'concurrency' must be at most 64.",
        "'lyon': Setting 'domian' is not known; did you mean 'domain'?",
        f"'lyon': Settings are missing: set {' or '.join(WAYS)}.",
        "'nice': 'schedule' must be a cron expression of five fields, or such as @daily.",
        f"'paris': Setting 'api_key' is a secret: {NAME_IT}",
    ]
    assert not (tmp_path / "accounts.meltano.yml").exists()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"plugin": "tap-other"}, "'plugin' must be one of: tap-moco, "),
        ({"name": "Paris"}, "'name' must be lower-case letters, digits and underscores"),
        ({"schema": "a-b"}, "'schema' must be lower-case letters, digits and underscores"),
        ({"secrets": {"api_key": "not a name"}}, "'secrets.api_key' must be the name of an env"),
        ({"config": {"api_key": "x"}, "secrets": {"api_key": "KEY"}}, "'api_key' is in 'config' "),
        ({"select": "contacts.*"}, "'select' must be a list of rules, such as [contacts.*]."),
        ({"schedule": 5}, "'schedule' must be text."),
        ({"budget": "postgresql://me:pass@db/x"}, "'budget' has a password: name a variable for"),
        ({"budget": "postgresql://db/x?password=y"}, "'budget' has a password: name a variable "),
        ({"domain": "paris"}, "'domain' is not known; there are name, plugin, config, secrets, "),
    ],
)
def test_a_field_of_another_form_is_told(entry: Record, message: str) -> None:
    with pytest.raises(TableError) as told:
        parse_table({"accounts": [{"name": "paris", "plugin": "tap-moco", **entry}]}, "t.yml")
    (line,) = told.value.messages
    assert ("account 'paris': " in line) == (entry.keys() != {"name"})
    assert f": {message}" in line


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"accounts": ["lyon"]}, "'accounts' names what is no account: lyon."),
        ({"accounts": ["paris", "nice"]}, "'accounts' names two accounts of one plugin"),
        ({"accounts": []}, "'accounts' must be a list of names."),
        ({"name": "Marts"}, "'name' must be lower-case letters"),
        ({"leads": "yes"}, "'leads' must be true or false."),
        ({"schema": "x"}, "'schema' is not known; there are name, accounts, leads, schedule."),
    ],
)
def test_marts_of_another_form_are_told(entry: Record, message: str) -> None:
    accounts = [{"name": name, "plugin": "tap-moco"} for name in ("paris", "nice")]
    marts = [{"name": "analytics", "accounts": ["paris"], **entry}]
    with pytest.raises(TableError) as told:
        parse_table({"accounts": accounts, "marts": marts}, "t.yml")
    (line,) = told.value.messages
    assert line.startswith(f"t.yml: marts[0]: {message}")


def test_a_budget_may_take_its_password_from_the_environment() -> None:
    url = "postgresql://${USER}:${PASSWORD}@db/x?budget=moco"
    entry = {"name": "paris", "plugin": "tap-moco", "budget": url}
    (account,) = parse_table({"accounts": [entry]}, "t.yml").accounts
    assert account.budget == url


def test_accounts_share_a_budget_where_the_api_counts_them_together() -> None:
    moco = {"plugin": "tap-moco", "config": {"domain": "paris"}}
    ulule = {"plugin": "tap-ulule", "config": {"auth_method": "api_key"}}
    entries = [
        {"name": "a", **moco, "secrets": {"api_key": "ONE"}},
        {"name": "b", **moco, "secrets": {"api_key": "TWO"}},
        {"name": "c", **moco, "config": {"domain": "lyon"}, "secrets": {"api_key": "ONE"}},
        {"name": "d", **ulule, "secrets": {"api_key": "ONE"}},
        {"name": "e", **ulule, "secrets": {"api_key": "TWO"}},
        {"name": "f", **ulule, "secrets": {"api_key": "ONE"}, "select": ["projects.*"]},
    ]
    a, b, c, d, e, f = (each.key for each in parse_table({"accounts": entries}, "t.yml").accounts)
    assert (a, d) == (b, f)
    assert len({a, c, d, e}) == 4


def test_the_example_is_right(tmp_path: Path) -> None:
    example = yaml.safe_load((ROOT / "accounts.example.yml").read_text(encoding="utf-8"))
    listed = run_command(tmp_path, example["accounts"], "list")
    assert listed.returncode == 0, listed.stderr
    assert all(each["name"] in listed.stdout for each in example["accounts"])
