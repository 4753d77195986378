"""Runs the tiny tap inside the test's process and keeps what it wrote."""

from __future__ import annotations

import copy
import io
import json
import logging
import sys
import typing as t
from dataclasses import dataclass, field

from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class Run:
    """What a run wrote and said.

    Attributes:
        lines: Standard output.
        error: What the run raised, None if it ended well.
        log: Messages of the tap's logger.
        summary: The run's summary.
    """

    lines: list[str] = field(default_factory=list)
    error: BaseException | None = None
    log: list[str] = field(default_factory=list)
    summary: dict[str, t.Any] = field(default_factory=dict)

    @property
    def messages(self) -> list[dict[str, t.Any]]:
        return [json.loads(line) for line in self.lines]

    @property
    def comparable(self) -> list[dict[str, t.Any]]:
        """All messages except interim STATE, without the time of extraction."""
        kept = [message for message in self.messages if message["type"] != "STATE"]
        return [{k: v for k, v in message.items() if k != "time_extracted"} for message in kept]

    def records(self, stream: str) -> list[dict[str, t.Any]]:
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def ids(self, stream: str) -> list[t.Any]:
        return [record["id"] for record in self.records(stream)]

    @property
    def states(self) -> list[dict[str, t.Any]]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> dict[str, t.Any]:
        """The last STATE; empty if there was none."""
        return self.states[-1] if self.states else {}

    def bookmark(self, stream: str) -> dict[str, t.Any]:
        bookmark: dict[str, t.Any] = self.state.get("bookmarks", {}).get(stream, {})
        return bookmark


class _Ear(logging.Handler):
    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.append(record.getMessage())


def run_tap(
    url: str,
    streams: Iterable[str] = (),
    *,
    state: dict[str, t.Any] | None = None,
    tap_class: type[TinyTap] = TinyTap,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    """Run the tiny tap to its end.

    Args:
        url: Base URL of the API.
        streams: The streams to select; all by default.
        state: State of the run before.
        tap_class: The tap.
        settings: More configuration.
    """
    run = Run()
    ear = _Ear(run.log)
    logger = logging.getLogger(tap_class.name)
    logger.setLevel(logging.INFO)
    logger.addHandler(ear)
    stdout, sys.stdout = sys.stdout, io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    try:
        config = {"api_url": url, **settings}
        tap = tap_class(config=config, state=copy.deepcopy(state or {}))
        for name, stream in tap.streams.items():
            stream.selected = not streams or name in streams
        try:
            tap.run()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test judges it
            run.error = error
        if "run_context" in vars(tap):
            context = tap.run_context
            run.summary = context.summary.as_dict(context.budget)
        sys.stdout.flush()
        run.lines = t.cast("io.BytesIO", sys.stdout.buffer).getvalue().decode().splitlines()
    finally:
        sys.stdout = stdout
        logger.removeHandler(ear)
    return run
