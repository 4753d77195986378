"""Lists of a made-up account whose clock a test moves on."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from tests.kit.library import Row, link_page
from tests.kit.scripted_server import Call, Reply


@dataclass
class DatedLists:
    """Lists of records by path; ``updated_after`` is heeded, and all answers are dated.

    Attributes:
        lists: The records of each path, in the order in which they are listed.
        after: Called with each request once its answer is made: the world may move.
        page_size: Rows of a page; by default what the request asks for.
    """

    lists: dict[str, list[Row]]
    after: t.Callable[[Call], object] = lambda _: None
    page_size: int | None = None
    _now: datetime = field(
        default_factory=lambda: (
            datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=2)
        )
    )

    def pass_minutes(self, minutes: int) -> None:
        """Move the clock on."""
        self._now += timedelta(minutes=minutes)

    def now(self) -> str:
        """Return what the clock shows, as the API writes it."""
        return self._now.strftime("%Y-%m-%dT%H:%M:%SZ")

    def row(self, path: str, ident: int) -> Row:
        """Return a record, to change it."""
        return next(row for row in self.lists[path] if row["id"] == ident)

    def __call__(self, call: Call) -> Reply:
        reply = self._answer(call)
        self.after(call)
        headers = {**reply.headers, "Date": format_datetime(self._now, usegmt=True)}
        return Reply(reply.body, reply.status, headers)

    def _answer(self, call: Call) -> Reply:
        if call.path in self.lists:
            since = call.query.get("updated_after", "")
            rows = [row for row in self.lists[call.path] if row.get("updated_at", "~") > since]
            size = int(call.query["per_page"])
            return link_page(call, copy.deepcopy(rows), min(self.page_size or size, size))
        above, _, ident = call.path.rpartition("/")
        if above in self.lists and ident.isdecimal():
            return Reply(copy.deepcopy(self.row(above, int(ident))))
        return Reply([])
