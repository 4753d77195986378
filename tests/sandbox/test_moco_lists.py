"""MOCO's lists: pages, the Link header, filters, what is hidden, details."""

from __future__ import annotations

import typing as t
from datetime import timedelta

import pytest

from sandbox.world.clock import parse_moment, whole

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client

PATHS = {
    "companies": "/companies",
    "contacts": "/contacts/people",
    "users": "/users",
    "deals": "/deals",
    "deal_categories": "/deal_categories",
    "projects": "/projects",
    "activities": "/activities",
    "offers": "/offers",
    "invoices": "/invoices",
    "invoice_payments": "/invoices/payments",
}
EVERYTHING = {"include_archived": "true", "include_disregarded": "true"}


def read_all(client: Client, path: str, **query: object) -> list[dict[str, t.Any]]:
    rows: list[dict[str, t.Any]] = []
    page = 1
    while True:
        response = client.moco(path, page=page, **query)
        rows += response.json()
        if "next" not in response.links:
            return rows
        page += 1


@pytest.mark.parametrize("stream", PATHS)
def test_the_pages_of_a_list_hold_every_record_once(client: Client, stream: str) -> None:
    served = read_all(client, PATHS[stream], per_page=37, **EVERYTHING)

    expected = {row["id"]: row for row in client.records("moco", stream)}
    assert len(served) == len(expected)
    for row in served:
        known = expected[row["id"]]
        assert {**row, "file_url": ""} == {**known, "file_url": ""}


def test_link_names_last_before_next_with_sorted_parameters(client: Client) -> None:
    response = client.moco("/activities", to="2026-12-31", per_page=50, from_="2020-01-01")

    base = f"{client.box.url}/moco/api/v1/activities?from=2020-01-01&page="
    rest = "&per_page=50&to=2026-12-31"
    assert response.headers["Link"] == (
        f'<{base}16{rest}>; rel="last", <{base}2{rest}>; rel="next"'
    )
    assert (response.headers["X-Page"], response.headers["X-Per-Page"]) == ("1", "50")
    assert response.headers["X-Total"] == "800"


def test_later_pages_name_first_and_previous_and_the_last_page_no_next(client: Client) -> None:
    middle = client.moco("/activities", page=2)
    last = client.moco("/activities", page=8)

    assert list(middle.links) == ["first", "prev", "last", "next"]
    assert list(last.links) == ["first", "prev"]


def test_a_list_of_one_page_has_no_link_header(client: Client) -> None:
    assert "Link" not in client.moco("/companies").headers
    assert "Link" not in client.moco("/companies", ids="1").headers


def test_a_page_never_holds_more_than_a_hundred(client: Client) -> None:
    response = client.moco("/activities", per_page=1000)

    assert len(response.json()) == 100
    assert response.headers["X-Per-Page"] == "100"


def test_deal_categories_come_without_pagination_headers(client: Client) -> None:
    response = client.moco("/deal_categories", per_page=2)

    assert len(response.json()) == 5
    assert not {"X-Page", "X-Per-Page", "X-Total", "Link"} & set(response.headers)


def test_a_json_suffix_is_tolerated(client: Client) -> None:
    assert client.moco("/projects.json").json() == client.moco("/projects").json()


@pytest.mark.parametrize("stream", ["contacts", "activities", "offers"])
def test_updated_after_leaves_out_the_moment_itself(client: Client, stream: str) -> None:
    moments = sorted(row["updated_at"] for row in client.records("moco", stream))
    middle = moments[len(moments) // 2]
    later = [moment for moment in moments if parse_moment(moment) > parse_moment(middle)]

    served = read_all(client, PATHS[stream], updated_after=middle)

    assert sorted(row["updated_at"] for row in served) == later


def test_updated_after_that_is_not_a_moment_is_refused(client: Client) -> None:
    response = client.moco("/deals", updated_after="yesterday")

    assert response.status_code == 400
    assert "message" in response.json()


@pytest.mark.parametrize(
    ("stream", "parameter"),
    [
        ("companies", "include_archived"),
        ("projects", "include_archived"),
        ("users", "include_archived"),
        ("invoices", "include_disregarded"),
    ],
)
def test_hidden_records_come_only_when_asked_for(
    client: Client, stream: str, parameter: str
) -> None:
    shown = {row["id"] for row in read_all(client, PATHS[stream])}
    everything = {row["id"] for row in read_all(client, PATHS[stream], **{parameter: "true"})}

    assert shown < everything
    assert everything == {row["id"] for row in client.records("moco", stream)}


def test_filters_narrow_a_list(client: Client) -> None:
    activities = client.records("moco", "activities")
    project = activities[0]["project"]["id"]

    of_project = read_all(client, "/activities", project_id=project)
    of_march = read_all(client, "/activities", from_="2026-02-01", to="2026-02-15")
    leads = read_all(client, "/contacts/people", tags="MiiMOSA")
    by_id = read_all(client, "/contacts/people", ids=f"{leads[0]['id']},{leads[1]['id']}")

    assert {row["project"]["id"] for row in of_project} == {project}
    assert {row["id"] for row in of_march} == {
        row["id"] for row in activities if "2026-02-01" <= row["date"] <= "2026-02-15"
    }
    assert len(leads) == 40
    assert {row["id"] for row in by_id} == {leads[0]["id"], leads[1]["id"]}


def test_custom_properties_filter_companies_only_together_with_a_type(client: Client) -> None:
    name = "custom_properties[Abnahme nötig]"

    alone = client.moco("/companies", **{name: "true"})
    typed = client.moco("/companies", type="customer", **{name: "true"})

    assert alone.status_code == 400
    assert typed.json()
    assert all(row["custom_properties"]["Abnahme nötig"] == "1" for row in typed.json())


def test_an_unknown_word_for_a_type_is_ignored(client: Client) -> None:
    assert len(client.moco("/companies", type="suppliers").json()) > 40


def test_lists_come_in_the_recorded_order_or_sorted_on_request(client: Client) -> None:
    offers = [row["date"] for row in read_all(client, "/offers")]
    newest = [row["date"] for row in read_all(client, "/offers", sort_by="date desc")]
    activities = [row["id"] for row in read_all(client, "/activities")]

    assert offers == sorted(offers)
    assert newest == offers[::-1]
    assert activities == sorted(activities)


def test_a_detail_has_the_keys_that_its_list_leaves_out(client: Client) -> None:
    contact = client.moco("/contacts/people").json()[0]
    invoice = next(row for row in client.moco("/invoices").json() if row["status"] == "paid")

    contact_detail = client.moco(f"/contacts/people/{contact['id']}").json()
    invoice_detail = client.moco(f"/invoices/{invoice['id']}").json()

    assert set(contact_detail) - set(contact) == {"info"}
    assert set(invoice_detail) - set(invoice) == {
        "activity_hours_modified", "salutation", "footer", "items", "payments", "reminders",
        "internal_contact",
    }  # fmt: skip


def test_an_unknown_id_is_not_found(client: Client) -> None:
    assert client.moco("/projects/1").status_code == 404
    assert client.moco("/projects/none").status_code == 404
    assert client.moco("/nothing").status_code == 404


def test_include_company_puts_in_the_whole_customer(client: Client) -> None:
    short = client.moco("/projects").json()[0]["customer"]
    full = client.moco("/projects", include_company="true").json()[0]["customer"]

    assert set(short) == {"id", "name"}
    assert {"identifier", "customer_vat", "projects"} <= set(full)


def test_the_link_to_a_file_differs_at_every_read(client: Client) -> None:
    first, second = ([row["file_url"] for row in client.moco("/offers").json()] for _ in range(2))

    assert not set(first) & set(second)


def test_records_carry_the_quirks_of_the_recordings(client: Client) -> None:
    companies = client.records("moco", "companies")
    kinds = {kind: next(row for row in companies if row["type"] == kind)
             for kind in ("customer", "supplier", "organization")}  # fmt: skip
    invoices = client.records("moco", "invoices")
    disregarded = next(row for row in invoices if row["status"] == "disregarded")
    totals = {type(row["paid_total"]) for row in client.records("moco", "invoice_payments")}

    assert "customer_vat" in kinds["customer"]
    assert "customer_vat" not in kinds["supplier"]
    assert "iban" in kinds["supplier"]
    assert not {"iban", "identifier", "projects", "currency"} & set(kinds["organization"])
    assert len(disregarded) < 20 < max(len(row) for row in invoices)
    assert totals == {str, float}
    assert "" in {row["closed_on"] for row in client.records("moco", "deals")}
    assert all("." in row["updated_at"] for row in client.records("moco", "offers"))
    assert not any("." in row["updated_at"] for row in companies)


def test_leads_carry_what_miimosa_asks_for(client: Client, lead: dict[str, str]) -> None:
    names = {
        "collect_type": "Collect type",
        "project_description": "Project description",
        "project_total_budget": "Total budget",
        "publication_timeframe": "Publication timeframe",
    }
    for contact in client.moco("/contacts/people", tags="MiiMOSA").json():
        body = {name: contact["custom_properties"][title] for name, title in names.items()}
        body |= {
            "email": contact["work_email"],
            "firstname": contact["firstname"],
            "lastname": contact["lastname"],
            "phone": contact["mobile_phone"],
        }
        assert set(body) == set(lead)
        assert client.lead(body).status_code == 200


def test_nothing_lies_after_the_present(client: Client) -> None:
    now = whole(client.box.world.now)
    for stream in PATHS:
        for row in client.records("moco", stream):
            assert row["created_at"] <= row["updated_at"] <= now
    assert client.box.world.now - client.box.world.created == timedelta(0)
