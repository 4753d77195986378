"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import typing as t

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from sandbox.testing import RunningSandbox, running_sandbox
from tap_micropledge.tap import TapMicroPledge
from tests.tap_micropledge.support import config_for

if t.TYPE_CHECKING:
    from collections.abc import Iterator

_BOX = running_sandbox(scale=0.2)


@pytest.fixture(scope="module", autouse=True)
def _sandbox_ends() -> Iterator[None]:
    yield
    _BOX.__exit__(None, None, None)


def _sandbox() -> RunningSandbox:
    return _BOX.__enter__()


TestTapMicroPledge = get_tap_test_class(
    TapMicroPledge,
    config=config_for(_sandbox()),
    suite_config=SuiteConfig(max_records_limit=20),
)
