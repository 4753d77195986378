"""A sandbox per test."""

from __future__ import annotations

import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def box() -> Iterator[RunningSandbox]:
    with running_sandbox(scale=0.2) as box:
        yield box
