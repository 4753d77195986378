"""The jobs that hand leads to MiiMOSA, as pipelines/README.md shows them."""

from __future__ import annotations

import csv
import json
import re
import typing as t
import uuid

import psycopg
import pytest
from psycopg.rows import dict_row

from sandbox.testing import running_sandbox
from tests.pipelines.project import (
    README,
    ROOT,
    Project,
    example,
    key,
    list_outcomes,
    list_summaries,
)

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox
    from tests.harness.run import Run

Lead = dict[str, t.Any]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TABLE = """
select key, lead_id, stream, status, sent_at, run_id, contact_id, deal_id, proposal_id, reference
from leads.leads where _sdc_deleted_at is null order by lead_id
"""
HEADINGS = ("Deals in MOCO, through the warehouse", "Proposals on Ulule", "A CSV file")
JOURNAL = "What became of the leads"
(JOIN,) = re.findall(r"^```sql\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
# One start of Meltano for all of them.
JOBS = "meltano run " + " ".join(
    name
    for heading in (*HEADINGS, JOURNAL)
    for name in re.findall(r"meltano run (\S+)", example(heading))
)


@pytest.fixture(scope="module")
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.3, limits="real") as box:
        yield box


def contact_as_lead(contact: Lead) -> Lead:
    said = contact["custom_properties"]
    return {
        "email": contact["work_email"] or contact["home_email"],
        "firstname": contact["firstname"],
        "lastname": contact["lastname"],
        "phone": contact["mobile_phone"] or contact["work_phone"],
        "project_name": said["Project name"],
        "project_total_budget": said["Total budget"],
    }


def leads_of_deals(project: Project) -> dict[tuple[str, str], Lead]:
    contacts = {row["id"]: row for row in project.world("moco/contacts")}
    leads = [
        contact_as_lead(contacts[deal["person"]["id"]])
        for deal in project.world("moco/deals")
        if "MiiMOSA" in deal["tags"] and deal["status"] not in ("lost", "dropped")
    ]
    return {key(lead): lead for lead in leads}


def leads_of_proposals(project: Project) -> dict[tuple[str, str], Lead]:
    return {
        (row["email"], row["name"]): {
            "firstname": row["first_name"],
            "lastname": row["last_name"],
            "phone": row["phone_number"] or "0199001234",
            "project_description": row["description"],
            "project_total_budget": str(row["goal"]),
        }
        for row in project.world("ulule/partner_proposals")
        # New, pending, updated and waiting, as the version of 2017 counts them.
        if row["status"] in (1, 4, 5, 6)
    }


def leads_of_file() -> dict[tuple[str, str], Lead]:
    with (ROOT / "pipelines" / "leads.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {key(row): {k: v for k, v in row.items() if k != "reference"} for row in rows}


class Story(t.NamedTuple):
    """All jobs, then again, then the one that reads contacts; with the leads after each.

    After each of them the journal was loaded: ``journal`` is the table of the warehouse, and
    ``deals`` what the README's query finds at the end.
    """

    project: Project
    deals: list[Lead]
    runs: tuple[Run, Run, Run]
    leads: tuple[list[Lead], list[Lead], list[Lead]]
    journal: tuple[list[Lead], list[Lead], list[Lead]]


@pytest.fixture(scope="module")
def story(
    box: RunningSandbox,
    postgres: str,
    programs: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    name = f"leads_{uuid.uuid4().hex}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')  # type: ignore[call-overload]
    database = postgres.replace("/postgres?", f"/{name}?")
    project = Project(box, database, tmp_path_factory.mktemp("project"), programs)
    runs, leads, journal = [], [], []
    for commands in (JOBS, JOBS, "meltano run leads leads-journal"):
        runs.append(project.run(commands))
        leads.append(project.arrived())
        with psycopg.connect(database, row_factory=dict_row) as connection:
            journal.append(connection.execute(TABLE).fetchall())
            outcomes = connection.execute(JOIN.encode()).fetchall()
    return Story(
        project,
        outcomes,
        (runs[0], runs[1], runs[2]),
        (leads[0], leads[1], leads[2]),
        (journal[0], journal[1], journal[2]),
    )


def test_the_leads_of_all_jobs_arrive_once_with_their_content(story: Story) -> None:
    project, _, (run, *_), (arrived, *_), _ = story
    assert run.code == 0, run.log
    sources = [leads_of_deals(project), leads_of_proposals(project), leads_of_file()]
    assert all(sources)
    assert list_outcomes(run) == [(len(leads), 0, 0, 0) for leads in sources]
    expected = {name: lead for leads in sources for name, lead in leads.items()}
    found = {key(lead): lead for lead in arrived}
    assert len(found) == len(arrived)
    assert found.keys() == expected.keys()
    for name, lead in expected.items():
        assert {field: found[name].get(field) for field in lead} == lead


def test_the_same_jobs_again_send_nothing(story: Story) -> None:
    _, _, (first, second, _), (before, after, _), _ = story
    assert second.code == 0, second.log
    assert list_outcomes(second) == [(0, created, 0, 0) for created, *_ in list_outcomes(first)]
    assert after == before


def test_a_lead_that_came_as_a_deal_does_not_come_again_as_a_contact(story: Story) -> None:
    project, _, (*_, run), (_, before, after), _ = story
    assert run.code == 0, run.log
    contacts = {
        key(contact_as_lead(row))
        for row in project.world("moco/contacts")
        if "MiiMOSA" in row["tags"]
    }
    known = {key(lead) for lead in before}
    assert list_outcomes(run) == [(len(contacts - known), len(contacts & known), 0, 0)]
    assert 0 < len(contacts & known) < len(contacts)
    assert sorted(map(key, after)) == sorted(known | contacts)


def test_the_warehouse_says_what_became_of_each_lead(story: Story) -> None:
    project, outcomes, _, leads, journal = story
    for arrived, table in zip(leads, journal, strict=True):
        assert [row["status"] for row in table] == ["acknowledged"] * len(arrived)
        assert all(row["sent_at"] and row["run_id"] for row in table)
    # The second run sent nothing, and the table is the same.
    assert journal[0] == journal[1]
    kept = ("contact_id", "deal_id", "proposal_id", "reference")
    found = {name: {row[name] for row in journal[0] if row[name]} for name in kept}
    deals = {
        str(deal["id"])
        for deal in project.world("moco/deals")
        if "MiiMOSA" in deal["tags"] and deal["status"] not in ("lost", "dropped")
    }
    assert found["deal_id"] == deals
    assert len(found["proposal_id"]) == len(leads_of_proposals(project))
    assert len(found["reference"]) == len(leads_of_file())
    assert found["contact_id"] == set()
    contacts = {
        str(row["id"]) for row in project.world("moco/contacts") if "MiiMOSA" in row["tags"]
    }
    assert {row["contact_id"] for row in journal[2] if row["contact_id"]} == contacts
    sent = [row for row in outcomes if row["status"] == "acknowledged"]
    assert len(sent) == len(deals) < len(outcomes)
    # A lead that came as a deal and as a contact is one row, with the keys of both.
    assert any(row["deal_id"] and row["contact_id"] for row in journal[2])


def test_the_api_never_had_to_refuse(story: Story, box: RunningSandbox) -> None:
    assert len(story.runs) == 3
    assert {api: each["refused"] for api, each in box.control("GET", "/stats").items()} == {
        "moco": 0, "ulule": 0, "miimosa": 0, "micropledge": 0,
    }  # fmt: skip


def write_leads(path: Path, *, phone: str) -> None:
    rows = list(leads_of_file().values())
    rows[0] = {**rows[0], "phone": phone}
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, ["reference", *rows[0]])
        writer.writeheader()
        writer.writerows({"reference": f"r{number}", **row} for number, row in enumerate(rows))


def test_a_run_says_what_it_created_skipped_rejected_and_does_not_know(
    database: str, tmp_path: Path, programs: Path
) -> None:
    path = tmp_path / "leads.csv"
    write_leads(path, phone="")
    with running_sandbox(scale=0.05) as box:
        project = Project(box, database, tmp_path, programs)
        # The answer to the first lead is lost on its way.
        fault = {"kind": "reset_after", "api": "miimosa", "path": "/leads"}
        box.control("POST", "/faults", fault)

        run = project.run("meltano run leads-from-csv", WAREHOUSE_LEADS_CSV=str(path))

        assert run.code != 0
        assert list_outcomes(run) == [(1, 0, 1, 1)]
        assert len(project.arrived()) == 2
        dead_letter = (tmp_path / "dead-letter.singer").read_text(encoding="utf-8")
        (reason,) = [
            message["record"]["_sdc_dead_letter_reason"]
            for message in map(json.loads, dead_letter.splitlines())
            if message["type"] == "RECORD"
        ]
        assert "phone" in reason

        write_leads(path, phone="0600009999")
        run = project.run("meltano run leads-from-csv", WAREHOUSE_LEADS_CSV=str(path))

        # The mended lead went out; the doubtful one waits for a person, and is not sent again.
        assert run.code != 0
        assert list_outcomes(run)[0][0] == 1
        assert len(project.arrived()) == 3
        assert list_summaries(run)[0]["requests"] == 1
