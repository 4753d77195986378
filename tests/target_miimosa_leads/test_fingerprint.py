"""What counts as the same lead with the same content."""

from __future__ import annotations

import typing as t

import pytest

from tests.target_miimosa_leads.support import SCHEMA, Workplace, as_text, lead, record

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox


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
    work: Workplace, posts: Callable[[], int], same: dict[str, t.Any]
) -> None:
    assert work.run([SCHEMA, record(lead(1))]).code == 0
    result = work.run([SCHEMA, record(same)])
    assert result.code == 0, result.err
    assert result.summary["skipped"] == 1
    assert posts() == 1


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ({"email": "p1@example.org"}, {"email": "P1@Example.ORG"}),
        ({"email": "p1@example.org"}, {"email": "p1@example.org\u200b"}),
        ({"email": "p1@example.org"}, {"email": "\ufeffp1@exam\u00adple.org\u00a0"}),
        ({"lastname": "Le Gall"}, {"lastname": "Le\u00a0Gall"}),
        ({"lastname": "Legall"}, {"lastname": "Le\u200bgall\u2060"}),
        ({"project_total_budget": 5000}, {"project_total_budget": 5000.0}),
        ({"project_total_budget": 12.5}, {"project_total_budget": "12.50"}),
        ({"project_total_budget": "5000.00"}, {"project_total_budget": 5000}),
        ({"phone": 33639980001.0}, {"phone": "33639980001"}),
    ],
)
@pytest.mark.parametrize("key", [["id"], ["email"]])
def test_identity_and_content_do_not_hang_on_spelling(
    work: Workplace,
    posts: Callable[[], int],
    key: list[str],
    first: dict[str, t.Any],
    again: dict[str, t.Any],
) -> None:
    result = work.run([SCHEMA, record(lead(1, **first)), record(lead(1, **again))], lead_key=key)
    assert result.code == 0, result.err
    assert result.summary["skipped"] == 1
    assert posts() == 1


def test_a_number_is_one_key_however_it_is_written(
    work: Workplace, posts: Callable[[], int]
) -> None:
    text = as_text([record(lead(12, email="a@example.org"))]).strip()
    others = [text.replace('"id": 12', f'"id": {each}') for each in ("12.0", "1.2E1", '"12"')]
    result = work.run([SCHEMA, text, *others])
    assert result.code == 0, result.err
    assert posts() == 1


def test_what_is_sent_has_no_fraction_of_zero_and_no_invisible_end(
    work: Workplace, box: RunningSandbox
) -> None:
    fields = {
        "email": "a@example.org\u200b",
        "phone": 33639980001.0,
        "project_total_budget": 5e3,
        "turnover": -0.0,
        "project_loan_budget": 1250.50,
    }
    assert work.run([SCHEMA, record(lead(1, **fields))]).code == 0
    [arrived] = box.control("GET", "/leads")
    sent = {name: arrived["body"][name] for name in fields}
    assert sent == {
        "email": "a@example.org",
        "phone": "33639980001",
        "project_total_budget": "5000",
        "turnover": "0",
        "project_loan_budget": "1250.5",
    }


def test_a_number_too_large_to_be_written_out_is_no_failure(work: Workplace) -> None:
    text = as_text([record(lead(1, turnover=12345))]).replace("12345", "1e999999999")
    assert work.run([SCHEMA, text.strip()]).code == 0


def test_texts_that_are_not_addresses_keep_their_case(work: Workplace) -> None:
    result = work.run([SCHEMA, record(lead(1)), record(lead(1, lastname="MORVAN 1"))])
    assert result.code == 3
    assert "its content changed" in result.err


def test_unicode_forms_of_the_same_name_are_the_same(
    work: Workplace, posts: Callable[[], int]
) -> None:
    assert work.run([SCHEMA, record(lead(1, lastname="Gu\u00e9rin"))]).code == 0
    assert work.run([SCHEMA, record(lead(1, lastname="Gue\u0301rin"))]).code == 0
    assert posts() == 1
