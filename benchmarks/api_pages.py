"""The lists of MOCO and Ulule as their APIs page them.

MOCO's rise by ``updated_at`` and can be asked for what changed (``updated_after``). With the option
``changed`` every hundredth record has moved to the end, with a later timestamp.
Ulule's begin with the newest.
"""

from __future__ import annotations

import bisect
import typing as t
from urllib.parse import urlencode

from benchmarks.pages import KnownPages
from benchmarks.peers.lists import LISTS, PROJECT, ULULE, ApiList
from benchmarks.peers.shape import FIRST_ID, encode, moment
from benchmarks.records import RECORDS, campaign, person

if t.TYPE_CHECKING:
    from benchmarks.pages import Options

# Seconds between one timestamp and the next: a few records lie in the minute that is read again.
STEP = 20
EVERY = 100
ME = f"{ULULE}/me"
CAMPAIGN = f"{ULULE}/projects/{PROJECT}"
_BY_PATH = {each.path: each for each in LISTS.values()}


class ApiPages:
    """Answers requests for the lists."""

    def __init__(self) -> None:
        """Encode a record of each list with places for what differs."""
        self._records = {name: _template(name) for name in RECORDS}
        self._known = KnownPages()

    @staticmethod
    def has(path: str) -> bool:
        """Tell whether a path is of these APIs."""
        return path in _BY_PATH or path in {CAMPAIGN, ME}

    def answer(
        self, path: str, query: dict[str, str], host: str, options: Options
    ) -> tuple[bytes, str]:
        """Return body and headers of the answer to a request."""
        if path == ME:
            return encode(person()), ""
        if path == CAMPAIGN:
            return encode(campaign(PROJECT, options.total)), ""
        found = _BY_PATH[path]
        if found.envelope:
            return self._offset_page(found, query, options), ""
        return self._numbered_page(found, query, host, options)

    def _numbered_page(
        self, found: ApiList, query: dict[str, str], host: str, options: Options
    ) -> tuple[bytes, str]:
        first = _first_position(query.get("updated_after"), options)
        page = int(query.get("page") or 1)
        total = options.total - first
        headers = f"X-Page: {page}\r\nX-Per-Page: {found.size}\r\nX-Total: {total}\r\n"
        if page * found.size < total:
            link = f"http://{host}{found.path}?{urlencode(query | {'page': page + 1})}"
            headers += f'Link: <{link}>; rel="next"\r\n'
        start = first + (page - 1) * found.size
        places = [_place(position, options) for position in _span(start, found, options)]
        return self._rows(found, start, places, options), headers

    def _offset_page(self, found: ApiList, query: dict[str, str], options: Options) -> bytes:
        offset, limit = int(query.get("offset") or 0), int(query["limit"])
        following = offset + limit
        more = following < options.total
        meta = {
            "limit": limit,
            "offset": offset,
            "next": f"?limit={limit}&offset={following}" if more else None,
            "total_count": options.total,
        }
        numbers = [options.total - position for position in _span(offset, found, options)]
        rows = self._rows(found, offset, [(number, number) for number in numbers], options)
        return b'{"meta":%s,"%s":%s}' % (encode(meta), str(found.envelope).encode(), rows)

    def _rows(
        self, found: ApiList, start: int, places: list[tuple[int, int]], options: Options
    ) -> bytes:
        """Return records, given the number and the age of each."""

        def make() -> bytes:
            template = self._records[found.name]
            rows = [
                template % {b"id": b"%d" % (FIRST_ID + number), b"at": moment(age * STEP).encode()}
                for number, age in places
            ]
            return b"[" + b",".join(rows) + b"]"

        return self._known.get((found.name, start, options.total, options.changed), make)


def _template(name: str) -> bytes:
    marked = RECORDS[name](0, "@at@") | {"id": "@id@"}
    text = encode(marked).replace(b"%", b"%%")
    return text.replace(b'"@id@"', b"%(id)s").replace(b"@at@", b"%(at)s")


def _span(start: int, found: ApiList, options: Options) -> range:
    return range(start, min(start + found.size, options.total))


def _place(position: int, options: Options) -> tuple[int, int]:
    """Return the number of a record of MOCO, and how many steps after the first it changed."""
    if not options.changed:
        return position, position
    settled = options.total - _moved(options)
    if position < settled:
        number = position // (EVERY - 1) * EVERY + position % (EVERY - 1) + 1
        return number, number
    return (position - settled) * EVERY, options.total + position - settled


def _moved(options: Options) -> int:
    return -(-options.total // EVERY)


def _first_position(since: str | None, options: Options) -> int:
    """Return where the records begin that changed at an instant or later."""
    if not since:
        return 0
    return bisect.bisect_left(
        range(options.total),
        since,
        key=lambda position: moment(_place(position, options)[1] * STEP),
    )
