"""Rate limits at their boundaries, and what a refused client is told."""

from __future__ import annotations

import time
import typing as t

import pytest

from sandbox.limits import REAL, Limiter, Window
from sandbox.testing import running_sandbox
from tests.sandbox.client import Client

if t.TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def limited() -> Iterator[Client]:
    with running_sandbox(scale=0.1, limits="real") as box:
        client = Client(box)
        yield client
        client.close()


def test_a_window_admits_its_number_and_frees_each_after_its_length() -> None:
    clock = Clock()
    limiter = Limiter([Window(2, 10)], clock)

    assert limiter.arrive("a").allowed
    clock.now += 4
    assert limiter.arrive("a").allowed
    assert not limiter.arrive("a").allowed
    assert limiter.arrive("b").allowed
    clock.now += 5.999
    assert not limiter.arrive("a").allowed
    clock.now += 0.001
    assert limiter.arrive("a").allowed
    assert not limiter.arrive("a").allowed


def test_several_windows_hold_at_once() -> None:
    clock = Clock()
    limiter = Limiter(REAL["ulule"], clock)
    admitted = 0
    for _ in range(60):
        admitted += sum(limiter.arrive("a").allowed for _ in range(12))
        clock.now += 1

    assert admitted == 500
    assert not limiter.arrive("a").allowed


def test_moco_refuses_the_request_after_the_hundred_and_twentieth(limited: Client) -> None:
    statuses = [limited.moco("/session").status_code for _ in range(120)]
    refused = limited.moco("/session")
    other = limited.get("/moco/api/v1/session", {"Authorization": "Bearer sandbox-moco-key"})

    assert set(statuses) == {200}
    assert refused.status_code == 429
    assert refused.json() == {"message": "Too many requests"}
    assert not [name for name in refused.headers if "ratelimit" in name.lower()]
    assert "Retry-After" not in refused.headers
    assert other.status_code == 200
    stats = limited.box.control("GET", "/stats")["moco"]
    assert (stats["requests"], stats["refused"]) == (122, 1)
    assert stats["by_status"] == {"200": 121, "429": 1}


def test_ulule_tells_its_hourly_limit_on_every_answer(limited: Client) -> None:
    first = limited.ulule("/me")
    second = limited.ulule("/projects/1")

    assert first.headers["X-RateLimit-Limit"] == "500"
    assert first.headers["X-RateLimit-Remaining"] == "499"
    assert second.status_code == 404
    assert second.headers["X-RateLimit-Remaining"] == "498"
    reset = int(second.headers["X-RateLimit-Reset"])
    assert 0 < reset - time.time() <= 3601


def test_the_reset_can_be_a_duration(limited: Client) -> None:
    limited.box.control("PUT", "/options", {"ulule_reset": "duration"})

    assert 3590 < int(limited.ulule("/me").headers["X-RateLimit-Reset"]) <= 3600


def test_limits_can_be_set_and_counters_reset(limited: Client) -> None:
    windows = [{"requests": 3, "seconds": 60}]
    limited.box.control("PUT", "/options", {"limits": {"ulule": windows}})

    statuses = [limited.ulule("/me").status_code for _ in range(4)]
    limited.box.control("POST", "/reset")

    assert statuses == [200, 200, 200, 429]
    assert limited.ulule("/me").status_code == 200
    assert limited.box.control("GET", "/stats")["ulule"]["requests"] == 1


def test_the_control_endpoint_is_never_counted(limited: Client) -> None:
    limited.box.control("PUT", "/options", {"limits": {"moco": [{"requests": 1, "seconds": 60}]}})
    for _ in range(5):
        limited.box.control("GET", "/stats")

    assert limited.moco("/session").status_code == 200


def test_without_limits_nothing_is_refused_and_nothing_said(client: Client) -> None:
    responses = [client.ulule("/me") for _ in range(30)]

    assert {response.status_code for response in responses} == {200}
    assert "X-RateLimit-Limit" not in responses[0].headers
