"""What a project shows of all that people did there: its counters and its events."""

from __future__ import annotations

import typing as t

from sandbox.world.clock import fractional, nanos

if t.TYPE_CHECKING:
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule


def count(ulule: Ulule, project: Record) -> Record:
    """Everything about a project that follows from what people did, and from the time."""
    ident = project["id"]
    orders = ulule.valid_orders(ident)
    raised = sum(row["cents"] for row in orders) // 100
    products = sum(row["quantity"] for row in orders)
    presale = project["type"] == "presale"
    committed = ulule.committed(project)
    goal = project["goal"]
    return {
        "amount_raised": raised,
        "comments_count": len(ulule.comments[ident]),
        "committed": committed,
        "finished": project["is_online"] and project["_end"] <= ulule.scenario.now,
        "goal_raised": committed >= goal,
        "nb_products_sold": products if presale else len(orders),
        "news_count": sum(row["status"] == "online" for row in ulule.news[ident]),
        "percent": committed * 100 // goal,
        "supporters_count": len(ulule.supporters(ident)),
        "orders_count": len(orders),
        "analytics_count": len(ulule.extras.rows["project_analytics_tags"][str(ident)]),
        "sponsorships_count": len(ulule.extras.rows["project_sponsorships"][str(ident)]),
    }


def list_events(ulule: Ulule, project: Record) -> list[Record]:
    """What happened to a project, newest first."""
    if not project["is_online"]:
        return []
    start = nanos(project["_start"])
    found: list[Record] = [{"type": "project_start", "_at": start, "data": None}]
    orders = ulule.valid_orders(project["id"])
    if orders:
        first = min(orders, key=lambda row: int(row["at"]))
        data = {"user_id": first["user_id"]}
        found.append({"type": "first_order", "_at": first["at"], "data": data})
    found += [
        {"type": "news", "_at": row["at"], "data": {"news_id": row["id"]}}
        for row in ulule.news[project["id"]]
        if row["at"]
    ]
    if project["_end"] <= ulule.scenario.now:
        found.append({"type": "project_end", "_at": nanos(project["_end"]), "data": None})
    for row in found:
        row["time"] = fractional(row["_at"])
    return sorted(found, key=lambda row: -int(row["_at"]))
