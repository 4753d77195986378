"""One sandbox: its world, its four APIs, what it has been asked and what it has kept."""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime, timezone
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.wire import Api, Record
    from sandbox.world import Advance

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
        self.world = world
        self.options = Options()
        self.faults = Faults()
        self.limiters = {
            name: Limiter(windows if limits == "real" else ()) for name, windows in REAL.items()
        }
        self.apis: tuple[Api, ...] = (
            MocoApi(self), UluleApi(self), MiimosaApi(self), MicroPledgeApi(self),
        )  # fmt: skip
        self.leads = Leads(lambda event: self._keep(event, durable=True))
        self.served: dict[str, dict[str, set[str]]] = {name: {} for name in REAL}
        self.log: deque[Record] = deque(maxlen=LOGGED)
        self.counts: dict[str, Counter[str]] = {}
        self.store = Store(store) if store else None
        self.reset()
        if self.store:
            try:
                self._restore(self.store.events)
            except StoreError:
                self.store.close()
                raise

    def clock(self) -> str:
        """The real time, with microseconds."""
        return datetime.now(timezone.utc).isoformat(timespec="microseconds")

    def _keep(self, event: Record, *, durable: bool = False) -> None:
        if self.store:
            self.store.append(event, durable=durable)

    def _restore(self, events: list[Record]) -> None:
        if not events:
            world = self.world
            self._keep({"kind": "world", "seed": world.seed, "scale": world.scale,
                        "now": whole(world.created), "real_time": world.real_time,
                        "invalid_leads": world.invalid_leads}, durable=True)  # fmt: skip
            return
        if events[0]["kind"] != "world":
            raise StoreError("--store: the file does not begin with a world")
        first = events[0]
        self.world = World(first["seed"], first["scale"], parse_moment(first["now"]),
                           first["invalid_leads"], real_time=first["real_time"])  # fmt: skip
        for event in events[1:]:
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
