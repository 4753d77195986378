"""Odd answers and odd states, through the command line."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.run import run_command
from tests.harness.sandbox import answer_with
from tests.tap_moco.support import config_for, select

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

NOON = '"updated_at": "2025-01-31T12:00:00Z"'
# What MOCO answers, by path.
ANSWERS = {
    "/deals": (
        f'[{{"id": 1, "name": "ok", {NOON}, "sales_region": "Nord"}},'
        f' {{"id": 2, "name": "Angebot \\ud83d", {NOON}}},'
        f' {{"id": 3, "name": "a\\u0000b", {NOON}}},'
        ' {"id": 4, "name": "odd", "updated_at": "0000-00-00 00:00:00"},'
        ' {"id": 5, "name": "far", "updated_at": "10000-01-01T00:00:00Z"}]'
    ),
    "/activities": f'[{{"id": 2, {NOON}, "seconds": 5400.0, "hours": "1,5"}}]',
    "/contacts/people": f'[{{"id": 2, {NOON}, "company": []}}]',
    "/projects": f'[{{"id": 2, {NOON}, "active": 1}}]',
    "/report/planned_vs_tracked": (
        '[{"user_id": 1, "project_id": 2, "planned_hours": 1.0},'
        ' {"user_id": 1, "project_id": null, "planned_hours": 5.0},'
        ' {"user_id": 1, "project_id": null, "planned_hours": 7.0}]'
    ),
    "/report/cashflow": (
        '[{"kind": "invoice_paid", "record_id": 7, "date": "2025-02-01",'
        '  "amount_in_account_currency": 100.0},'
        ' {"kind": "invoice_paid", "record_id": 7, "date": "2025-02-01",'
        '  "amount_in_account_currency": 250.0}]'
    ),
}
STREAMS = ("deals", "activities", "contacts", "projects", "report_planned_vs_tracked",
           "report_cashflow")  # fmt: skip


def test_odd_answers_come_put_right(box: RunningSandbox, tmp_path: Path) -> None:
    for path, body in ANSWERS.items():
        answer_with(box, "moco", f"^{path}$", body)
    config = config_for(box, report_years=[2025])

    run = run_command("tap_moco", tmp_path, config, catalog=select(*STREAMS))

    assert run.code == 0, run.log
    deals = {row["id"]: (row["name"], row["updated_at"]) for row in run.records["deals"]}
    noon = "2025-01-31T12:00:00Z"
    assert deals == {
        1: ("ok", noon), 2: ("Angebot \ufffd", noon), 3: ("ab", noon), 4: ("odd", None),
        5: ("far", None),
    }  # fmt: skip
    assert run.records["deals"][0]["_extra"] == {"sales_region": "Nord"}
    assert run.bookmark("deals")["replication_key_value"].startswith("2025-01-31T12:00:00")
    (activity,) = run.records["activities"]
    assert (activity["seconds"], type(activity["seconds"]), activity["hours"]) == (5400, int, 1.5)
    assert [row["company"] for row in run.records["contacts"]] == [None]
    assert [row["active"] for row in run.records["projects"]] == [True]
    planned = run.records["report_planned_vs_tracked"]
    assert sorted(row["planned_hours"] for row in planned) == [1.0, 5.0, 7.0]
    cashflow = run.records["report_cashflow"]
    assert sorted(row["amount_in_account_currency"] for row in cashflow) == [100.0, 250.0]
    for stream in STREAMS:
        assert run.keyed(stream)
        for row in run.records[stream]:
            key = [row[name] for name in run.schemas[stream]["key_properties"]]
            assert None not in key
            assert "" not in key


PLACE = {"query": "4884c8315b6e11f1", "page": {"page": "2"}, "last": "c86b45f5015993bc"}


def define(box: RunningSandbox, ident: int, kind: str, value: str) -> None:
    """Let the account have one custom field of deals, and one deal a value of it."""
    box.control("DELETE", "/faults")
    field = {"id": ident, "name": "Frist", "kind": kind, "entity": "Deal"}
    answer_with(box, "moco", "^/account/custom_properties$", [field])
    deal = {"id": 1, "updated_at": "2026-01-31T12:00:00Z", "custom_properties": {"Frist": value}}
    answer_with(box, "moco", "^/deals$", [deal])


def test_a_custom_field_of_another_kind_gets_a_column_of_its_own(
    box: RunningSandbox, tmp_path: Path
) -> None:
    config, catalog = config_for(box, custom_properties="columns"), select("deals")
    define(box, 1, "Date", "2025-05-01")

    first = run_command("tap_moco", tmp_path, config, catalog=catalog)
    define(box, 2, "String", "bald")
    second = run_command("tap_moco", tmp_path, config, catalog=catalog, state=first.state)

    assert (first.code, second.code) == (0, 0), first.log + second.log
    assert first.records["deals"][0]["custom_frist"] == "2025-05-01"
    assert second.records["deals"][0]["custom_frist_2"] == "bald"
    assert "custom_frist" not in second.schemas["deals"]["schema"]["properties"]


def test_custom_fields_whose_names_fall_together_lose_no_value(
    box: RunningSandbox, tmp_path: Path
) -> None:
    names = {3: "Pruefer 8861", 5: "Prüfer", 8861: "Pruefer!"}
    fields = [
        {"id": ident, "name": name, "kind": "String", "entity": "Deal"}
        for ident, name in names.items()
    ]
    answer_with(box, "moco", "^/account/custom_properties$", fields)
    values = dict(zip(names.values(), "ABC", strict=True))
    answer_with(box, "moco", "^/deals$", [{"id": 1, "custom_properties": values}])
    config = config_for(box, custom_properties="columns")

    run = run_command("tap_moco", tmp_path, config, catalog=select("deals"))

    assert run.code == 0, run.log
    (deal,) = run.records["deals"]
    columns = {name: value for name, value in deal.items() if name.startswith("custom_pruefer")}
    assert sorted(columns.values()) == ["A", "B", "C"]


def bookmark(stream: str, value: object, key: str = "updated_at") -> dict[str, t.Any]:
    entry = {"replication_key": key, "replication_key_value": value}
    return {"bookmarks": {stream: entry}}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (bookmark("contacts", "yesterday"), "'contacts', 'replication_key_value' "),
        (bookmark("contacts", "2126-11-20T00:00:00Z"), "'contacts', 'replication_key_value' "),
        (bookmark("contacts", 12345), "'contacts', 'replication_key_value' "),
        (bookmark("contacts", "5", "id"), "'contacts', 'replication_key' "),
        ({"singer_state": bookmark("contacts", "2024-11-20T00:00:00Z")}, ""),
        (bookmark("deals", "0001-01-01T00:00:00Z"), ""),
        # As former versions wrote it: a fraction, and no list of its own.
        ({"bookmarks": {"deals": {"resume": {"at": 1795643878.4591465, "list": PLACE}}}}, ""),
    ],
)
def test_odd_states_are_read_or_told_in_one_line(
    box: RunningSandbox, tmp_path: Path, state: dict[str, t.Any], message: str
) -> None:
    catalog = select("contacts", "deals")

    run = run_command("tap_moco", tmp_path, config_for(box), state=state, catalog=catalog)

    if message:
        assert run.code == 2
        assert run.out == ""
        assert message in run.last_line
        assert "Traceback" not in run.log
    else:
        assert run.code == 0, run.log
        assert run.records["deals"]
