"""Changes that a test asks for: at once, or between two requests.

Each change is an object with `change`, what the change needs, and maybe `after`: the path (a
pattern) of the request behind which it happens, the `skip` first ones of which do not count.
"""

from __future__ import annotations

import re
import typing as t

from sandbox.world.clock import NANOS, nanos
from sandbox.world.ulule.departures import (
    remove_news,
    remove_project,
    remove_reward,
    settle,
)
from sandbox.world.ulule.people import FIRST_USER

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.apis.ulule.auth import Tokens
    from sandbox.wire import Record
    from sandbox.world import World
    from sandbox.world.ulule import Ulule


class Changes:
    """The changes of one sandbox, made and still to make."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        """Start without any; they will change a world, or the tokens of its API."""
        self._world = world
        self._waiting: list[Record] = []
        self._kinds: dict[str, Callable[[Record], object]] = {
            "revoke": lambda _: setattr(tokens, "revoked", True),
            "restore": lambda _: setattr(tokens, "revoked", False),
            "expire_tokens": lambda _: tokens.expire_all(),
            "partner": lambda body: self._ulule.add_partner(body["slug"], body["sizes"]),
            "add_comments": self._add_comments,
            "remove_comments": self._remove_comments,
            "comment_news": self._comment_news,
            "remove_project": lambda body: remove_project(self._ulule, body["project"]),
            "remove_news": lambda body: remove_news(self._ulule, body["news"]),
            "remove_reward": lambda body: remove_reward(self._ulule, body["reward"]),
            "settle": lambda body: settle(self._ulule, body["project"]),
            "order_status": self._order_status,
            "message": self._message,
        }

    @property
    def _ulule(self) -> Ulule:
        return self._world.ulule

    def ask(self, body: t.Any) -> object:  # noqa: ANN401 - JSON
        """Make a change, or keep it until its request has come.

        Raises:
            ValueError: the change is unknown or incomplete.
        """
        if not isinstance(body, dict) or body.get("change") not in self._kinds:
            raise ValueError(f"change must be one of {', '.join(self._kinds)}")
        if "after" in body:
            self._waiting.append(body | {"skip": int(body.get("skip", 0))})
            return None
        return self._make(body)

    def _make(self, body: Record) -> object:
        try:
            return self._kinds[body["change"]](body)
        except (KeyError, IndexError) as error:
            raise ValueError(f"the change lacks {error}") from None

    def after(self, path: str) -> None:
        """Make the changes that wait for a request with this path."""
        for body in list(self._waiting):
            if not re.search(body["after"], path):
                continue
            if body["skip"]:
                body["skip"] -= 1
                continue
            self._waiting.remove(body)
            self._make(body)

    def _add_comments(self, body: Record) -> list[int]:
        """Comment a project: newest of all, and all in one second if asked for."""
        ulule = self._ulule
        comments = ulule.comments[body["project"]]
        newest = max([row["at"] for row in comments], default=nanos(ulule.scenario.now))
        ids = []
        for number in range(body["count"]):
            step = number * 1_000_000 if body.get("same_second") else number * NANOS
            ident = 290_000 + sum(map(len, ulule.comments.values()))
            at = (newest // NANOS + 1) * NANOS + step
            comments.append(
                {"id": ident, "comment": "Nouveau", "user_id": FIRST_USER + 3, "at": at}
            )
            ids.append(ident)
        return ids

    def _remove_comments(self, body: Record) -> list[int]:
        """Delete the newest comments of a project."""
        rows = self._ulule.comments[body["project"]]
        gone = sorted(rows, key=lambda row: int(row["at"]), reverse=True)[: body["count"]]
        for row in gone:
            rows.remove(row)
        return [row["id"] for row in gone]

    def _comment_news(self, body: Record) -> None:
        ulule = self._ulule
        rng = ulule.scenario.rng(f"ulule.change.{body['news']}")
        ulule.comment_news(rng, body["news"], nanos(ulule.scenario.now))

    def _order_status(self, body: Record) -> None:
        for rows in self._ulule.orders.values():
            for row in rows:
                if row["id"] == body["order"]:
                    row["status"] = body["status"]

    def _message(self, body: Record) -> None:
        """Write a message into a thread, which puts the thread at the top."""
        extras = self._ulule.extras
        thread = next(row for row in extras.rows["threads"][""] if row["id"] == body["thread"])
        rows = extras.rows["thread_messages"][str(body["thread"])]
        newest = max(row["_at"] for row in extras.rows["threads"][""])
        message = extras.make_message(max(row["id"] for row in rows) + 50, 0, newest + NANOS)
        rows.append(message)
        thread |= {
            "messages_count": len(rows), "latest_message_id": message["id"],
            "latest_message": message, "updated_at": message["sent_at"], "_at": message["_at"],
        }  # fmt: skip
