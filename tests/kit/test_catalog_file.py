"""A catalog that cannot be one of ours ends the run before its first request, in one line."""

from __future__ import annotations

import json
import subprocess
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


def test_what_a_catalog_says_of_streams_that_are_not_read_changes_nothing(
    program: Program, server: ScriptedServer
) -> None:
    """Books are made from authors, which are read, too; whatever is said of loans is not used."""
    server.app = Library.of(authors=2, books=2, reviews=1)
    command = [*program.arguments(None), "--discover"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    for entry in found["streams"]:
        (own,) = (each["metadata"] for each in entry["metadata"] if not each["breadcrumb"])
        own["selected"] = entry["tap_stream_id"] == "books"
    read = [each for each in found["streams"] if each["tap_stream_id"] in ("authors", "books")]
    outputs = []
    for entries in (found["streams"], read):
        with program.start(catalog={"streams": entries}) as process:
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        messages = list(map(json.loads, out.splitlines()))
        for each in messages:
            each.pop("time_extracted", None)
        outputs.append(messages)
    assert len(found["streams"]) > len(read) == 2
    assert [each["type"] for each in outputs[0]].count("RECORD") == 4
    assert outputs[0] == outputs[1]
    (schema,) = (each for each in outputs[0] if each["type"] == "SCHEMA")
    assert {"id", "name", "author_id", "updated_at"} <= schema["schema"]["properties"].keys()
