"""A sandbox per test."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox
from tests.tap_moco.support import just_now

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def make_box() -> Iterator[Callable[..., RunningSandbox]]:
    """Make sandboxes whose world ends just now, as the real one does."""
    with contextlib.ExitStack() as stack:

        def make(scale: float = 0.2, limits: str = "none", **more: t.Any) -> RunningSandbox:  # noqa: ANN401
            options = {"scale": scale, "limits": limits, "now": just_now(), **more}
            box = stack.enter_context(running_sandbox(**options))
            box.control("PUT", "/options", {"moco_missing": []})
            return box

        yield make


@pytest.fixture
def box(make_box: Callable[..., RunningSandbox]) -> RunningSandbox:
    return make_box()
