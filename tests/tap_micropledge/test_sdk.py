"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_micropledge.tap import TapMicroPledge
from tests.early_sandbox import early_sandbox
from tests.tap_micropledge.support import config_for

# Where the API sends nothing that is undeclared, no record has the column for it.
pytestmark = pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning")
_BOX, _sandbox_ends = early_sandbox(scale=0.2)

TestTapMicroPledge = get_tap_test_class(
    TapMicroPledge,
    config=config_for(_BOX),
    suite_config=SuiteConfig(max_records_limit=20),
)
