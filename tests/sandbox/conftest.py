"""A sandbox per test module, and what every test needs to speak to it."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from tests.sandbox.client import LEAD, Client

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def world_box() -> Iterator[RunningSandbox]:
    with running_sandbox(limits="none") as box:
        yield box


@pytest.fixture
def box(world_box: RunningSandbox) -> Iterator[RunningSandbox]:
    """The module's sandbox without what an earlier test has counted, kept or switched."""
    defaults = world_box.control("GET", "/options")
    world_box.control("POST", "/reset")
    world_box.control("DELETE", "/leads")
    yield world_box
    world_box.control("DELETE", "/faults")
    world_box.control("PUT", "/options", defaults)


@pytest.fixture
def client(box: RunningSandbox) -> Iterator[Client]:
    found = Client(box)
    yield found
    found.close()


@pytest.fixture
def lead() -> dict[str, str]:
    return dict(LEAD)
