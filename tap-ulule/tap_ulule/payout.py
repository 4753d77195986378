"""Orders of ended campaigns that wait for the payout, which moves no counter.

Until then they are ``payment-completed``. The state keeps how many each campaign has, and the day
(since 1970, UTC) for which that is known::

    "unsettled": {"41001": [17, 20783]}

The first run of each day asks, by one request for a single row, how many there still are. If that
has changed the orders are read again. Once there are none, nothing is asked any more.
"""

from __future__ import annotations

import typing as t

from tap_ulule._kit.errors import DeniedError

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import requests

    from tap_ulule._kit.records import Context
    from tap_ulule._kit.runtime.context import RunContext

STATE_KEY = "unsettled"
WAITING = "payment-completed"
SECONDS_PER_DAY = 86_400
UNKNOWN_DAY = 0


class OrderList(t.Protocol):
    """What the payout needs to know of the stream of orders."""

    name: str

    @property
    def run(self) -> RunContext:
        """What belongs to the run."""

    @property
    def stream_state(self) -> dict[str, t.Any]:
        """The stream's writable state."""

    def list_request(
        self,
        context: Context,
        since: None,
        **add: t.Any,  # noqa: ANN401
    ) -> requests.PreparedRequest:
        """Build the request of a context's first page."""


class Payout:
    """The orders that wait for the payout, by project.

    Args:
        orders: The stream of orders.
    """

    def __init__(self, orders: OrderList) -> None:
        """Ask nothing yet."""
        self._orders = orders
        self._waiting: dict[str, set[int]] = {}
        self._moving: dict[str, bool] = {}

    def note(self, project_id: int, ids: Iterable[int], statuses: Iterable[object]) -> None:
        """Take note of orders of an ended campaign."""
        waiting = self._waiting.setdefault(str(project_id), set())
        for order, status in zip(ids, statuses, strict=True):
            if status == WAITING:
                waiting.add(order)
            else:
                waiting.discard(order)

    def conclude(self, project_id: int, *, resumed: bool) -> None:
        """Keep how many orders wait, now that all orders of a campaign were read.

        Args:
            project_id: The campaign.
            resumed: Whether an earlier run has read some of them, so that the next one must ask.
        """
        project = str(project_id)
        waiting = len(self._waiting.pop(project, ()))
        state = self._orders.stream_state
        if waiting or resumed:
            entry = [0, UNKNOWN_DAY] if resumed else [waiting, self._today]
            state.setdefault(STATE_KEY, {})[project] = entry
        else:
            state.get(STATE_KEY, {}).pop(project, None)

    def is_moving(self, project_id: int | str) -> bool:
        """Tell whether the number of orders that wait has changed since the orders were read."""
        project = str(project_id)
        if project not in self._moving:
            self._moving[project] = self._ask(project)
        return self._moving[project]

    @property
    def _today(self) -> int:
        return int(self._orders.run.clock.started_at.timestamp() // SECONDS_PER_DAY)

    def _ask(self, project: str) -> bool:
        entries: dict[str, t.Any] = self._orders.stream_state.get(STATE_KEY, {})
        if project not in entries:
            return False
        entry = entries[project]
        # Older versions kept no day.
        known, day = entry if isinstance(entry, list) else (entry, UNKNOWN_DAY)
        if day == self._today:
            return False
        unchanged = self._count(project) == known
        if unchanged and known:
            entries[project] = [known, self._today]
        elif unchanged:
            del entries[project]
        return not unchanged

    def _count(self, project_id: int | str) -> int | None:
        """Ask how many orders wait; None if the API does not tell, or must not."""
        context = {"project_id": project_id}
        request = self._orders.list_request(context, None, status=WAITING, limit=1)
        try:
            answer = self._orders.run.fetch_now(request, self._orders.name)
        except DeniedError:
            # Whoever reads the list learns why.
            return None
        meta = answer.data.get("meta") if isinstance(answer.data, dict) else None
        count = meta.get("total_count") if isinstance(meta, dict) else None
        return count if isinstance(count, int) else None


def has_ended(project: Mapping[str, t.Any]) -> bool:
    """Tell whether a campaign has ended, well or not."""
    return bool(project.get("finished") or project.get("is_cancelled"))
