"""What is read year by year, for each of the ``report_years``."""

from __future__ import annotations

import collections
import functools
import typing as t
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

from tap_moco._kit.compat import override
from tap_moco._kit.fingerprints import checksum
from tap_moco._kit.paging.paginators import LinkPaginator
from tap_moco._kit.paging.urls import with_query
from tap_moco.client import PAGE_SIZE, MocoStream

if t.TYPE_CHECKING:
    from datetime import datetime

    import requests

    from tap_moco._kit.records import Context, Record


# The part of a key that numbers rows which are equal in the others.
OCCURRENCE = "_occurrence"


class RowNumbers:
    """Numbers the rows of a report that are equal in the rest of their key, as they come.

    Rows with equal contents on one page are different rows; on another page one has shifted there,
    and keeps its number.

    Args:
        keys: The primary key, ``OCCURRENCE`` included.
        volatile: Fields that differ at every read.
    """

    def __init__(self, keys: t.Sequence[str], volatile: frozenset[str]) -> None:
        """Start with no row."""
        self._names = [name for name in keys if name != OCCURRENCE]
        self._volatile = volatile
        self._numbers: dict[tuple[t.Any, ...], int] = {}
        self._known: collections.Counter[tuple[t.Any, ...]] = collections.Counter()

    def add(self, rows: list[Record]) -> None:
        """Number the rows of the next page."""
        equal: collections.Counter[tuple[t.Any, ...]] = collections.Counter()
        for row in rows:
            key = tuple(row.get(name) for name in self._names)
            content = (*key, checksum(row, self._volatile))
            equal[content] += 1
            place = (*content, equal[content])
            if place not in self._numbers:
                self._numbers[place] = self._known[key]
                self._known[key] += 1
            row[OCCURRENCE] = self._numbers[place]


class ReportStream(MocoStream):
    """A report: one list for each of the ``report_years``."""

    replication_key = None
    counted = False
    remembered = True

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"year": year} for year in self.tap.report_years]

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"per_page": PAGE_SIZE, **context}


class PeriodReportStream(MocoStream):
    """A report on a period: from the first to the last day of each of the ``report_years``."""

    replication_key = None
    counted = False
    remembered = True

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"from": f"{year}-01-01", "to": f"{year}-12-31"} for year in self.tap.report_years]

    @functools.cached_property
    def numbers(self) -> RowNumbers:
        """The numbers of rows that nothing else tells apart for certain."""
        return RowNumbers(self.primary_keys, self.volatile_fields)

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        if OCCURRENCE in self.primary_keys:
            self.numbers.add(rows)
        return super().process_page(rows, context)

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"per_page": PAGE_SIZE, **context}


class YearPaginator(LinkPaginator):
    """Goes through the ``report_years`` as if they were pages."""

    one_list = False

    def __init__(self, years: list[int]) -> None:
        """Begin with the first of the ``years``."""
        super().__init__()
        self._next_years = dict(pairwise(map(str, years)))

    @override
    def get_next(self, response: requests.Response) -> str | None:
        (year,) = parse_qs(urlsplit(response.url).query)["year"]
        following = self._next_years.get(year)
        return with_query(response.url, year=following) if following else None


def with_year(reports: list[Record]) -> list[Record]:
    """Return performance reports with the year that they are about."""
    return [{**row, "year": (row.get("annually") or {}).get("year")} for row in reports]
