"""Which streams are read: those that a tap selects by default, or those of money and hours."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from singer_sdk import Tap

CORE: dict[str, frozenset[str]] = {
    "moco": frozenset({
        "activities", "contacts", "deals", "invoice_payments", "invoices", "offers", "projects",
        "project_expenses", "report_finance", "report_utilization", "user_roles",
    }),
    "ulule": frozenset({
        "partner_projects", "project_comments", "project_news", "project_orders",
        "project_rewards", "project_supporters", "projects",
    }),
    "miimosa": frozenset({"pledges", "projects", "wallets"}),
    "micropledge": frozenset({"pledges", "projects"}),
}  # fmt: skip


def select(tap_class: type[Tap], streams: frozenset[str] | None) -> dict[str, t.Any]:
    """Return a tap's catalog.

    Args:
        tap_class: The tap.
        streams: What to select; None for what the tap selects by default.
    """
    tap = tap_class(config={}, validate_config=False, setup_mapper=False)
    found: dict[str, t.Any] = tap.catalog_dict
    for entry in found["streams"] if streams is not None else ():
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = entry["tap_stream_id"] in (streams or ())
    return found
