"""Python's garbage collector, in a run of millions of records."""

from __future__ import annotations

import gc
import typing as t
from contextlib import contextmanager

if t.TYPE_CHECKING:
    from collections.abc import Iterator

# A page of 100 records makes a thousand objects; by default the collector looks at 700.
THRESHOLD = 20_000


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the collector look for cycles less often, and never among what is there by now.

    Records contain no cycles: they end with their last reference. The collector would look through
    each of them all the same, and through every imported module again and again.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(THRESHOLD, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def skip_final_collection() -> None:
    """Let the collector look at nothing any more: called where the process is about to end.

    Python's end goes twice through all objects of all modules, to find cycles in memory that the
    operating system takes back anyway: an eighth of the CPU time of a start.
    """
    gc.freeze()
