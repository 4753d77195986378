"""The rows that a table should have: those of the world that the tap was asked for."""

from __future__ import annotations

import typing as t

from sandbox.world.ulule import AGENCY

if t.TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, t.Any]
# Where in a row of Ulule's the id is by which it belongs to a project, and in which stream that is.
PARENTS = {
    "project_id": "partner_projects",
    "reward_id": "project_rewards",
    "news_id": "project_news",
}
# What stands for null in a part of a key.
PLACEHOLDERS = {"userslug": "(anonymous)"}


class World:
    """Rows of the world as it is now; each stream is asked for once.

    Args:
        control: Calls the control endpoint of the sandbox.
        searched: Whether Ulule's projects come from a search, which finds those that are online,
            not from the partner's list.
    """

    def __init__(self, control: Callable[[str, str], t.Any], *, searched: bool) -> None:
        """Ask for nothing yet."""
        self._control = control
        self._searched = searched
        self._rows: dict[str, list[Row]] = {}
        self._own: dict[str, set[t.Any]] = {}

    def all(self, api: str, stream: str) -> list[Row]:
        """Return all rows of a stream."""
        name = f"{api}/{stream}"
        if name not in self._rows:
            self._rows[name] = self._control("GET", f"world/{name}")["records"]
        return self._rows[name]

    def expected(self, api: str, stream: str) -> list[Row]:
        """Return the rows that a tap reads of the agency's own."""
        rows = [row | {key: PLACEHOLDERS[key] for key in PLACEHOLDERS.keys() & row.keys()
                       if row[key] is None}
                for row in self.all(api, stream)]  # fmt: skip
        if api == "ulule":
            return [row for row in rows if self._is_ours(stream, row)]
        if (api, stream) == ("miimosa", "pledges"):
            people = {row["user_email"] for row in self.all("miimosa", "wallets")}
            return [row for row in rows if row["user_email"] in people]
        return rows

    def _is_ours(self, stream: str, row: Row) -> bool:
        if stream in {"projects", "search_projects"}:
            return row["id"] in self._ids("partner_projects")
        if stream == "partner_projects" and self._searched:
            found = {each["id"] for each in self.all("ulule", "search_projects")}
            return row["partner_slug"] == AGENCY and row["id"] in found
        if row.get("partner_slug", AGENCY) != AGENCY:
            return False
        if stream == "user_orders":
            return True
        for field, parent in PARENTS.items():
            if field in row:
                return row[field] in self._ids(parent)
        return True

    def _ids(self, stream: str) -> set[t.Any]:
        if stream not in self._own:
            rows = self.all("ulule", stream)
            self._own[stream] = {row["id"] for row in rows if self._is_ours(stream, row)}
        return self._own[stream]
