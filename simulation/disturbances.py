"""Signals at random moments of a run: what ends a process, and what only holds it up.

Moments are told by what the run has done, never by the clock: a slow machine meets the same ones.
"""

from __future__ import annotations

import os
import signal
import time
import typing as t
from dataclasses import dataclass

from simulation.processes import has_ended

if t.TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from simulation.plugins import Running

KINDS: dict[str, tuple[signal.Signals, ...]] = {
    "SIGKILL": (signal.SIGKILL,),
    "SIGTERM": (signal.SIGTERM,),
    "SIGINT": (signal.SIGINT,),
    "SIGHUP": (signal.SIGHUP,),
    "SIGSTOP, SIGCONT": (signal.SIGSTOP, signal.SIGCONT),
    "SIGSTOP, SIGKILL": (signal.SIGSTOP, signal.SIGKILL),
}
# As often as the others together: nothing can be done about it by whom it meets.
WEIGHTS = (4, 1, 1, 1, 1, 1)
PARTS = (("tap",), ("loader",), ("tap", "loader"))
LOOK = 0.005


@dataclass(frozen=True)
class Disturbance:
    """Signals to one process of a run, or to both.

    Attributes:
        kind: Which signals, in their order.
        parts: Which processes.
        requests: After how many requests of the run they come; None: once the tap has ended.
        pause: So many seconds later, and between two signals.
    """

    kind: str
    parts: tuple[str, ...]
    requests: int | None
    pause: float

    def __str__(self) -> str:
        """Return what is done, and when."""
        when = "after the tap" if self.requests is None else f"after {self.requests} requests"
        return f"{self.kind} to {' and '.join(self.parts)} {when} and {self.pause:.3f} s"

    @property
    def ends(self) -> bool:
        """Whether it ends what it meets, even where that says that all is well.

        target-postgres ends with 0 after SIGTERM, and what was in the pipe is not loaded.
        """
        return KINDS[self.kind][-1] != signal.SIGCONT

    def meet(self, running: Running, count: Callable[[], int]) -> bool:
        """Wait for the moment, and send the signals; tell whether a process was there to get them.

        Args:
            running: The run.
            count: Tells how many requests it has made.
        """
        if self.requests is None:
            while not has_ended(running.tap):
                time.sleep(LOOK)
        else:
            while not running.over and count() < self.requests:
                time.sleep(LOOK)
        time.sleep(self.pause)
        pids = [getattr(running, part) for part in self.parts]
        met = [pid for pid in pids if not has_ended(pid)]
        first, *later = KINDS[self.kind]
        for pid in met:
            os.kill(pid, first)
        for number in later:
            time.sleep(self.pause)
            for pid in met:
                os.kill(pid, number)
        return bool(met)


def draw(chance: random.Random, requests: int) -> Disturbance:
    """Draw a disturbance.

    Args:
        chance: Where it comes from.
        requests: How many an undisturbed run makes.
    """
    (kind,) = chance.choices(list(KINDS), WEIGHTS)
    parts = chance.choice(PARTS)
    moment: int | None = chance.randint(0, requests)
    if "tap" not in parts and chance.random() < 0.5:  # noqa: PLR2004 - while it writes tables
        moment = None
    return Disturbance(kind, parts, moment, chance.uniform(0, 0.15))
