"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from tap_miimosa.tap import TapMiiMosa
from tests.early_sandbox import early_sandbox
from tests.tap_miimosa.support import config_for

# That every field has a value, or is in the schema, is more than the API promises.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
    pytest.mark.filterwarnings("ignore:Fields in records:UserWarning"),
]
_BOX, _sandbox_ends = early_sandbox(scale=0.4)


def _prepare() -> None:
    for row in _BOX.world.miimosa.projects.values():
        # Keys that no document names: the SDK's tests want every key in the schema.
        row.pop("labels", None)
        row.pop("started_at", None)
    for user in _BOX.world.miimosa.users.values():
        user["pledges"] = [{"id": row["id"]} for row in user["pledges"]]
        if user["wallet"]:
            user["wallet"] = {"user_email": None}


_prepare()
TestTapMiiMosa = get_tap_test_class(
    TapMiiMosa,
    config=config_for(_BOX),
    suite_config=SuiteConfig(max_records_limit=20),
)
