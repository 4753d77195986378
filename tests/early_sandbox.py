"""A sandbox for a module that needs its address while it is imported.

The SDK's tests of taps are made then, with the configuration that they run with.
"""

from __future__ import annotations

import atexit
import contextlib
import typing as t

import pytest

from sandbox.testing import RunningSandbox, running_sandbox

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def early_sandbox(scale: float) -> tuple[RunningSandbox, Callable[[], Iterator[None]]]:
    """Start a sandbox.

    Returns:
        It, and the fixture of the module that ends it after the module's tests. Where none of them
        run - every worker imports all modules - it ends with the process.
    """
    stack = contextlib.ExitStack()
    box = stack.enter_context(running_sandbox(scale=scale))
    atexit.register(stack.close)

    @pytest.fixture(scope="module", autouse=True)
    def ends() -> Iterator[None]:
        yield
        atexit.unregister(stack.close)
        stack.close()

    return box, ends
