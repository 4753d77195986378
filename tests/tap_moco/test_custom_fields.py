"""Custom fields as typed columns."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.harness.sandbox import answer_with
from tests.tap_moco.support import advance, config_for, run_command, run_tap, select

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.testing import RunningSandbox

PROJECTS = ("custom_kostenstelle", "custom_kanaele", "custom_abnahme_noetig")


def columns(box: RunningSandbox, **settings: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    return config_for(box, custom_properties="columns", **settings)


def change(box: RunningSandbox, action: str, name: str, value: str = "") -> None:
    body = {"action": action, "entity": "Project", "name": name, "value": value}
    box.control("POST", "/moco/custom_fields", body)


def test_discovery_gives_every_record_type_its_fields_by_kind(
    box: RunningSandbox, tmp_path: Path
) -> None:
    change(box, "add", "Abnahme am", "Date")
    change(box, "add", "Ziel", "Link")

    done = run_command(columns(box), tmp_path, "--discover")

    streams = {s["tap_stream_id"]: s for s in json.loads(done.out)["streams"]}
    found = streams["projects"]["schema"]["properties"]
    assert found["custom_kostenstelle"]["type"] == ["string", "null"]
    assert found["custom_abnahme_noetig"]["type"] == ["boolean", "null"]
    assert found["custom_kanaele"]["type"] == ["array", "null"]
    assert found["custom_kanaele"]["items"] == {"type": "string"}
    assert found["custom_abnahme_am"]["format"] == "date"
    assert found["custom_ziel"]["type"] == ["string", "null"]
    assert "custom_abnahme_am" not in streams["deals"]["schema"]["properties"]
    assert "custom_collect_type" in streams["contacts"]["schema"]["properties"]
    paths = box.control("GET", "/stats")["moco"]["by_path"]
    assert paths == {"GET /account/custom_properties": 1}


def test_without_the_setting_there_is_one_free_object_and_no_request(
    box: RunningSandbox, tmp_path: Path
) -> None:
    done = run_command(config_for(box), tmp_path, "--discover")

    streams = {s["tap_stream_id"]: s for s in json.loads(done.out)["streams"]}
    assert not [n for n in streams["projects"]["schema"]["properties"] if n in PROJECTS]
    assert box.control("GET", "/stats")["moco"]["requests"] == 0


def test_values_come_in_their_columns(box: RunningSandbox) -> None:
    run = run_tap(columns(box), catalog=select("projects"))

    served = box.world.moco.tables["projects"]
    for row in run.records["projects"]:
        given = served[row["id"]]["custom_properties"]
        assert row["custom_kostenstelle"] == given.get("Kostenstelle")
        assert row["custom_kanaele"] == given.get("Kanäle")
        unset = "Abnahme nötig" not in given
        assert row["custom_abnahme_noetig"] == (None if unset else given["Abnahme nötig"] == "1")
        assert row["custom_properties"] == {}
    assert any(row["custom_kanaele"] for row in run.records["projects"])


def test_a_value_that_is_not_of_its_kind_stays_in_the_object(box: RunningSandbox) -> None:
    change(box, "add", "Abnahme am", "Date")
    project = next(iter(box.world.moco.tables["projects"].values()))
    project["custom_properties"] = {
        "Abnahme am": "nächste Woche",
        "Kanäle": "Web",
        "Abnahme nötig": "vielleicht",
        "Ohne Definition": "x",
        "Kostenstelle": None,
    }

    run = run_tap(columns(box), catalog=select("projects"))

    row = next(row for row in run.records["projects"] if row["id"] == project["id"])
    assert [row[name] for name in (*PROJECTS, "custom_abnahme_am")] == [None] * 4
    assert row["custom_properties"] == {
        "Abnahme am": "nächste Woche",
        "Kanäle": "Web",
        "Abnahme nötig": "vielleicht",
        "Ohne Definition": "x",
    }


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Größe & Maß (cm)"], ["custom_groesse_mass_cm"]),
        # The oldest definition keeps the name, whatever is added later.
        (["Prüfer", "Pruefer"], ["custom_pruefer", "custom_pruefer_{1}"]),
        (["日本語"], ["custom_{0}"]),
        (["properties"], ["custom_properties_{0}"]),
        (["x" * 80], ["custom_" + "x" * 41]),
        (["x" * 80 + "a", "x" * 80 + "b"], ["custom_" + "x" * 41, "custom_" + "x" * 41 + "_{1}"]),
    ],
    ids=["umlauts", "collision", "no-letters", "own-field", "long", "long-collision"],
)
def test_columns_have_stable_and_safe_names(
    names: list[str], expected: list[str], box: RunningSandbox
) -> None:
    for name in names:
        change(box, "add", name, "String")
    table = box.world.moco.tables["account_custom_properties"]
    ids = [ident for ident, row in table.items() if row["name"] in names]

    run = run_tap(columns(box), catalog=select("projects"))

    properties = run.schemas["projects"]["schema"]["properties"]
    added = {name.format(*ids) for name in expected}
    assert added <= properties.keys()
    assert all(len(name) <= 63 and name.isascii() for name in properties)
    filled = [row for row in run.records["projects"] if row["id"] % 2]
    assert filled
    assert all(row[name] == f"Wert {row['id']}" for row in filled for name in added)


def test_a_field_renamed_or_removed_breaks_no_run(box: RunningSandbox, tmp_path: Path) -> None:
    done = run_command(columns(box), tmp_path, "--discover")
    catalog = select("projects", catalog=json.loads(done.out))
    first = run_tap(columns(box), catalog=catalog)
    change(box, "rename", "Kostenstelle", "Budgetnummer")
    change(box, "remove", "Kanäle")
    advance(box)

    second = run_tap(columns(box), catalog=catalog, state=first.state)

    assert second.error is None
    properties = second.schemas["projects"]["schema"]["properties"]
    assert {*PROJECTS, "custom_budgetnummer"} <= properties.keys()
    for row in second.records["projects"]:
        given = box.world.moco.tables["projects"][row["id"]]["custom_properties"]
        assert row["custom_budgetnummer"] == given.get("Budgetnummer")
        assert "custom_kanaele" not in row


def test_a_field_newer_than_the_catalog_is_a_column_all_the_same(
    box: RunningSandbox, tmp_path: Path
) -> None:
    done = run_command(columns(box), tmp_path, "--discover")
    catalog = select("projects", catalog=json.loads(done.out))
    first = run_tap(columns(box), catalog=catalog)
    change(box, "add", "Abnahme am", "Date")
    advance(box)

    second = run_tap(columns(box), catalog=catalog, state=first.state)

    column = second.schemas["projects"]["schema"]["properties"]["custom_abnahme_am"]
    assert column["format"] == "date"
    assert "2026-06-30" in {row["custom_abnahme_am"] for row in second.records["projects"]}


def test_who_may_not_read_the_definitions_keeps_the_object(box: RunningSandbox) -> None:
    fault = {"api": "moco", "path": "/account/custom_properties", "kind": "status", "status": 403,
             "times": None}  # fmt: skip
    box.control("POST", "/faults", fault)

    run = run_tap(columns(box), catalog=select("projects"))

    assert run.error is None
    assert "Custom fields stay in one object" in run.log
    assert any("Kostenstelle" in row["custom_properties"] for row in run.records["projects"])


def define(box: RunningSandbox, *definitions: tuple[int, str, str], **values: str) -> None:
    """Let the account have these custom fields of deals, and one deal with these values."""
    box.control("DELETE", "/faults")
    rows = [{"id": ident, "name": name, "kind": kind, "entity": "Deal"}
            for ident, name, kind in definitions]  # fmt: skip
    answer_with(box, "moco", "^/account/custom_properties$", rows)
    deal = {"id": 1, "updated_at": "2026-01-31T12:00:00Z", "custom_properties": values}
    answer_with(box, "moco", "^/deals$", [deal])


@pytest.mark.parametrize("own_catalog", [True, False])
def test_a_field_made_anew_under_an_old_name_gets_a_column_of_its_own(
    own_catalog: bool,  # noqa: FBT001
    box: RunningSandbox,
) -> None:
    catalog = select("deals")
    define(box, (1, "Frist", "Date"), Frist="2025-05-01")
    first = run_tap(columns(box), catalog=catalog)
    define(box, (2, "Frist", "String"), Frist="bald")
    if own_catalog:
        # As discovered now: nobody knows the state then.
        found = next(e for e in catalog["streams"] if e["tap_stream_id"] == "deals")
        found["schema"]["properties"]["custom_frist"] = {"type": ["string", "null"]}

    second = run_tap(columns(box), catalog=catalog, state=first.state)
    third = run_tap(columns(box), catalog=catalog, state=second.state)

    assert first.records["deals"][0]["custom_frist"] == "2025-05-01"
    assert second.records["deals"][0]["custom_frist_2"] == "bald"
    remembered = second.bookmark("deals")["custom_columns"]
    assert remembered == {"custom_frist": "1", "custom_frist_2": "2"}
    assert third.bookmark("deals")["custom_columns"] == remembered
    for run in (second, third):
        fields = run.schemas["deals"]["schema"]["properties"]
        assert "custom_frist" not in fields
        assert fields["custom_frist_2"]["type"] == ["string", "null"]


def test_fields_whose_names_fall_together_with_an_id_lose_no_value(
    box: RunningSandbox,
) -> None:
    """Three fields whose names fall together, with and without an id."""
    fields = [(3, "Pruefer 8861", "String"), (5, "Prüfer", "String"), (8861, "Pruefer!", "String")]
    values = {"Pruefer 8861": "A", "Prüfer": "B", "Pruefer!": "C"}
    define(box, *fields, **values)

    run = run_tap(columns(box), catalog=select("deals"))

    (deal,) = run.records["deals"]
    assert deal["custom_pruefer_8861"] == "A"
    assert deal["custom_pruefer"] == "B"
    assert deal["custom_pruefer_8861_8861"] == "C"
    assert deal["custom_properties"] == {}
