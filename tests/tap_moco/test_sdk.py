"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import typing as t

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from sandbox.testing import RunningSandbox, running_sandbox
from tap_moco.streams import STREAMS
from tap_moco.streams.account import AccountHourlyRates
from tap_moco.tap import TapMoco
from tests.tap_moco.support import config_for, select

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# Documented fields that no record of a small world has are no fault.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
]
_BOX = running_sandbox(scale=0.2)


@pytest.fixture(scope="module", autouse=True)
def _sandbox_ends() -> Iterator[None]:
    yield
    _BOX.__exit__(None, None, None)


def _sandbox() -> RunningSandbox:
    box = _BOX.__enter__()
    box.control("PUT", "/options", {"moco_missing": []})
    for company in box.world.moco.tables["companies"].values():
        # The key that no document names: the SDK's tests want every key in the schema.
        company.pop("sales_region", None)
    return box


class _Tap(TapMoco):
    """The tap without the one stream whose key is null, as documented."""

    stream_types = tuple(stream for stream in STREAMS if stream is not AccountHourlyRates)


TestTapMoco = get_tap_test_class(
    _Tap,
    config=config_for(_sandbox()),
    catalog=select(without=("account_hourly_rates",)),
    suite_config=SuiteConfig(max_records_limit=20),
)
