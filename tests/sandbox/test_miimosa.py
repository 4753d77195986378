"""MiiMOSA: keys, projects and their pages, people, leads."""

from __future__ import annotations

import typing as t

import pytest
import requests

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client


@pytest.mark.parametrize(
    ("demanded", "plain", "token"), [("any", 200, 200), ("plain", 200, 401), ("token", 401, 200)]
)
def test_one_form_of_the_key_can_be_demanded(
    client: Client, demanded: str, plain: int, token: int
) -> None:
    client.box.control("PUT", "/options", {"miimosa_authorization": demanded})
    key = "sandbox-miimosa-key"

    assert client.get("/miimosa/projects", {"Authorization": key}).status_code == plain
    header = {"Authorization": f"Token token={key}"}
    assert client.get("/miimosa/projects", header).status_code == token
    assert client.get("/miimosa/projects", {}).status_code == 401


@pytest.mark.parametrize("links", ["absolute", "relative"])
def test_projects_are_paged_by_the_link_header(client: Client, links: str) -> None:
    client.box.control("PUT", "/options", {"miimosa_links": links})
    response = client.miimosa("/projects", order="populars")
    rows = response.json()
    while "next" in response.links:
        target = response.links["next"]["url"]
        assert target.startswith("/" if links == "relative" else client.box.url)
        response = client.get(target, {"Authorization": "sandbox-miimosa-key"})
        rows += response.json()

    assert len(rows) == 35
    assert {row["id"] for row in rows} == {r["id"] for r in client.records("miimosa", "projects")}
    amounts = [row["collected"] for row in rows]
    assert amounts == sorted(amounts, reverse=True)


def test_projects_can_be_filtered(client: Client) -> None:
    known = client.records("miimosa", "projects")
    wanted = known[0]

    for name in ("category", "type", "region"):
        rows = client.miimosa("/projects", **{name: wanted[name]}, per_page=100).json()
        assert {row["id"] for row in rows} == {
            row["id"] for row in known if row[name] == wanted[name]
        }
    found = client.miimosa("/projects", keyword=wanted["title"].upper()).json()
    assert wanted["id"] in {row["id"] for row in found}
    assert client.miimosa(f"/projects/{wanted['id']}").json() == wanted
    assert client.miimosa("/projects/1").status_code == 404


def test_the_agencys_leads_have_become_projects(client: Client) -> None:
    contacts = client.moco("/contacts/people", tags="MiiMOSA").json()
    names = {row["custom_properties"]["Project name"] for row in contacts}

    titles = {row["title"] for row in client.records("miimosa", "projects")}
    ulule = {row["name"]["fr"] for row in client.records("ulule", "projects")
             if "fr" in row["name"]}  # fmt: skip
    pledged = {row["name"] for row in client.records("micropledge", "projects")}

    assert names & titles
    assert names & ulule
    assert names & pledged


def people(client: Client) -> dict[str, t.Any]:
    return client.box.world.miimosa.users


def test_pledges_and_wallets_are_one_persons(client: Client) -> None:
    wallets = 0
    for email, user in people(client).items():
        pledges = client.miimosa("/pledges", email=email, per_page=100).json()
        wallet = client.miimosa("/wallet", email=email)
        wallets += wallet.status_code == 200
        assert len(pledges) == len(user["pledges"])
        assert wallet.status_code in {200, 404}
    assert wallets == 6
    assert client.miimosa("/pledges", email="nobody@example.org").status_code == 404
    assert client.miimosa("/pledges").status_code == 400


def test_many_pledges_come_in_pages(client: Client) -> None:
    email = max(people(client), key=lambda name: len(people(client)[name]["pledges"]))

    response = client.miimosa("/pledges", email=email)

    assert len(response.json()) == 10
    assert "email=" in response.links["next"]["url"]


def test_the_newer_paths_check_the_date_of_birth(client: Client) -> None:
    email, user = list(people(client).items())[-1]
    right = {"user_email": email, "user_birthdate": user["birthdate"]}

    assert client.miimosa("/user/pledges", **right).status_code == 200
    assert client.miimosa("/user/wallet", **right).status_code == 200
    wrong = right | {"user_birthdate": "1900-01-01"}
    assert client.miimosa("/user/pledges", **wrong).status_code == 403
    unknown = right | {"user_email": "nobody@example.org"}
    assert client.miimosa("/user/wallet", **unknown).status_code == 404


def test_a_lead_is_accepted_and_kept_without_credentials(
    client: Client, lead: dict[str, str]
) -> None:
    first, second = client.lead(lead), client.lead(lead)
    other = client.lead(lead | {"city": "Liège"}, "/api/leads")

    kept = client.box.control("GET", "/leads")
    assert first.status_code == 200
    assert len({response.json()["id"] for response in (first, second, other)}) == 3
    assert [(row["body"], row["times"]) for row in kept] == [
        (lead, 2),
        (lead | {"city": "Liège"}, 1),
    ]
    assert kept[0]["received_at"] < kept[1]["received_at"]
    assert "Authorization" not in kept[0]["headers"]
    client.box.control("DELETE", "/leads")
    assert client.box.control("GET", "/leads") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": None}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"collect_type": "gift"}, "collect_type"),
        ({"publication_timeframe": "soon"}, "publication_timeframe"),
        ({"category": "steel"}, "category"),
        ({"project_total_budget": 18000}, "project_total_budget"),
        ({"lastname": " "}, "lastname"),
    ],
)
def test_a_lead_that_is_not_valid_is_refused_by_field(
    client: Client, lead: dict[str, str], change: dict[str, object], field: str
) -> None:
    body = {name: value for name, value in (lead | change).items() if value is not None}

    response = client.lead(body)

    assert response.status_code == 400
    assert list(response.json()["errors"]) == [field]
    assert client.box.control("GET", "/leads") == []


def test_the_older_endpoint_checks_no_lists_of_values(client: Client, lead: dict[str, str]) -> None:
    assert client.lead(lead | {"collect_type": "gift"}, "/api/leads").status_code == 200
    assert client.lead({"email": "a@example.org"}, "/api/leads").status_code == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"null"])
def test_what_is_not_an_object_is_not_a_lead(client: Client, body: bytes) -> None:
    response = requests.post(
        f"{client.box.url}/miimosa/leads",
        data=body,
        headers={"Authorization": "sandbox-miimosa-key"},
        timeout=60,
    )

    assert response.status_code == 400
