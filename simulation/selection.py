"""Which streams are read: those that a tap selects by default, or those of money and hours."""

from __future__ import annotations

import functools
import json
import signal
import typing as t

from simulation.processes import ENDING

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


@functools.cache
def select(tap_class: type[Tap], streams: frozenset[str]) -> str:
    """Return a tap's catalog as JSON, with these streams and no other: a tap reads all of it.

    Args:
        tap_class: The tap.
        streams: What to select.
    """
    handlers = {number: signal.getsignal(number) for number in ENDING}
    tap = tap_class(config={}, validate_config=False, setup_mapper=False)
    # A plugin takes the process that it is made in for its own.
    for number, handler in handlers.items():
        signal.signal(number, handler)
    found = [entry for entry in tap.catalog_dict["streams"] if entry["tap_stream_id"] in streams]
    for entry in found:
        for each in entry["metadata"]:
            if not each["breadcrumb"]:
                each["metadata"]["selected"] = True
    return json.dumps({"streams": found})
