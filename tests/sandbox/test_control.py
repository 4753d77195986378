"""The control endpoint: statistics, the request log, what was served, options."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import running_sandbox
from tests.sandbox.client import Client

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fresh() -> Iterator[Client]:
    with running_sandbox(scale=0.1) as box:
        client = Client(box)
        yield client
        client.close()


def test_statistics_count_by_status_and_by_path(client: Client) -> None:
    client.moco("/projects/1")
    client.moco("/projects/2")
    client.moco("/projects")

    stats = client.box.control("GET", "/stats")["moco"]

    assert stats["requests"] == 3
    assert stats["by_status"] == {"200": 1, "404": 2}
    assert stats["by_path"] == {"GET /projects": 1, "GET /projects/{id}": 2}


def test_the_log_tells_each_request(client: Client) -> None:
    client.moco("/users", page=3)
    client.get("/micropledge/projects/none", {})

    first, second = client.box.control("GET", "/requests")

    assert {key: first[key] for key in ("api", "method", "path", "query", "status")} == {
        "api": "moco", "method": "GET", "path": "/users", "query": "page=3", "status": 200,
    }  # fmt: skip
    assert first["received"] <= first["answered"] <= second["received"]
    assert (first["authorized"], second["authorized"]) == (True, False)


def test_served_counts_each_record_once_wherever_it_comes_from(fresh: Client) -> None:
    project = fresh.records("ulule", "search_projects")[0]["id"]
    rewards = fresh.ulule(f"/projects/{project}").json()["rewards"]
    for _ in range(2):
        fresh.ulule(f"/projects/{project}/rewards")
        fresh.moco("/activities", per_page=10)
        fresh.moco("/activities", per_page=10, page=2)
    fresh.moco("/projects")

    served = fresh.box.control("GET", "/served")

    assert served["ulule"] == {"project_rewards": len(rewards), "projects": 1}
    assert served["moco"]["activities"] == 20
    assert served["moco"]["project_tasks"] > served["moco"]["projects"]


def test_a_detail_serves_no_row_of_a_list(fresh: Client) -> None:
    ident = fresh.records("moco", "deals")[0]["id"]
    assert fresh.moco(f"/deals/{ident}").status_code == 200

    assert fresh.box.control("GET", "/served")["moco"] == {}


def test_unknown_options_and_streams_are_refused(client: Client) -> None:
    for method, path, body in (
        ("PUT", "/options", {"color": 1}),
        ("PUT", "/options", {"ulule_reset": "never"}),
        ("PUT", "/options", {"limits": {"moco": [{"requests": 1}]}}),
        ("PUT", "/options", [1]),
        ("POST", "/advance", {"now": "2020-01-01"}),
        ("GET", "/world/moco/nothing", None),
        ("GET", "/nothing", None),
    ):
        with pytest.raises(ValueError, match=path):
            client.box.control(method, path, body)


def test_answers_can_be_dated_as_the_world_is(fresh: Client) -> None:
    fresh.box.control("PUT", "/options", {"date": "world"})
    before = fresh.moco("/session").headers["Date"]
    fresh.box.control("POST", "/advance", {"now": "2026-03-04T05:06:07Z"})

    assert before == "Sun, 01 Mar 2026 12:00:00 GMT"
    assert fresh.moco("/session").headers["Date"] == "Wed, 04 Mar 2026 05:06:07 GMT"


def test_answers_are_compressed_when_asked_for(client: Client) -> None:
    headers = {"Authorization": "Token token=sandbox-moco-key"}
    url = "/moco/api/v1/activities"

    packed = client.get(url, headers | {"Accept-Encoding": "gzip"})
    plain = client.get(url, headers | {"Accept-Encoding": "identity"})

    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in plain.headers


def test_a_connection_is_kept_alive(client: Client) -> None:
    response = client.moco("/users")

    assert response.raw.version == 11
    assert "Connection" not in response.headers
