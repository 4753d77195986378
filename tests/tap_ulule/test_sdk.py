"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from sandbox.testing import RunningSandbox, running_sandbox
from tap_ulule.streams import STREAMS
from tap_ulule.tap import TapUlule
from tests.tap_ulule.runs import PARTNER, STAFF_KEY, catalog, config

if TYPE_CHECKING:
    from collections.abc import Iterator

SPONSOR = 7003
# Documented fields that no record of a small world has are no fault.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
]
_RUNNING = running_sandbox(scale=0.2)


def _sandbox() -> RunningSandbox:
    box = _RUNNING.__enter__()
    for project in box.world.ulule.projects.values():
        # The key that no document names: the SDK's tests want every key in the schema.
        project.pop("sdg_hints", None)
    return box


@pytest.fixture(scope="module", autouse=True)
def _sandbox_ends() -> Iterator[None]:
    yield
    _RUNNING.__exit__(None, None, None)


TestTapUlule = get_tap_test_class(
    TapUlule,
    config=config(
        _sandbox(),
        auth_method="api_key",
        api_key=STAFF_KEY,
        partner_slugs=[PARTNER],
        search_query="sort:new",
        user_ids=["me", SPONSOR],
        sponsor_user_ids=[SPONSOR],
        account_ids=[6601],
    ),
    catalog=catalog(stream.name for stream in STREAMS),
    suite_config=SuiteConfig(max_records_limit=20),
)
