"""Ids from answers become part of an address: each names one thing, and leads nowhere else."""

from __future__ import annotations

import typing as t

import pytest

from tap_miimosa._kit.errors import KitError
from tap_miimosa.tap import TapMiiMosa
from tests.harness.catalog import select
from tests.harness.run import Run, run_tap

if t.TYPE_CHECKING:
    from tests.kit.scripted_server import Call, ScriptedServer

KEY = "miimosa-k3y"


def read_details(server: ScriptedServer, ident: object) -> Run:
    """Read one campaign with an id, and its details."""

    def answer(call: Call) -> object:
        return [{"id": ident}] if call.path == "/projects" else {"id": 1, "name": "x"}

    server.app = answer
    config = {"api_url": server.url, "api_key": KEY, "concurrency": 1}
    catalog = select(TapMiiMosa, "projects", "project_details")
    return run_tap(TapMiiMosa, config, expected=KitError, catalog=catalog)


@pytest.mark.parametrize(
    ("ident", "part"),
    [
        (7, "7"),
        ("a-slug", "a-slug"),
        ("../../users", "..%2F..%2Fusers"),
        ("7?delete=1", "7%3Fdelete=1"),
        ("7#x", "7%23x"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("a b\r\nX: y", "a%20b%0D%0AX:%20y"),
        ("caf\u00e9", "caf%C3%A9"),
        ("{api_key}", "%7Bapi_key%7D"),
    ],
)
def test_an_id_is_one_part_of_the_path(server: ScriptedServer, ident: object, part: str) -> None:
    run = read_details(server, ident)

    assert run.error is None
    assert server.targets == ["/projects", f"/projects/{part}"]


@pytest.mark.parametrize("ident", ["..", "."])
def test_an_id_that_is_no_part_of_a_path_fails_the_run(server: ScriptedServer, ident: str) -> None:
    run = read_details(server, ident)

    assert run.code == 1
    assert "A project_id in an answer cannot be part of an address." in str(run.error)
    assert server.targets == ["/projects"]
