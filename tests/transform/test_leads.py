"""From contact and deal to lead, campaign and money, against the world."""

from __future__ import annotations

import typing as t

import pytest

from tests.transform.sums import group, near, total

if t.TYPE_CHECKING:
    from tests.transform.conftest import Built

Row = dict[str, t.Any]
# The first of them makes the world and the models for all.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def tagged(built: Built, stream: str) -> list[Row]:
    return [row for row in built.world(stream) if "MiiMOSA" in row["tags"]]


def first_rows(built: Built) -> dict[str, Row]:
    """A row of each lead: what is told of it is the same in all of its rows."""
    found = built.mart("lead_to_campaign", "lead_key", "campaign_number")
    return {key: row for (key, number), row in found.items() if number == 1}


def test_every_tagged_contact_and_every_row_of_the_journal_is_a_lead(built: Built) -> None:
    contacts = {f"contact:{row['id']}" for row in tagged(built, "moco.contacts")}
    contacts |= {f"contact:{row['person']['id']}" for row in tagged(built, "moco.deals")
                 if row["person"]}  # fmt: skip
    proposal = built.world("ulule.partner_proposals")[0]

    found = first_rows(built)

    assert found.keys() == contacts | {f"proposal:{proposal['id']}", "reference:row-1"}
    assert found["reference:row-1"]["lead_status"] == "unknown"
    by_status = group(found.values(), lambda row: row["lead_status"])
    assert by_status.keys() >= {"sent", "rejected", "unknown", None}


def test_a_lead_has_its_deals(built: Built) -> None:
    deals = group(
        [row for row in tagged(built, "moco.deals") if row["person"]],
        lambda row: f"contact:{row['person']['id']}",
    )

    found = first_rows(built)

    for key, row in found.items():
        assert row["deals"] == len(deals[key])
        assert row["deal_id"] in {deal["id"] for deal in deals[key]} | {None}
        assert (row["deal_id"] is None) == (not deals[key])
    assert total(found.values(), "deals") > 1


def test_a_lead_has_the_hours_and_invoices_of_its_projects(built: Built) -> None:
    known = {row["id"]: f"contact:{row['person']['id']}" for row in tagged(built, "moco.deals")
             if row["person"]}  # fmt: skip
    leads = first_rows(built)
    owners: dict[int, str] = {}
    for project in built.world("moco.projects"):
        deal, contact = project["deal"] or {}, project["contact"] or {}
        owner = known.get(deal.get("id")) or f"contact:{contact.get('id')}"
        if owner in leads:
            owners[project["id"]] = owner
    hours = group(built.world("moco.activities"), lambda row: owners.get(row["project"]["id"]))
    invoices = group(
        [row for row in built.world("moco.invoices")
         if row["status"] not in {"draft", "disregarded"}],
        lambda row: owners.get(row["project_id"]),
    )  # fmt: skip

    for key, row in leads.items():
        assert row["projects"] == sum(owner == key for owner in owners.values())
        assert near(row["hours"], total(hours[key], "hours"))
        assert near(row["invoiced"], total(invoices[key], "net_total"))
    assert total(leads.values(), "hours") > 0


def test_campaigns_with_the_name_of_a_lead_are_its_campaigns(built: Built) -> None:
    campaigns = built.mart("campaigns", "campaign_key")
    names = group(campaigns.values(), lambda row: row["name"])
    expected = {
        (f"contact:{row['id']}", campaign["campaign_key"])
        for row in tagged(built, "moco.contacts")
        for campaign in names[row["custom_properties"].get("Project name")]
    }

    found = built.mart("lead_to_campaign", "lead_key", "campaign_number").values()

    matched = {(row["lead_key"], row["campaign_key"]): row for row in found if row["campaign_key"]}
    by_name = {key for key, row in matched.items() if row["match_method"] == "name"}
    assert {key for key in by_name if float(matched[key]["match_score"]) == 1} == expected
    assert expected
    for (_, campaign), row in matched.items():
        assert near(row["raised_amount"], campaigns[campaign]["raised_amount"])
