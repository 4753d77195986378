"""Projects, what belongs to them, and their plans."""

from __future__ import annotations

import typing as t

from tap_moco.client import MocoStream
from tap_moco.kinds import ChildStream, FullStream


class Projects(MocoStream):
    """Projects with their tasks and contracts in short form, archived ones included."""

    name = "projects"
    path = "/projects"
    area = "projects"
    flags = ("include_archived",)
    entity = ("Project",)
    child_parameters: t.ClassVar[dict[str, str]] = {"project_id": "id"}


class ProjectTasks(ChildStream):
    """Tasks in full; the short form comes with the projects."""

    name = "project_tasks"
    path = "/projects/{project_id}/tasks"
    area = "projects"
    parent_stream_type = Projects
    context_fields = ("project_id",)
    selected_by_default = False


class ProjectContracts(ChildStream):
    """Staff of projects in full; the short form comes with the projects."""

    name = "project_contracts"
    path = "/projects/{project_id}/contracts"
    area = "projects"
    parent_stream_type = Projects
    context_fields = ("project_id",)
    selected_by_default = False


class ProjectReports(ChildStream):
    """Budget, hours and costs of each project as of now."""

    name = "project_reports"
    path = "/projects/{project_id}/report"
    area = "projects"
    parent_stream_type = Projects
    primary_keys = ("project_id",)
    replication_key = None
    context_fields = ("project_id",)
    single = True
    every_run = True
    selected_by_default = False


class AssignedProjects(FullStream):
    """Projects that the key's own user is assigned to."""

    name = "assigned_projects"
    path = "/projects/assigned"
    area = "time_tracking"


class ProjectGroups(MocoStream):
    """Groups of projects."""

    name = "project_groups"
    path = "/projects/groups"
    area = "projects"
    entity = ("ProjectGroup",)


class ProjectExpenses(MocoStream):
    """Expenses of all projects, in one list."""

    name = "project_expenses"
    path = "/projects/expenses"
    area = "projects"
    entity = ("Expense",)


class ProjectPaymentSchedules(MocoStream):
    """Payment schedules of all projects, in one list."""

    name = "project_payment_schedules"
    path = "/projects/payment_schedules"
    area = "projects"


class RecurringExpenses(MocoStream):
    """Recurring expenses of all projects, in one list."""

    name = "recurring_expenses"
    path = "/recurring_expenses"
    area = "projects"
    entity = ("RecurringExpense",)


class PlanningEntries(MocoStream):
    """Who is planned for what, and when."""

    name = "planning_entries"
    path = "/planning_entries"
    area = "calendar"


class Todos(FullStream):
    """Things to do."""

    name = "todos"
    path = "/todos"
    area = "projects"
    beta = True


STREAMS = (
    Projects,
    ProjectTasks,
    ProjectContracts,
    ProjectReports,
    AssignedProjects,
    ProjectGroups,
    ProjectExpenses,
    ProjectPaymentSchedules,
    RecurringExpenses,
    PlanningEntries,
    Todos,
)
