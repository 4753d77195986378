from __future__ import annotations

import socket
import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from tests.target_miimosa_leads.support import Workplace

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(seed=7, scale=0.05, limits="none") as box:
        yield box


@pytest.fixture
def box(_sandbox: RunningSandbox) -> RunningSandbox:
    """The sandbox, without leads and faults."""
    _sandbox.control("DELETE", "/leads")
    _sandbox.control("DELETE", "/faults")
    return _sandbox


@pytest.fixture
def fault(box: RunningSandbox) -> Callable[..., None]:
    """Asks the sandbox for a fault of the API for leads."""

    def add(kind: str, **members: t.Any) -> None:  # noqa: ANN401
        box.control("POST", "/faults", {"kind": kind, "api": "miimosa", **members})

    return add


@pytest.fixture
def work(tmp_path: Path, box: RunningSandbox) -> Workplace:
    """A place to run the target against the sandbox."""
    return Workplace(tmp_path, api_url=f"{box.url}/miimosa")


@pytest.fixture
def arrived(box: RunningSandbox) -> Callable[[], dict[str, int]]:
    """Tells how often each lead, by its e-mail address, has arrived."""

    def ask() -> dict[str, int]:
        counts: dict[str, int] = {}
        for lead in box.control("GET", "/leads"):
            email = lead["body"]["email"]
            counts[email] = counts.get(email, 0) + lead["times"]
        return counts

    return ask


@pytest.fixture
def phones(box: RunningSandbox) -> Callable[[], list[str]]:
    """Tells what arrived, however often."""

    def ask() -> list[str]:
        found = box.control("GET", "/leads")
        return [each["body"]["phone"] for each in found for _ in range(each["times"])]

    return ask


@pytest.fixture
def posts(box: RunningSandbox) -> Callable[[], int]:
    """Tells how many requests the API has seen in this test."""
    before = box.control("GET", "/stats")["miimosa"]["requests"]
    return lambda: box.control("GET", "/stats")["miimosa"]["requests"] - before


@pytest.fixture
def postgres_url(database: str) -> str:
    """The URL of an empty database."""
    return database.replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture
def closed_port() -> Iterator[socket.socket]:
    """A port that refuses connections and that nobody else can take: bound, but not listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound
