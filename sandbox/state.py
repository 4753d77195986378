"""One sandbox: its world, its four APIs, what it has been asked and what it has kept."""

from __future__ import annotations

import typing as t
from collections import Counter, deque

from sandbox.apis.micropledge import MicroPledgeApi
from sandbox.apis.miimosa import MiimosaApi
from sandbox.apis.moco import MocoApi
from sandbox.apis.ulule import UluleApi
from sandbox.faults import Faults
from sandbox.leads import Leads
from sandbox.limits import REAL, Limiter
from sandbox.options import Options
from sandbox.store import Store, StoreError
from sandbox.world import World
from sandbox.world.clock import parse_moment, whole
from sandbox.world.moco.fields import change_field

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sandbox.wire import Api, Record
    from sandbox.world.scenario import Advance

LOGGED = 20_000
"""How many requests the log keeps."""


class Sandbox:
    """Everything behind the server, free of sockets."""

    def __init__(self, world: World, *, limits: str = "real", store: Path | None = None) -> None:
        """Set up a sandbox; a store that holds a world already brings that world back.

        Args:
            world: the world of a new sandbox.
            limits: `real` for the documented limits, `none` for no limits.
            store: the file that carries the sandbox over restarts.

        Raises:
            StoreError: the store cannot be read or holds another world.
        """
        self.store = Store(store) if store else None
        events = self.store.events if self.store else []
        try:
            self.world = _restore_world(events) or world
        except StoreError:
            self.close()
            raise
        self.options = Options()
        self.faults = Faults()
        self.limiters = {
            name: Limiter(windows if limits == "real" else ()) for name, windows in REAL.items()
        }
        self.leads = Leads(lambda event: self._keep(event, durable=True))
        self.ulule = UluleApi(self.world)
        self.apis: tuple[Api, ...] = (
            MocoApi(self.world), self.ulule, MiimosaApi(self.world, self.leads),
            MicroPledgeApi(self.world),
        )  # fmt: skip
        self.served: dict[str, dict[str, set[str]]] = {name: {} for name in REAL}
        self.log: deque[Record] = deque(maxlen=LOGGED)
        self.counts: dict[str, Counter[str]] = {}
        self.reset()
        if events:
            self._restore(events[1:])
        else:
            self._keep_world()

    def _keep(self, event: Record, *, durable: bool = False) -> None:
        if self.store:
            self.store.append(event, durable=durable)

    def _keep_world(self) -> None:
        made = self.world.scenario
        self._keep({"kind": "world", "seed": made.seed, "scale": made.scale,
                    "now": whole(made.created), "real_time": made.real_time,
                    "invalid_leads": made.invalid_leads}, durable=True)  # fmt: skip

    def _restore(self, events: list[Record]) -> None:
        for event in events:
            if event["kind"] == "advance":
                self.world.advance(parse_moment(event["now"]))
            elif event["kind"] == "field":
                change_field(self.world.moco, **event["change"])
            elif event["kind"] == "lead":
                self.leads.restore(event)
            elif event["kind"] == "forget":
                self.leads.forget()
            elif event["kind"] == "served":
                known = self.served[event["api"]].setdefault(event["stream"], set())
                known.update(event["keys"])

    def advance(self, now: datetime | None) -> Advance:
        """Move the world on, durably.

        Raises:
            ValueError: `now` is not after the world's present moment.
        """
        step = self.world.advance(now)
        self._keep({"kind": "advance", "now": whole(step.until)}, durable=True)
        return step

    def change_field(self, change: dict[str, str]) -> None:
        """Change a custom field of MOCO, durably.

        Raises:
            ValueError: there is no such action, entity or field.
        """
        try:
            change_field(self.world.moco, **change)
        except TypeError:
            raise ValueError("a custom field has action, entity, name and value") from None
        self._keep({"kind": "field", "change": change}, durable=True)

    def change_options(self, values: Record) -> None:
        """Set some options for the requests to come.

        Raises:
            ValueError: an option is unknown or its value not possible; none is set then.
        """
        self.options = self.options.changed(values)

    def forget_leads(self) -> None:
        """Drop the leads, durably."""
        self.leads.forget()
        self._keep({"kind": "forget"}, durable=True)

    def serve(self, api: str, served: Iterable[tuple[str, list[str]]]) -> None:
        """Remember which records have gone out."""
        for stream, keys in served:
            known = self.served[api].setdefault(stream, set())
            fresh = sorted(set(keys) - known)
            if fresh:
                known.update(fresh)
                self._keep({"kind": "served", "api": api, "stream": stream, "keys": fresh})

    def reset(self) -> None:
        """Forget counters, the request log and what the limiters counted."""
        self.log.clear()
        self.counts = {name: Counter() for name in REAL}
        for limiter in self.limiters.values():
            limiter.clear()

    def close(self) -> None:
        """Close the store."""
        if self.store:
            self.store.close()


def _restore_world(events: list[Record]) -> World | None:
    """The world that a store begins with, as it was made; None if the store is new."""
    if not events:
        return None
    first = events[0]
    if first["kind"] != "world":
        raise StoreError("--store: the file does not begin with a world")
    return World(first["seed"], first["scale"], parse_moment(first["now"]),
                 first["invalid_leads"], real_time=first["real_time"])  # fmt: skip
