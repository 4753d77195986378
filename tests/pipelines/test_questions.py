"""The ready questions: what they answer is what the world of the sandbox says."""

from __future__ import annotations

import typing as t
from collections import Counter, defaultdict
from decimal import Decimal

import psycopg
import pytest

from sandbox.testing import running_sandbox
from sandbox.world.clock import parse_moment
from tests.harness.sandbox import list_world
from tests.harness.warehouse import Warehouse
from tests.structure import ROOT
from tests.tap_micropledge import support as micropledge
from tests.tap_moco import support as moco
from tests.tap_ulule import support as ulule

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox

Rows = list[tuple[t.Any, ...]]
RETURNING = "returning_supporters"
VALID = {"awaiting-confirmation", "payment-completed", "payment-done", "shipped"}


class Asked(t.NamedTuple):
    """The world, and the answers by the name of their file."""

    box: RunningSandbox
    answers: dict[str, Rows]

    def world(self, name: str) -> list[dict[str, t.Any]]:
        """The rows of a stream; those of Ulule that belong to the partner's projects."""
        api, stream = name.split(".")
        rows = list_world(self.box, api, stream)
        if api != "ulule":
            return rows
        own = "id" if stream == "projects" else "project_id"
        return [row for row in rows if row[own] in self.box.world.ulule.partner_projects]


@pytest.fixture(scope="module")
def asked(
    make_database: Callable[[], str], scratch: Callable[[], Path], programs: Path
) -> Iterator[Asked]:
    """Load what the questions are about, and ask them."""
    database = make_database()
    with running_sandbox(scale=0.1, now=moco.just_now()) as box:
        runs = {
            "moco": moco.run_tap(
                moco.config_for(box), catalog=moco.select("activities", "deals", "invoices")
            ),
            "ulule": ulule.run(
                ulule.make_config(box, partner_slugs=[ulule.PARTNER]),
                select=["projects", "project_orders", "project_supporters", "project_comments"],
            ),
            "micropledge": micropledge.run_tap(micropledge.config_for(box)),
        }
        for schema, run in runs.items():
            Warehouse(database, scratch(), programs, schema).load(run)
        with psycopg.connect(database) as connection:
            answers = {
                path.stem: connection.execute(path.read_bytes()).fetchall()
                for path in (ROOT / "questions").glob("*.sql")
            }
        yield Asked(box, answers)


def sums(rows: list[dict[str, t.Any]], value: str, key: Callable[..., t.Any]) -> dict[t.Any, t.Any]:
    """Sums of a field, which may be text or null, by what a function makes of rows."""
    found: defaultdict[t.Any, Decimal] = defaultdict(Decimal)
    for row in rows:
        found[key(row)] += Decimal(str(row[value] or 0))
    return dict(found)


def test_there_are_ten_and_each_says_what_it_answers(asked: Asked) -> None:
    files = list((ROOT / "questions").glob("*.sql"))

    assert len(files) == len(asked.answers) == 10
    assert all(path.read_text(encoding="utf-8").splitlines()[0].startswith("-- ") for path in files)
    # In a small world hardly anybody supports two campaigns.
    assert [name for name, rows in asked.answers.items() if not rows] in ([], [RETURNING])


def test_campaigns(asked: Asked) -> None:
    rows = asked.world("ulule.projects")
    expected = {(row["slug"], row["goal"], row["amount_raised"], row["percent"]) for row in rows}

    found = asked.answers["campaigns"]

    assert {row[:4] for row in found} == expected
    raised = [row[2] for row in found if row[2] is not None]
    assert raised == sorted(raised, reverse=True)


def test_orders_and_rewards(asked: Asked) -> None:
    orders = [row for row in asked.world("ulule.project_orders") if row["status"] in VALID]
    months = sums(orders, "order_total", lambda row: row["created_at"][:7])
    counts = Counter(row["created_at"][:7] for row in orders)
    pieces = Counter[tuple[int, int | None]]()
    for row in orders:
        for item in row["items"]:
            pieces[row["project_id"], item["reward_id"]] += item["quantity"]

    assert asked.answers["orders_by_month"] == [
        (month, counts[month], months[month]) for month in sorted(months)
    ]
    assert {(row[0], row[1]): row[2] for row in asked.answers["rewards"]} == pieces


def test_people_and_what_they_say(asked: Asked) -> None:
    campaigns = Counter(row["id"] for row in asked.world("ulule.project_supporters"))
    comments = asked.world("ulule.project_comments")

    assert dict(asked.answers["returning_supporters"]) == {
        user: count for user, count in campaigns.items() if count > 1
    }
    last: dict[int, str] = {}
    for row in comments:
        last[row["project_id"]] = max(last.get(row["project_id"], ""), row["submit_date"])
    counts = Counter(row["project_id"] for row in comments)
    assert {row[0]: row[1:] for row in asked.answers["comments_by_campaign"]} == {
        project: (counts[project], parse_moment(last[project]).date()) for project in counts
    }


def test_pledges(asked: Asked) -> None:
    pledges = asked.world("micropledge.pledges")
    pledged = sums(pledges, "amount", lambda row: row["project_slug"])
    counts = Counter(row["project_slug"] for row in pledges)

    assert {row[0]: row[1:] for row in asked.answers["pledges"]} == {
        slug: (counts[slug], pledged[slug]) for slug in counts
    }


def test_hours(asked: Asked) -> None:
    hours = asked.world("moco.activities")

    def by_person(row: dict[str, t.Any]) -> tuple[int, str]:
        return row["user"]["id"], row["date"][:7]

    tracked = sums(hours, "hours", by_person)
    billable = sums([row for row in hours if row["billable"]], "hours", by_person)
    assert {row[:2]: row[2:] for row in asked.answers["hours_by_person"]} == {
        key: (tracked[key], billable.get(key, 0)) for key in tracked
    }
    customers = sums(hours, "hours", lambda row: row["customer"]["name"])
    assert dict(asked.answers["hours_by_customer"]) == customers


@pytest.mark.parametrize(("name", "amount"), [("invoices", "gross_total"), ("deals", "money")])
def test_money_by_status(asked: Asked, name: str, amount: str) -> None:
    def key(row: dict[str, t.Any]) -> tuple[str, str | None]:
        return row["status"], row.get("currency")

    rows = [{amount: None, **row} for row in asked.world(f"moco.{name}")]
    total, counts = sums(rows, amount, key), Counter(map(key, rows))

    found = {row[:2]: (row[2], row[3] or 0) for row in asked.answers[f"{name}_by_status"]}

    assert found == {each: (counts[each], total[each]) for each in counts}
