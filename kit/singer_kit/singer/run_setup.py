"""Puts together what belongs to one run of a tap."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ..http.budget import Window
from ..http.budget_opening import open_budget
from ..http.session import ApiSession
from ..runtime.context import RunContext
from ..runtime.incomplete_lists import IncompleteLists
from ..runtime.progress import Progress
from ..runtime.reach import Reach
from ..runtime.summary import RunSummary
from ..runtime.workers import Workers
from ..state.rotation import StreamRotation


def make_run_context(tap: t.Any) -> RunContext:  # noqa: ANN401 - it imports this module
    """Return what belongs to a run.

    Args:
        tap: The :class:`.tap.ApiTap` that runs, with its settings, hooks and state.
    """
    config = tap.config
    windows = Window.from_setting(tap.rate_limits)
    budget = open_budget(
        windows,
        max_wait=config["max_wait"],
        path=config.get("budget_path"),
        patience=config["retry_seconds"],
        package=tap.name,
        is_stopping=tap.termination.is_requested,
    )
    summary, concurrency = RunSummary(), config["concurrency"]
    session = ApiSession(
        tap.origins,
        budget=budget,
        timeout=config["request_timeout"],
        is_stopping=tap.termination.is_requested,
        log=summary,
        retry_seconds=config["retry_seconds"],
        concurrency=concurrency,
        setting=tap.address_setting,
    )
    return RunContext(
        session=session,
        budget=budget,
        workers=Workers(concurrency),
        summary=summary,
        termination=tap.termination,
        progress=Progress(tap.logger, budget, summary),
        reach=Reach(),
        rotation=StreamRotation(tap.state),
        incomplete_lists=IncompleteLists(),
        clock=session.clock,
        overlap=timedelta(seconds=config["overlap_seconds"]),
        start_date=tap.start_date,
        refresh_days=int(config.get("refresh_days") or 0),
        stops_on_budget=config["on_rate_limit"] == "stop",
        fetch=tap.fetch,
        handle_denied=tap.handle_denied,
        flush_output=tap.message_writer.flush,
    )
