"""How Singer messages are handled."""

from __future__ import annotations

import typing as t

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record, state

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.testing import RunningSandbox


def test_a_stream_map_can_make_leads_and_one_that_fails_costs_one_record_only(
    work: Workplace, box: RunningSandbox
) -> None:
    maps = {"contacts": {"__alias__": "leads", "firstname": "vorname.title()", "vorname": None}}
    schema = {
        **SCHEMA,
        "stream": "contacts",
        "schema": {"type": "object", "properties": {"id": {"type": "integer"}, "vorname": {}}},
    }
    good = lead(1, firstname=None, vorname="lise")
    bad = {**lead(2, firstname=None), "vorname": None}
    result = work.run([schema, record(good, "contacts"), record(bad, "contacts")], stream_maps=maps)
    assert result.code == 3
    [received] = box.control("GET", "/leads")
    assert received["body"]["firstname"] == "Lise"
    [dead] = work.dead_letters()
    assert dead["email"] == bad["email"]


def test_a_schema_may_change_midway_and_streams_may_mix(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    wider = {**SCHEMA, "schema": {"type": "object", "properties": {"city": {"type": "string"}}}}
    deals = {**SCHEMA, "stream": "deals"}
    messages = [
        SCHEMA,
        record(lead(1)),
        deals,
        record(lead(2), "deals"),
        wider,
        record(lead(3, city="Angers")),
        record(lead(4), "deals"),
        state("end"),
    ]
    result = work.run(messages)
    assert result.code == 0
    assert len(arrived()) == 4
    assert result.states[-1] == "end"
