"""A sandbox for a module, and one for a test that changes it."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SCALE = 0.3


@pytest.fixture(scope="module")
def shared_box() -> Iterator[RunningSandbox]:
    """For tests that leave the world as it is."""
    with running_sandbox(scale=SCALE) as box:
        yield box


@pytest.fixture
def still(shared_box: RunningSandbox) -> Iterator[RunningSandbox]:
    """The module's sandbox with nothing counted, switched or broken."""
    defaults = shared_box.control("GET", "/options")
    shared_box.control("POST", "/reset")
    yield shared_box
    shared_box.control("DELETE", "/faults")
    shared_box.control("PUT", "/options", defaults)


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    """A sandbox of the test's own."""
    with running_sandbox(scale=SCALE) as found:
        yield found
