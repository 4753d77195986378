"""What is sent, and what is refused before it is sent."""

from __future__ import annotations

import typing as t

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox


def test_only_lead_fields_are_sent_and_all_of_them_as_text(
    work: Workplace, box: RunningSandbox
) -> None:
    given = lead(1, project_total_budget=18000, turnover=1200.50, post_code=49000, siret=" 1 ")
    extra = {"tags": ["a"], "owner": {"id": 4}, "_sdc_batched_at": "2026-01-01T00:00:00Z"}
    assert work.run([SCHEMA, record(given | extra)]).code == 0
    [received] = box.control("GET", "/leads")
    expected = {name: value for name, value in given.items() if name != "id"}
    texts = {"project_total_budget": "18000", "turnover": "1200.5", "post_code": "49000"}
    assert received["body"] == expected | texts | {"siret": "1"}


def test_decimals_are_sent_as_they_were_written(work: Workplace, box: RunningSandbox) -> None:
    written = '{"type":"RECORD","stream":"leads","record":%s}'
    body = (
        str(lead(1)).replace("'", '"')[:-1] + ', "turnover": 1200.50, "project_loan_budget": 1e3}'
    )
    assert work.run([SCHEMA, written % body]).code == 0
    [received] = box.control("GET", "/leads")
    assert received["body"]["turnover"] == "1200.50"
    assert received["body"]["project_loan_budget"] == "1000"


def test_dates_are_sent_as_they_were_written(work: Workplace, box: RunningSandbox) -> None:
    schema = {
        **SCHEMA,
        "schema": {
            "type": "object",
            "properties": {"birthdate": {"type": "string", "format": "date-time"}},
        },
    }
    records = [lead(1, birthdate="1980-05-17T00:00:00Z"), lead(2, birthdate="17 mai 1980")]
    assert work.run([schema, *map(record, records)]).code == 0
    received = box.control("GET", "/leads")
    assert sorted(entry["body"]["birthdate"] for entry in received) == [
        "17 mai 1980",
        "1980-05-17T00:00:00Z",
    ]


def test_one_message_names_all_wrong_fields_and_no_value(
    work: Workplace, posts: Callable[[], int]
) -> None:
    wrong = lead(
        1,
        phone=None,
        firstname=" ",
        collect_type="secret-gift",
        category="secret-cheese",
        city={"name": "secret-city"},
        turnover=True,
        email="secret-address",
    )
    result = work.run([SCHEMA, record(wrong)])
    assert result.code == 3
    assert posts() == 0
    [line] = [line for line in result.err.splitlines() if "Lead 1 was rejected" in line]
    for phrase in (
        "phone is missing or empty",
        "firstname is missing or empty",
        "collect_type must be one of: donation, lending",
        "category must be one of: apiculture",
        "city must be text, not an object",
        "turnover must be text, not a boolean",
        "email is not an e-mail address",
    ):
        assert phrase in line
    assert "secret" not in result.err
    assert "secret" not in work.journal("export").out


def test_the_older_variant_has_its_own_path_and_fields(
    work: Workplace, box: RunningSandbox
) -> None:
    given = lead(1, partner_id=3, custom_fields="{}", publication_timeframe="soon", campaign_id="7")
    result = work.run([SCHEMA, record(given)], api_variant="older")
    assert result.code == 0, result.err
    [received] = box.control("GET", "/leads")
    assert received["path"] == "/api/leads"
    assert received["body"]["partner_id"] == "3"
    assert received["body"]["publication_timeframe"] == "soon"
    assert "campaign_id" not in received["body"]


def test_the_authorization_header_has_a_configurable_form(
    work: Workplace, box: RunningSandbox
) -> None:
    before = box.control("GET", "/options")
    box.control("PUT", "/options", {**before, "miimosa_authorization": "token"})
    try:
        assert work.run([SCHEMA, record(lead(1))]).code == 5
        form = "Token token={api_key}"
        assert work.run([SCHEMA, record(lead(1))], authorization_format=form).code == 0
    finally:
        box.control("PUT", "/options", before)


def test_defaults_fill_what_is_absent_null_or_empty(work: Workplace, box: RunningSandbox) -> None:
    fields = {"lead_source": "partner-site", "phone": "0600000009", "city": "Tours"}
    records = [record(lead(1, phone=None)), record({**lead(2), "phone": None, "city": ""})]
    assert work.run([SCHEMA, *records], defaults=fields).code == 0
    for received in box.control("GET", "/leads"):
        assert fields.items() <= received["body"].items()
