"""Reports of the account on the ``report_years``."""

from __future__ import annotations

import typing as t

from tap_moco._kit.compat import override
from tap_moco.yearly import OCCURRENCE, PeriodReportStream, ReportStream

if t.TYPE_CHECKING:
    from tap_moco._kit.records import Context, Record


class ReportAbsences(ReportStream):
    """Holidays and sick days, per user and year."""

    name = "report_absences"
    path = "/report/absences"
    area = "report"
    primary_keys = ("user_id", "year")
    context_fields = ("year",)

    @override
    def transform(self, record: Record, context: Context, parent: Record) -> Record:
        return {"user_id": (record.get("user") or {}).get("id"), **record}


class ReportCashflow(PeriodReportStream):
    """Money that comes and goes."""

    name = "report_cashflow"
    path = "/report/cashflow"
    area = "report"
    primary_keys = ("kind", "record_id", "date", OCCURRENCE)
    # A number depends on the pages before.
    resumable = False
    key_placeholders: t.ClassVar[dict[str, int]] = {"record_id": 0}


class ReportFinance(PeriodReportStream):
    """Revenue and costs."""

    name = "report_finance"
    path = "/report/finance"
    area = "report"
    primary_keys = ("kind", "record_id", "date", OCCURRENCE)
    # A number depends on the pages before.
    resumable = False
    key_placeholders: t.ClassVar[dict[str, int]] = {"record_id": 0}


class ReportPlannedVsTracked(PeriodReportStream):
    """Planned and tracked hours, per user and project."""

    name = "report_planned_vs_tracked"
    path = "/report/planned_vs_tracked"
    area = "report"
    primary_keys = ("user_id", "project_id", "from", "to", OCCURRENCE)
    # A number depends on the pages before.
    resumable = False
    key_placeholders: t.ClassVar[dict[str, int]] = {"user_id": 0, "project_id": 0}
    context_fields = ("from", "to")


class ReportUtilization(PeriodReportStream):
    """Billable hours, per user and day."""

    name = "report_utilization"
    path = "/report/utilization"
    area = "report"
    primary_keys = ("date", "user_id")


STREAMS = (
    ReportAbsences,
    ReportCashflow,
    ReportFinance,
    ReportPlannedVsTracked,
    ReportUtilization,
)
