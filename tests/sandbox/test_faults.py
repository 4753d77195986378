"""Each kind of fault, and how a fault chooses its requests."""

from __future__ import annotations

import time
import typing as t

import pytest
import requests

if t.TYPE_CHECKING:
    from tests.sandbox.client import Client


def fault(client: Client, kind: str, **members: object) -> None:
    client.box.control("POST", "/faults", {"kind": kind, **members})


def arrived(client: Client) -> int:
    return sum(lead["times"] for lead in client.box.control("GET", "/leads"))


def test_a_status_comes_instead_of_processing(client: Client, lead: dict[str, str]) -> None:
    fault(client, "status", status=503, headers={"Retry-After": "7"}, body='{"error": "busy"}')

    response = client.lead(lead)

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "7"
    assert response.json() == {"error": "busy"}
    assert arrived(client) == 0
    assert client.lead(lead).status_code == 200


@pytest.mark.parametrize(("kind", "kept"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_breaks_the_connection(
    client: Client, lead: dict[str, str], kind: str, kept: int
) -> None:
    fault(client, kind, method="POST", path="/leads")

    with pytest.raises(requests.ConnectionError, match="reset"):
        client.lead(lead)

    assert arrived(client) == kept


def test_an_answer_can_stay_away_after_processing(client: Client, lead: dict[str, str]) -> None:
    fault(client, "timeout_after")

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{client.box.url}/miimosa/leads",
            json=lead,
            headers={"Authorization": "sandbox-miimosa-key"},
            timeout=0.3,
        )

    # On a loaded machine it may be read from the connection only after the client has gone.
    deadline = time.monotonic() + 60
    while not arrived(client) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert arrived(client) == 1
    assert client.box.control("GET", "/stats")["miimosa"]["by_status"] == {"none": 1}


def test_a_body_can_be_cut_in_half(client: Client) -> None:
    fault(client, "truncate", api="moco")

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.moco("/users")

    assert "users" not in client.box.control("GET", "/served")["moco"]


def test_a_body_can_be_replaced(client: Client, lead: dict[str, str]) -> None:
    fault(client, "body", body="<html></html>", content_type="text/html")

    response = client.lead(lead)

    assert (response.status_code, response.text) == (200, "<html></html>")
    assert response.headers["Content-Type"] == "text/html"
    assert arrived(client) == 1


def test_a_redirect_can_point_anywhere(client: Client) -> None:
    fault(client, "redirect", location="http://127.0.0.1:1/elsewhere", status=307)

    response = requests.get(
        f"{client.box.url}/moco/api/v1/users", allow_redirects=False, timeout=10
    )

    assert response.status_code == 307
    assert response.headers["Location"] == "http://127.0.0.1:1/elsewhere"


def test_a_body_can_be_huge(client: Client) -> None:
    fault(client, "huge", size=3_000_000)

    assert len(client.moco("/users").content) == 3_000_000


@pytest.mark.parametrize("kind", ["delay", "drip"])
def test_an_answer_can_take_its_time(client: Client, kind: str) -> None:
    fault(client, kind, seconds=0.3)
    begun = time.monotonic()

    response = client.moco("/users")

    assert time.monotonic() - begun >= 0.25
    assert response.json() == client.moco("/users").json()


def test_a_kept_alive_connection_can_be_closed_after_an_answer(client: Client) -> None:
    raw = requests.Session()
    url = f"{client.box.url}/micropledge/projects/none"
    with raw:
        raw.get(url, timeout=60)
        fault(client, "close_idle")
        response = raw.get(url, timeout=60)
        assert response.headers.get("Connection") != "close"
        assert response.status_code == 404
        peers = {entry["fault"] for entry in client.box.control("GET", "/requests")}
    assert peers == {None, "close_idle"}


def test_a_fault_skips_and_meets_a_number_of_its_requests_only(client: Client) -> None:
    fault(client, "status", api="moco", method="GET", path="/users", skip=1, times=2, status=500)

    others = [client.moco("/companies").status_code, client.miimosa("/projects").status_code]
    statuses = [client.moco("/users").status_code for _ in range(5)]

    assert others == [200, 200]
    assert statuses == [200, 500, 500, 200, 200]


def test_a_fault_can_name_a_pattern_a_query_and_hold_for_ever(client: Client) -> None:
    fault(client, "status", path="^/pro.*s$", query={"page": "2", "x": None}, times=None)

    assert client.moco("/projects", page=2).status_code == 200
    assert client.moco("/projects", page=3, x=1).status_code == 200
    assert [client.moco("/projects", page=2, x=1).status_code for _ in range(3)] == [503] * 3
    assert client.box.control("GET", "/faults")[0]["times"] is None
    client.box.control("DELETE", "/faults")
    assert client.moco("/projects", page=2, x=1).status_code == 200


@pytest.mark.parametrize(
    "given",
    [{}, {"kind": "other"}, {"kind": "status", "color": 1}, {"kind": "status", "times": "2"},
     {"kind": "status", "path": "^("}],
)  # fmt: skip
def test_a_fault_that_cannot_be_understood_is_refused(
    client: Client, given: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="POST /_control/faults"):
        client.box.control("POST", "/faults", given)

    assert client.box.control("GET", "/faults") == []


def test_a_list_can_come_without_its_rows(client: Client) -> None:
    whole = client.moco("/users")
    fault(client, "empty")

    empty = client.moco("/users")

    assert empty.json() == []
    assert empty.headers["X-Total"] == whole.headers["X-Total"] != "0"
    assert client.moco("/users").json() == whole.json()


def test_credentials_can_end_after_some_requests(client: Client) -> None:
    fault(client, "revoked", skip=2, times=None)

    assert [client.moco("/users").status_code for _ in range(4)] == [200, 200, 401, 401]
