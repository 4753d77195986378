"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_ulule.streams import STREAMS
from tap_ulule.tap import TapUlule
from tests.early_sandbox import early_sandbox
from tests.harness.catalog import select
from tests.tap_ulule.support import PARTNER, STAFF_KEY, make_config

SPONSOR = 7003
# Documented fields that no record of a small world has are not a fault.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
]
_BOX, _sandbox_ends = early_sandbox(scale=0.2)


def _prepare() -> None:
    for project in _BOX.world.ulule.projects.values():
        # The key that no document names: the SDK's tests want every key in the schema.
        project.pop("sdg_hints", None)


_prepare()
TestTapUlule = get_tap_test_class(
    TapUlule,
    config=make_config(
        _BOX,
        auth_method="api_key",
        api_key=STAFF_KEY,
        partner_slugs=[PARTNER],
        search_query="sort:new",
        user_ids=["me", SPONSOR],
        sponsor_user_ids=[SPONSOR],
        account_ids=[6601],
        mark_threads_as_read=True,
    ),
    catalog=select(TapUlule, *(stream.name for stream in STREAMS)),
    suite_config=SuiteConfig(max_records_limit=20),
)
