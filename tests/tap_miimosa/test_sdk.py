"""The SDK's own tests of taps, against the sandbox."""

from __future__ import annotations

import typing as t

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from sandbox.testing import RunningSandbox, running_sandbox
from tap_miimosa.tap import TapMiiMosa
from tests.tap_miimosa.support import config_for

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# That every field has a value, or is in the schema, is more than the API promises.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Fields in transformed catalog:UserWarning"),
    pytest.mark.filterwarnings("ignore:Fields in records:UserWarning"),
]
_BOX = running_sandbox(scale=0.4)


@pytest.fixture(scope="module", autouse=True)
def _sandbox_ends() -> Iterator[None]:
    yield
    _BOX.__exit__(None, None, None)


def _sandbox() -> RunningSandbox:
    box = _BOX.__enter__()
    for row in box.world.miimosa.projects.values():
        # Keys that no document names: the SDK's tests want every key in the schema.
        row.pop("labels", None)
        row.pop("started_at", None)
    for user in box.world.miimosa.users.values():
        user["pledges"] = [{"id": row["id"]} for row in user["pledges"]]
        if user["wallet"]:
            user["wallet"] = {"user_email": None}
    return box


TestTapMiiMosa = get_tap_test_class(
    TapMiiMosa,
    config=config_for(_sandbox()),
    suite_config=SuiteConfig(max_records_limit=20),
)
