"""Answers in the shape of another API version than the one asked for, as a server may give them."""

from __future__ import annotations

import typing as t

import pytest
import requests

from tests.harness.sandbox import answer_with
from tests.tap_ulule.support import KEY, make_config, run

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox

STREAMS = ["projects", "project_rewards"]
# What the newest version does not say at all; nobody can bring it back.
LEFT_OUT = {"location", "fields_needed"}


@pytest.mark.parametrize("version", ["2020-11-10", "2018-06-01", ""])
def test_they_are_brought_into_the_shape_of_the_default(box: RunningSandbox, version: str) -> None:
    ident = min(box.world.ulule.partner_projects)
    given = make_config(box, project_ids=[ident], refresh_days=0)
    usual = run(given, select=STREAMS)
    path = f"/projects/{ident}"
    answer = requests.get(
        f"{box.url}/ulule/v1{path}",
        params={"extra_fields": "rewards"} if version > "2019" else None,
        headers={"Authorization": f"ApiKey {KEY}", "Ulule-Version": version},
        timeout=60,
    )
    answer_with(box, "ulule", f"^{path}$", answer.json())

    found = run(given, select=STREAMS)

    assert found.code == 0, found.log
    assert found.log.count("Ulule answers in the shape of") == 1
    assert "Ulule answers in the shape of" not in usual.log
    for stream in STREAMS:
        rows, expected = found.records[stream], usual.records[stream]
        assert len(rows) == len(expected)
        for row, wanted in zip(rows, expected, strict=True):
            common = (row.keys() & wanted.keys()) - LEFT_OUT
            assert {name: type(row[name]) for name in common} == {
                name: type(wanted[name]) for name in common
            }
            assert "delivery" not in row
            for name in ("main_image", "video", "name", "date_delivery"):
                assert row.get(name) == wanted.get(name), (stream, name)
