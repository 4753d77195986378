"""What counts as the same lead with the same content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(lead(1).items())),
        lead(1, firstname="  Lise "),
        lead(1, project_description="Replant an  orchard\nof old apple\tvarieties "),
        lead(1, project_total_budget=18000),
        {**lead(1), "city": None, "turnover": ""},
        lead(1, tags=["new"], updated_at="2026-01-01", _sdc_sequence=4),
        lead(1, id="1"),
    ],
    ids=["key order", "outer space", "inner space", "number", "null", "other fields", "key text"],
)
def test_another_spelling_of_the_same_lead_is_skipped(
    work: Workplace, posts: Callable[[], int], same: dict[str, Any]
) -> None:
    assert work.run([SCHEMA, record(lead(1))]).code == 0
    result = work.run([SCHEMA, record(same)])
    assert result.code == 0, result.err
    assert result.summary["skipped"] == 1
    assert posts() == 1


def test_unicode_forms_of_the_same_name_are_the_same(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run([SCHEMA, record(lead(1, lastname="Gu\u00e9rin"))]).code == 0
    assert work.run([SCHEMA, record(lead(1, lastname="Gue\u0301rin"))]).code == 0
    assert posts() == 1
