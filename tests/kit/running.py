"""Runs the tiny tap inside the test's process."""

from __future__ import annotations

import copy
import typing as t

from tests.harness.run import Run, capture
from tests.kit.tiny_tap import TinyTap

if t.TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Run", "run_tap"]


def run_tap(
    url: str,
    streams: Iterable[str] = (),
    *,
    state: dict[str, t.Any] | None = None,
    catalog: dict[str, t.Any] | None = None,
    tap_class: type[TinyTap] = TinyTap,
    **settings: t.Any,  # noqa: ANN401
) -> Run:
    """Run the tiny tap to its end; whatever it raises, the test judges.

    Args:
        url: Base URL of the API.
        streams: The streams to select; all by default.
        state: State of the run before.
        catalog: The catalog to go by.
        tap_class: The tap.
        settings: More configuration.
    """

    def run() -> None:
        config = {"api_url": url, **settings}
        tap = tap_class(config=config, state=copy.deepcopy(state or {}), catalog=catalog)
        for name, stream in tap.streams.items():
            stream.selected = not streams or name in streams
        tap.run()

    return capture(run, expected=BaseException, logger=tap_class.name)
