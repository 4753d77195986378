"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_moco.tap import TapMoco
from tests.early_sandbox import early_sandbox
from tests.tap_moco.support import config_for, select

# Documented fields that no record of a small world has are not a fault.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
]
_BOX, _sandbox_ends = early_sandbox(scale=0.2)


def _prepare() -> None:
    _BOX.control("PUT", "/options", {"moco_missing": []})
    for company in _BOX.world.moco.tables["companies"].values():
        # The key that no document names: the SDK's tests want every key in the schema.
        company.pop("sales_region", None)


_prepare()
TestTapMoco = get_tap_test_class(
    TapMoco,
    config=config_for(_BOX),
    catalog=select(),
    suite_config=SuiteConfig(max_records_limit=20),
)
