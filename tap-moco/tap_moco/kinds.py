"""Lists that are not read by ``updated_after`` and a bookmark of their own."""

from __future__ import annotations

import copy
import typing as t

from tap_moco._kit.compat import override
from tap_moco._kit.reading.spec import ReadWindow
from tap_moco._kit.times import as_text, instant
from tap_moco.client import MocoStream

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tap_moco._kit.reading.spec import ReadOutcome
    from tap_moco._kit.records import Context, Record
    from tap_moco.id_log import IdLog

# Where a stream keeps until when it knows its parents, or its own list, in the state.
READ_UNTIL = "read_until"


class FullStream(MocoStream):
    """A list that is read whole in every run: the API has no ``updated_after`` for it."""

    replication_key = None
    asks_changes = False


class RunTimestampStream(MocoStream):
    """A list with ``updated_after`` whose records do not say when they changed.

    The bookmark is the start of the last run that read it; the overlap's records come again.
    """

    replication_key = None

    @override
    def read_window(self) -> ReadWindow:
        return ReadWindow(self.own_since())

    @override
    def own_since(self) -> datetime | None:
        return self.since(READ_UNTIL)

    @override
    def starts_over(self) -> bool:
        return not (self.query_binding.matches and READ_UNTIL in self.stream_state)

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        if outcome.complete:
            self.stream_state[READ_UNTIL] = as_text(self.state_manager.started_at)
            self.query_binding.commit()


class ChildStream(MocoStream):
    """What belongs to one record of a list: one request per record that changed.

    What is read for a parent is read whole: that costs no more.

    Attributes:
        every_run: It changes without its parent; so it is read for every parent in every run.
    """

    counted = False
    remembered = True
    every_run: bool = False

    @property
    def known_parents(self) -> list[int]:
        """The ids of the parents of which rows are known."""
        vanished = self.reader.vanished
        return [int(parent) for parent in vanished.known.lists] if vanished.enabled else []

    def forget_parent(self, ident: int) -> None:
        """Tell the target that what belonged to a deleted parent is gone."""
        (name,) = self.parent_stream.child_parameters  # type: ignore[union-attr]
        self.reader.vanished.forget_list({name: ident})

    def forget_copies(self, stream: str, present: IdLog) -> None:  # noqa: ARG002
        """Tell the target that what was copied of deleted records is gone."""
        (name,) = self.parent_stream.child_parameters  # type: ignore[union-attr]
        vanished = self.reader.vanished
        lists = {
            parent: vanished.known.of(str(parent)) or frozenset() for parent in self.known_parents
        }
        missing = present.missing({key[0] for known in lists.values() for key in known})
        for parent, known in lists.items():
            gone = {key for key in known if key[0] in missing}
            if gone:
                vanished.forget_rows(gone, {name: parent})

    def parents_since(self) -> datetime | None:
        """Return from when on changed parents are needed; None for all."""
        return self.run.start_date if self.every_run else self.since(READ_UNTIL)

    def note_parents(self, newest: datetime | None, started_at: datetime) -> None:
        """Take note that the children of all parents changed until then were read."""
        if self.every_run or newest is None:
            return
        until = min(newest, started_at)
        known = self.stream_state.get(READ_UNTIL) if self.query_binding.matches else None
        if known is None or instant(known) < until:
            self.stream_state[READ_UNTIL] = until.isoformat()
        self.query_binding.commit()

    @override
    def rows_at_hand(self, context: Context, parent: Record) -> Iterable[Record] | None:
        rows = super().rows_at_hand(context, parent)
        # The parent's record stays what it is.
        return None if rows is None else copy.deepcopy(rows)

    @override
    def wants(self, context: Context, parent: Record) -> bool:
        # Who may not read this of one record may not read it of the others.
        return not self.forbidden and super().wants(context, parent)
