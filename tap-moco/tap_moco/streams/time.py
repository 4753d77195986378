"""Hours worked, presences and absences."""

from __future__ import annotations

from tap_moco.client import MocoStream


class Activities(MocoStream):
    """Hours worked; the biggest stream by far."""

    name = "activities"
    path = "/activities"
    area = "time_tracking"


class Schedules(MocoStream):
    """Absences, day by day."""

    name = "schedules"
    path = "/schedules"
    area = "calendar"


class UserPresences(MocoStream):
    """Presences; from and to are local times."""

    name = "user_presences"
    path = "/users/presences"
    area = "time_tracking"


class UserAbsenceRequests(MocoStream):
    """Requests for absences."""

    name = "user_absence_requests"
    path = "/users/absence_requests"
    area = "people"
    entity = ("UserAbsenceRequest", "AbsenceRequest")
    beta = True


class UserHolidays(MocoStream):
    """Entitlements to holidays, per user and year."""

    name = "user_holidays"
    path = "/users/holidays"
    area = "people"


class UserWorkTimeAdjustments(MocoStream):
    """Corrections of working time."""

    name = "user_work_time_adjustments"
    path = "/users/work_time_adjustments"
    area = "people"


STREAMS = (
    Activities,
    Schedules,
    UserPresences,
    UserAbsenceRequests,
    UserHolidays,
    UserWorkTimeAdjustments,
)
