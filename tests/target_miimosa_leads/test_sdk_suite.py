"""The SDK's own tests for targets, against the sandbox.

Their records are no leads. The defaults make leads of those that have an ``id``, which are really
sent; the others are rejected, as they have to be, and the thresholds allow it.
"""

from __future__ import annotations

import io
import signal
import sys
import typing as t

import pytest
from singer_sdk.testing import get_target_test_class

from target_miimosa_leads.singer.target import TargetMiimosaLeads
from tests.target_miimosa_leads.support import KEY, lead

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.testing import RunningSandbox

CONFIG: dict[str, t.Any] = {
    "api_key": KEY,
    "lead_key": ["id"],
    "max_rejected": 1000,
    "defaults": {name: value for name, value in lead().items() if name != "id"},
}

SdkTests: t.Any = get_target_test_class(TargetMiimosaLeads, config=CONFIG, parse_env_config=False)


class TestTargetMiimosaLeads(SdkTests):  # type: ignore[misc]
    # It wants the STATEs that a target with batches of its size lets out. Ours lets them out as
    # soon as the leads before them are settled, and not more than one in two seconds.
    test_target_multiple_state_messages = None
    # They want the run to end at such a record. Here it is rejected, and the others are sent.
    test_target_record_before_schema = None
    test_target_record_missing_key_property = None

    @pytest.fixture(autouse=True)
    def _configured(self, tmp_path: Path, box: RunningSandbox) -> Iterator[None]:
        CONFIG["api_url"] = f"{box.url}/miimosa"
        CONFIG["journal_url"] = f"sqlite:///{tmp_path}/journal.db"
        CONFIG["dead_letter_path"] = f"{tmp_path}/dead-letter.singer"
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP)
        handlers = [signal.getsignal(number) for number in numbers]
        interval = sys.getswitchinterval()
        yield
        sys.setswitchinterval(interval)
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)

    def test_the_suite_does_send_leads(
        self,
        runner: t.Any,  # noqa: ANN401
        posts: Callable[[], int],
    ) -> None:
        schema = '{"type":"SCHEMA","stream":"a","schema":{"properties":{"id":{}}}}\n'
        runner.input_io = io.StringIO(schema + '{"type":"RECORD","stream":"a","record":{"id":1}}')
        runner.sync_all()
        assert posts() == 1
