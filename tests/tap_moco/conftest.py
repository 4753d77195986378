"""A sandbox per test."""

from __future__ import annotations

import contextlib
import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from sandbox.testing import RunningSandbox, running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_box() -> Iterator[Callable[..., RunningSandbox]]:
    """Make sandboxes whose world ends just now, as the real one does."""
    with contextlib.ExitStack() as stack:

        def make(scale: float = 0.2, limits: str = "none", **more: t.Any) -> RunningSandbox:  # noqa: ANN401
            now = datetime.now(timezone.utc) - timedelta(seconds=30)
            box = stack.enter_context(
                running_sandbox(**{"scale": scale, "limits": limits, "now": now, **more})
            )
            box.control("PUT", "/options", {"moco_missing": []})
            return box

        yield make


@pytest.fixture
def box(make_box: Callable[..., RunningSandbox]) -> RunningSandbox:
    return make_box()
