"""Keeps states as Meltano does, with Meltano's own code."""

from __future__ import annotations

import copy
import json
import typing as t

from meltano.core.state_store.base import MeltanoState

if t.TYPE_CHECKING:
    from tests.harness.run import Record, Run

ID = "dev:tap-to-target"
SINGER_STATE = "singer_state"


class MeltanoStore:
    """What Meltano has stored of one pipeline; each STATE of a run is stored as it comes."""

    def __init__(self) -> None:
        self._stored = MeltanoState(ID, partial_state={}, completed_state={})

    def save(self, run: Run, *, merge: bool = False) -> None:
        """Store the states of a run.

        Args:
            run: Each of its STATE messages has passed the target.
            merge: ``--state-strategy merge`` or ``--full-refresh``; otherwise states replace.
        """
        for state in run.states:
            new = {SINGER_STATE: copy.deepcopy(state)}
            if merge:
                self._stored.merge_partial(MeltanoState(ID, partial_state=new, completed_state={}))
            else:
                self._stored = MeltanoState(ID, partial_state={}, completed_state=new)

    def set_state(self, state: Record) -> None:
        """Replace what is stored, as ``meltano state set`` does."""
        self._stored = MeltanoState(ID, partial_state={}, completed_state={SINGER_STATE: state})

    @property
    def printed(self) -> str:
        """What ``meltano state get`` prints."""
        return self._stored.json_merged()

    @property
    def state(self) -> Record:
        """The state with which the next run begins."""
        found: Record = json.loads(self.printed).get(SINGER_STATE, {})
        return found
