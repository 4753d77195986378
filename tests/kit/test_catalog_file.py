"""A catalog that cannot be one of ours ends the run before its first request, in one line."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.kit.library import Library

if t.TYPE_CHECKING:
    from tests.kit.program import Program
    from tests.kit.scripted_server import ScriptedServer

SCHEMA = {"properties": {"id": {}}}
LOANS: dict[str, t.Any] = {"tap_stream_id": "loans", "schema": SCHEMA}
METHOD = {"breadcrumb": [], "metadata": {"forced-replication-method": "SOMETIMES"}}


@pytest.mark.parametrize(
    ("catalog", "named"),
    [
        ({}, "'streams' must be a list of objects"),
        ({"streams": ["loans"]}, "'streams' must be a list of objects"),
        ({"streams": {"loans": {}}}, "'streams' must be a list of objects"),
        ({"streams": [LOANS, {"stream": "loans"}]}, "'streams[1]' has no 'tap_stream_id'"),
        ({"streams": [{"tap_stream_id": "loans"}]}, "stream 'loans' has no 'schema'"),
        ({"streams": [LOANS | {"schema": "text"}]}, "stream 'loans' has no 'schema'"),
        ({"streams": [LOANS | {"metadata": ["x"]}]}, "the 'metadata' of stream 'loans'"),
        ({"streams": [LOANS | {"replication_method": "SOMETIMES"}]}, "method of stream 'loans'"),
        ({"streams": [LOANS | {"replication_method": 1}]}, "method of stream 'loans'"),
        ({"streams": [LOANS | {"metadata": [METHOD]}]}, "method of stream 'loans'"),
        ({"streams": [LOANS | {"tap_stream_id": "nosuch"}]}, "none of the streams of this tap"),
        ({"streams": []}, "none of the streams of this tap"),
        ({"streams": [LOANS, LOANS]}, "stream 'loans' comes twice"),
    ],
)
def test_what_is_wrong_is_named(
    catalog: object, named: str, program: Program, server: ScriptedServer
) -> None:
    with program.start(catalog=catalog) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert named in err.decode()
    assert "Traceback" not in err.decode()
    assert server.calls == []


def test_a_catalog_of_the_least_that_is_needed_is_enough(
    program: Program, server: ScriptedServer
) -> None:
    server.app = Library(loans=[{"id": 1, "updated_at": "2026-01-31T12:00:00Z"}])
    with program.start(catalog={"streams": [LOANS]}) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b'"record":{"id":1' in out


def test_a_catalog_that_names_no_fields_means_all_of_them(
    program: Program, server: ScriptedServer
) -> None:
    row = {"id": 1, "updated_at": "2026-01-31T12:00:00Z"}
    server.app = Library(loans=[row])
    with program.start(catalog={"streams": [LOANS | {"schema": {}}]}) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    schema, record = map(json.loads, out.splitlines()[:2])
    assert row.keys() <= schema["schema"]["properties"].keys()
    assert record["record"] == row
