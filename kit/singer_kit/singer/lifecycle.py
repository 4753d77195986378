"""How a run ends: complete, stopped, failed, by a signal; its last STATE goes out in any case."""

from __future__ import annotations

import typing as t

from ..errors import Abandoned, BudgetError, KitError, Terminated
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
            with run.progress.shown(), rare_collections():
                sync()
            run.summary.outcome = "complete"
        except Abandoned as end:
            if not isinstance(end.error, BudgetError) or not run.stops_on_budget:
                raise end.error from None
            run.summary.outcome = "stopped by the request budget"
            run.rotation.save()
            self._logger.warning("%s The next run goes on from here.", end.error)
        except Terminated:
            run.summary.outcome = "terminated"
            raise
        except BrokenPipeError:
            self._output.discard()
            raise KitError("The target went away: standard output is closed.") from None
        finally:
            # What was still to be fetched ahead is needed no more.
            run.workers.close()
            self._write_last()
            summary = run.summary.as_dict(run.budget, states_written=self._states.written)
            tell(summary, format_streams, self._logger)

    def _write_last(self) -> None:
        """Write what is still held back, and the last STATE."""
        try:
            # A run that ends within its first list has offered no STATE yet.
            self._states.write_state(self._state)
            self._states.flush()
            self._output.flush()
        except BrokenPipeError:
            # What ended the run is told in any case.
            self._output.discard()
