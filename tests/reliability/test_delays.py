"""What is late as documented is told from what is wrong, and for how long it may be late."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone

import pytest

from demo.comparison import Table, compare
from demo.scope import World
from sandbox.world.ulule import AGENCY
from simulation.delays import Delays

if t.TYPE_CHECKING:
    from demo.comparison import Difference
    from demo.scope import Row

TABLE = Table("ulule", "project_orders", ["id"], {"id": "bigint", "status": "text"})
START = datetime(2026, 3, 1, tzinfo=timezone.utc)


def make_order(ident: int, amount: str = "25.00", quantity: int = 1) -> Row:
    items = [{"quantity": quantity}]
    return {"id": ident, "project_id": 7, "status": "payment-done",
            "order_subtotal": amount, "items": items}  # fmt: skip


def compare_orders(held: list[Row], real: list[Row]) -> Difference:
    """Compare a table of orders with those that a world has."""
    rows = {
        "GET world/ulule/project_orders": real,
        "GET world/ulule/partner_projects": [{"id": 7, "partner_slug": AGENCY}],
    }
    world = World(lambda method, path: {"records": rows[f"{method} {path}"]}, searched=False)
    return compare(TABLE, held, world)


def test_an_order_in_the_place_of_another_of_its_amount_is_late() -> None:
    found = compare_orders([make_order(1), make_order(2)], [make_order(2), make_order(3)])

    assert not found
    assert found.late == [("", "1"), ("", "3")]


@pytest.mark.parametrize(
    "real",
    [
        [make_order(2)],
        [make_order(2), make_order(3, "26.00")],
        [make_order(2), make_order(3, quantity=2)],
    ],
    ids=["none", "another amount", "more products"],
)
def test_an_order_whose_end_moves_a_counter_is_wrong(real: list[Row]) -> None:
    assert compare_orders([make_order(1), make_order(2)], real)


def test_what_is_late_for_longer_than_refresh_days_is_overdue() -> None:
    late = compare_orders([make_order(1)], [make_order(3)])
    right = compare_orders([make_order(3)], [make_order(3)])
    delays = Delays()

    delays.note([late], START)
    delays.note([late], START + timedelta(days=7))
    within = list(delays.overdue)
    delays.note([late], START + timedelta(days=7, hours=1))
    beyond = list(delays.overdue)
    delays.note([right], START + timedelta(days=8))

    assert within == []
    assert beyond == ["project_orders  1", "project_orders  3"]
    assert delays.overdue == []
    assert (delays.met, delays.longest) == (2, timedelta(days=7, hours=1))
