"""Hours worked, presences and absences."""

from __future__ import annotations

import functools
import typing as t

from tap_moco._kit.compat import override
from tap_moco._kit.errors import DeniedError
from tap_moco.client import MocoStream

if t.TYPE_CHECKING:
    from tap_moco._kit.reading.spec import ReadOutcome
    from tap_moco._kit.records import Context, Record


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
    """Presences; from and to are local times. A personal key is shown those of its own user only.

    No answer says so: a list that looks whole would be taken for everybody's.
    """

    name = "user_presences"
    path = "/users/presences"
    area = "time_tracking"

    @functools.cached_property
    def _people(self) -> set[t.Any]:
        """Ids of the users whose presences came."""
        return set()

    @override
    def process_page(self, rows: list[Record], context: Context) -> list[Record]:
        self._people.update((row.get("user") or {}).get("id") for row in rows)
        return super().process_page(rows, context)

    @override
    def after_reading(self, outcome: ReadOutcome) -> None:
        """Say when the list shows one of several users; changes alone would not tell."""
        if len(self._people) == 1 and self.starts_over():
            others = self._describe_others()
            if others:
                self.logger.warning(
                    "'%s' shows presences of one user only, %s: a personal key is not shown those "
                    "of others.",
                    self.name, others,
                )  # fmt: skip
        super().after_reading(outcome)

    def _describe_others(self) -> str:
        """Return what is known of the account's other users; empty if there are none."""
        users = t.cast("MocoStream", self.tap.streams["users"])
        try:
            total = users.total()
        except DeniedError as error:
            return f"and how many there are may not be asked (/users: {error.status})"
        if total is None:
            return "although there are several"
        return f"although there are {total}" if total > 1 else ""


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
