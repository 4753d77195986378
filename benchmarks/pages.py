"""What a work sets of the server, and the pages of its plain lists."""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass

from benchmarks.peers.shape import FIRST_ID, PAGE_SIZE, contact, encode, moment, shuffled

if t.TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Options:
    """What a work sets.

    Attributes:
        total: Records of each list.
        rising: Whether contacts are sorted by their timestamp.
        changed: Whether every hundredth record of MOCO has changed since it was read.
        parents: How many there are.
        children: How many each of them has.
        latency_ms: Time until the answer, in milliseconds.
        jitter_ms: At most so much more.
        requests: The limit: so many of them ...
        seconds: ... in so many seconds; none if 0.
    """

    total: int = 1000
    rising: bool = False
    changed: bool = False
    parents: int = 200
    children: int = 2
    latency_ms: float = 0
    jitter_ms: float = 0
    requests: int = 0
    seconds: float = 0


class KnownPages:
    """Keeps the latest pages, so that the next program gets them for nothing."""

    # About 100 MB.
    most = 1000

    def __init__(self) -> None:
        """Know none."""
        self._pages: collections.OrderedDict[tuple[object, ...], bytes] = collections.OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """Return a page, made if it is not known."""
        if key not in self._pages:
            self._pages[key] = make()
            if len(self._pages) > self.most:
                self._pages.popitem(last=False)
        return self._pages[key]


class Pages:
    """Bodies of pages, their constant parts encoded once."""

    def __init__(self) -> None:
        """Encode the record with places for what differs."""
        marked = contact(0) | {"id": "@id@", "updated_at": "@at@"}
        text = encode(marked).replace(b"%", b"%%")
        self._record = text.replace(b'"@id@"', b"%d").replace(b"@at@", b"%s")
        self._known = KnownPages()

    def records(self, page: int, options: Options) -> bytes:
        """A page of contacts."""
        key = (page, options.total, options.rising)
        return self._known.get(key, lambda: self._records(page, options))

    def _records(self, page: int, options: Options) -> bytes:
        start = (page - 1) * PAGE_SIZE
        numbers = range(start, min(start + PAGE_SIZE, options.total))
        at = (lambda number: number * 60) if options.rising else shuffled
        rows = [
            self._record % (FIRST_ID + number, moment(at(number)).encode()) for number in numbers
        ]
        return b"[" + b",".join(rows) + b"]"

    @staticmethod
    def parents(page: int, options: Options) -> bytes:
        """A page of parents."""
        start = (page - 1) * PAGE_SIZE
        numbers = range(start, min(start + PAGE_SIZE, options.parents))
        return encode(
            [
                {
                    "id": FIRST_ID + number,
                    "name": f"parent {number}",
                    "children_count": options.children,
                    "updated_at": moment(number * 60),
                }
                for number in numbers
            ]
        )

    @staticmethod
    def children(parent: int, options: Options) -> bytes:
        """The children of one parent."""
        first = (parent - FIRST_ID) * options.children
        return encode(
            [
                {
                    "id": FIRST_ID + first + number,
                    "parent_id": parent,
                    "name": f"child {number}",
                    "updated_at": moment((first + number) * 60),
                }
                for number in range(options.children)
            ]
        )
