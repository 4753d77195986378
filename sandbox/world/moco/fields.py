"""Definitions of custom fields, and what somebody may do to them in the account's settings."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from sandbox.world.clock import parse_moment, whole

if t.TYPE_CHECKING:
    from sandbox.wire import Record
    from sandbox.world.moco.account import Moco

FIRST_ID = 8801
STREAM = "account_custom_properties"
TABLES = {
    "Company": "companies",
    "Contact": "contacts",
    "Deal": "deals",
    "Invoice": "invoices",
    "Offer": "offers",
    "Project": "projects",
    "User": "users",
    "Purchase": "purchases",
    "Expense": "project_expenses",
    "ProjectGroup": "project_groups",
    "RecurringExpense": "recurring_expenses",
    "PlannedPurchase": "planned_purchases",
    "Unit": "units",
    "UserAbsenceRequest": "user_absence_requests",
}
COMMON = (("Kostenstelle", "String"), ("Kanäle", "MultiSelect"), ("Abnahme nötig", "Boolean"))
EXAMPLES = {
    "Boolean": "1",
    "Date": "2026-06-30",
    "MultiSelect": ["Web", "Print"],
    "Link": "https://www.example.net/ziel",
}
CHOICES = {"Select", "MultiSelect"}


def define(ident: int, entity: str, name: str, kind: str, moment: str) -> Record:
    """A definition as the account lists it."""
    return {
        "id": ident,
        "name": name,
        "kind": kind,
        "entity": entity,
        "defaults": ["Web", "Print", "Marché"] if kind in CHOICES else [],
        "placeholder": "",
        "placeholder_alt": "",
        "print_on_invoice": False,
        "print_on_offer": False,
        "print_on_timesheet": False,
        "notification_enabled": False,
        "api_only": False,
        "name_alt": name,
        "updated_at": moment,
        "created_at": moment,
    }


def make_definitions(moco: Moco) -> dict[int, Record]:
    """Define every field that the new world's records use."""
    table: dict[int, Record] = {}
    moment = whole(moco.scenario.created - timedelta(days=700))
    for entity, stream in TABLES.items():
        wanted = dict(COMMON)
        for row in moco.tables[stream].values():
            for name in row.get("custom_properties") or {}:
                wanted.setdefault(name, "Textarea" if "description" in name else "String")
        for name, kind in wanted.items():
            ident = FIRST_ID + len(table)
            table[ident] = define(ident, entity, name, kind, moment)
    return table


def change_field(moco: Moco, action: str, entity: str, name: str, value: str = "") -> None:
    """Add, rename or remove a custom field of an entity.

    Args:
        moco: the account.
        action: `add`, `rename` or `remove`.
        entity: such as `Project`.
        name: the field's name.
        value: the kind of a field to add, or the new name.

    Raises:
        ValueError: there is no such action, entity or field.
    """
    if entity not in TABLES:
        raise ValueError(f"no such entity: {entity}")
    definitions = moco.tables[STREAM]
    rows = moco.tables[TABLES[entity]].values()
    if action == "add":
        ident = max(definitions, default=FIRST_ID) + 1
        moment = whole(moco.scenario.now)
        definitions[ident] = define(ident, entity, name, value or "String", moment)
        for row in rows:
            properties = row.get("custom_properties")
            if properties is not None and int(row["id"]) % 2:
                properties[name] = EXAMPLES.get(value, f"Wert {row['id']}")
                moco.touch(TABLES[entity], row, parse_moment(moment))
        return
    found = next(
        (d for d in definitions.values() if (d["entity"], d["name"]) == (entity, name)), None
    )
    if found is None or action not in {"rename", "remove"}:
        raise ValueError(f"cannot {action} {name} of {entity}")
    for row in rows:
        properties = row.get("custom_properties") or {}
        if name in properties:
            kept = properties.pop(name)
            if action == "rename":
                properties[value] = kept
    if action == "rename":
        found["name"] = value
        found["updated_at"] = whole(moco.scenario.now)
    else:
        del definitions[found["id"]]
