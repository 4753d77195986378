"""What docs/cost.md says of accounts is what the taps do."""

from __future__ import annotations

from docs import cost


def test_the_page_is_up_to_date() -> None:
    page = cost.DOCUMENT.read_text(encoding="utf-8")
    rows = [cost.format_row(row) for row in cost.list_accounts(cost.measure(cost.SIZES[:1]))]
    assert [row for row in rows if row not in page] == [], "run `make cost`"
