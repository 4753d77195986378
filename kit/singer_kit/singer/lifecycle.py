"""How a run ends: complete, stopped, failed, by a signal; its last STATE goes out in any case."""

from __future__ import annotations

import typing as t
from contextlib import suppress

from ..errors import Abandoned, BudgetError, Terminated
from ..runtime.gc_tuning import rare_collections
from ..runtime.summary_table import format_streams, tell

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from singer_sdk.helpers import types

    from ..runtime.context import RunContext
    from ..state.writer import ThrottledStateWriter
    from .output import CountingWriter


class Lifecycle:
    """One run from its first request to its summary.

    Args:
        run: What belongs to the run.
        output: Writes messages.
        states: Writes STATE.
        state: The tap's state, as the run changes it.
        logger: Where the end is told.
    """

    def __init__(
        self,
        run: RunContext,
        output: CountingWriter,
        states: ThrottledStateWriter,
        state: types.TapState,
        logger: logging.Logger,
    ) -> None:
        """Start nothing yet."""
        self._run = run
        self._output = output
        self._states = states
        self._state = state
        self._logger = logger
        output.summary = run.summary

    def run(self, sync: Callable[[], None]) -> None:
        """Sync; whatever happens, the state that was reached goes out at last.

        Args:
            sync: Reads all streams.

        Raises:
            KitError: What ended the run, unless it is a clean stop.
            Terminated: If a signal did.
        """
        run = self._run
        try:
            try:
                outcome = self._sync(sync)
            finally:
                # What was still to be fetched ahead is needed no more.
                run.workers.close()
                run.end_readings()
            # Without its last records and STATE no run is complete.
            self._write_last()
            run.summary.outcome = outcome
        except Abandoned as end:
            self._write_what_is_left()
            raise end.error from None
        except Terminated:
            run.summary.outcome = "terminated"
            self._write_what_is_left()
            raise
        except BaseException:
            self._write_what_is_left()
            raise
        finally:
            summary = run.summary.as_dict(run.budget, states_written=self._states.written)
            tell(summary, format_streams, self._logger)

    def _sync(self, sync: Callable[[], None]) -> str:
        """Sync, and return the outcome of a run that ends well."""
        run = self._run
        try:
            with run.progress.shown(), rare_collections():
                sync()
        except (Abandoned, BudgetError) as end:
            error = end.error if isinstance(end, Abandoned) else end
            if not isinstance(error, BudgetError) or not run.stops_on_budget:
                raise
            run.rotation.save()
            self._logger.warning("%s The next run goes on from here.", error)
            return "stopped by the request budget"
        return "complete"

    def _write_last(self) -> None:
        """Write what is still held back, and the last STATE."""
        # A run that ends within its first list has offered no STATE yet.
        self._states.write_state(self._state)
        self._states.flush()
        self._output.flush()

    def _write_what_is_left(self) -> None:
        """Write the same after a failure, which is told even if standard output is closed."""
        with suppress(Abandoned):
            self._write_last()
