"""MOCO's keys, rights and session."""

from __future__ import annotations

import typing as t

import pytest
import requests

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client

PATH = "/moco/api/v1/users"


@pytest.mark.parametrize("header", ["Token token=sandbox-moco-key", "Bearer sandbox-moco-key"])
def test_both_schemes_are_accepted(client: Client, header: str) -> None:
    assert client.get(PATH, {"Authorization": header}).status_code == 200


@pytest.mark.parametrize("header", ["Token token=wrong", "Bearer", "sandbox-moco-key", None])
def test_anything_else_is_unauthorized(client: Client, header: str | None) -> None:
    response = client.get(PATH, {"Authorization": header} if header else {})

    assert response.status_code == 401
    assert response.json() == {"message": "Invalid API key."}


def test_a_key_with_fewer_rights_is_denied_some_streams(client: Client) -> None:
    headers = {"Authorization": "Token token=sandbox-moco-readonly"}

    statuses = {
        path: client.get(f"/moco/api/v1{path}", headers).status_code
        for path in ("/companies", "/deals", "/invoices", "/offers", "/activities")
    }

    assert statuses == {
        "/companies": 200, "/deals": 200, "/invoices": 403, "/offers": 403, "/activities": 403,
    }  # fmt: skip


def test_a_session_gives_a_key_that_works(client: Client) -> None:
    url = f"{client.box.url}/moco/api/v1/session"
    right = {"email": "agence@example.org", "password": "sandbox-moco-password"}

    key = requests.post(url, json=right, timeout=60).json()["api_key"]
    verified = client.get("/moco/api/v1/session", {"Authorization": f"Token token={key}"})
    wrong = requests.post(url, json=right | {"password": "other"}, timeout=60)

    assert set(verified.json()) == {"id", "uuid"}
    assert wrong.status_code == 401
    assert "message" in wrong.json()


def test_impersonation_sees_only_that_users_activities(client: Client) -> None:
    user = client.records("moco", "activities")[0]["user"]["id"]
    headers = {
        "Authorization": "Token token=sandbox-moco-key",
        "X-IMPERSONATE-USER-ID": str(user),
    }

    rows = client.get("/moco/api/v1/activities", headers).json()

    assert {row["user"]["id"] for row in rows} == {user}
