"""The leads that the sandbox has accepted, kept so that a test can ask what arrived."""

from __future__ import annotations

import json
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.wire import Call, Record

FIRST_LEAD = 880001
SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization"}


class Leads:
    """Accepted leads in the order of their arrival."""

    def __init__(self, write: Callable[[Record], None]) -> None:
        """Keep leads; `write` makes an event durable before it returns."""
        self._write = write
        self._next = FIRST_LEAD
        self._accepted: list[Record] = []

    def accept(self, call: Call, body: Record, received_at: str) -> int:
        """Keep a lead, durably if there is a store, and give it a number."""
        headers = {
            name: value
            for name, value in call.headers.items()
            if name.lower() not in SECRET_HEADERS
        }
        ident = self._next
        lead = {"id": ident, "path": call.path, "body": body, "headers": headers,
                "received_at": received_at}  # fmt: skip
        self._write({"kind": "lead", **lead})
        self.restore(lead)
        return ident

    def restore(self, lead: Record) -> None:
        """Take up a lead that is durable already."""
        self._accepted.append({key: value for key, value in lead.items() if key != "kind"})
        self._next = max(self._next, lead["id"] + 1)

    def forget(self) -> None:
        """Drop all leads; numbers are not given twice."""
        self._accepted.clear()

    def listing(self) -> list[Record]:
        """Each body once, with the first arrival's id and time, and how often it arrived."""
        found: dict[str, Record] = {}
        for lead in self._accepted:
            known = json.dumps([lead["path"], lead["body"]], sort_keys=True)
            entry = found.setdefault(known, {**lead, "times": 0, "ids": []})
            entry["times"] += 1
            entry["ids"].append(lead["id"])
        return list(found.values())
