"""What is read year by year, for each of the ``report_years``."""

from __future__ import annotations

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

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        """Number the rows that have the rest of their key in common."""
        if OCCURRENCE in self.primary_keys:
            names = [name for name in self.primary_keys if name != OCCURRENCE]
            numbers = self.reader.lists.numbers
            for row in rows:
                key = tuple(row.get(name) for name in names)
                row[OCCURRENCE] = numbers.number(key, checksum(row, self.volatile_fields))
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
