"""Where orders are that have left a list.

A list of orders, of a project as of a user, holds the valid ones only unless a status is asked for.
One that is cancelled or refunded leaves it, and is found in the list of its new status.
"""

from __future__ import annotations

import typing as t

from tap_ulule.payout import has_ended

if t.TYPE_CHECKING:
    from tap_ulule._kit.records import Record

# What becomes of an order that is not valid any more, the most likely first; and should the API
# count fewer as valid than it seems to, the others.
LEFT = (
    "cancelled", "payment-refunded", "payment-invalid", "payment-reimbursed", "aborted", "error",
    "awaiting-confirmation", "selecting-payment", "shipped", "payment-done", "payment-completed",
)  # fmt: skip
# The campaign has failed; the payment provider lacks something.
AFTER_THE_END = ("payment-reimbursed", "payment-invalid", "payment-refunded")


def queries_for_left_orders(project: Record) -> list[dict[str, t.Any]]:
    """Ask for one status after the other, the most likely one first.

    Args:
        project: The project whose orders they are; empty where they are of several.
    """
    first = AFTER_THE_END if has_ended(project) else ()
    return [{"status": status} for status in dict.fromkeys((*first, *LEFT))]
