"""What is read year by year, for each of the ``report_years``."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco._kit.paging.paginators import LinkPaginator
from tap_moco._kit.paging.urls import with_query
from tap_moco.client import PAGE_SIZE, MocoStream

if t.TYPE_CHECKING:
    from datetime import datetime

    import requests

    from tap_moco._kit.records import Context, Record


class ReportStream(MocoStream):
    """A report: one list for each of the ``report_years``."""

    replication_key = None
    counted = False

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

    @override
    def config_contexts(self) -> list[dict[str, t.Any]]:
        return [{"from": f"{year}-01-01", "to": f"{year}-12-31"} for year in self.tap.report_years]

    @override
    def query_parameters(self, context: Context, since: datetime | None) -> dict[str, t.Any]:
        return {"per_page": PAGE_SIZE, **context}


class YearPaginator(LinkPaginator):
    """Goes through the ``report_years`` as if they were pages."""

    def __init__(self, years: list[int]) -> None:
        """Begin with the first of the ``years``."""
        super().__init__()
        self._years = years[1:]

    @override
    def get_next(self, response: requests.Response) -> str | None:
        return with_query(response.url, year=self._years.pop(0)) if self._years else None


def with_year(reports: list[Record]) -> list[Record]:
    """Return performance reports with the year that they are about."""
    return [{**row, "year": (row.get("annually") or {}).get("year")} for row in reports]
