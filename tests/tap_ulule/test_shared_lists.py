"""Lists that several streams need are read once a run; what is gone from them is made sure of."""

from __future__ import annotations

import typing as t

from tests.kit.scripted_server import Call, Reply, ScriptedServer
from tests.tap_ulule.scripted_api import make_project, page_of, read

if t.TYPE_CHECKING:
    from tests.harness.run import Record

SETTINGS = {"search_query": "sort:popular", "deleted_records": "detect"}


def test_a_row_that_slips_between_two_pages_is_not_told_as_gone(server: ScriptedServer) -> None:
    rows: list[Record] = [
        {"id": n, "slug": f"project-{n}", "type": "project"} for n in range(1, 31)
    ]
    slips = False

    def answer(call: Call) -> object:
        nonlocal slips
        match call.path.removeprefix("/v1").strip("/").split("/"):
            case ["me"]:
                return {"id": 7}
            case ["search", "projects"]:
                found = page_of(rows, call, "projects", total=False)
                if slips:
                    # One of the second page becomes the most popular one.
                    slips = False
                    rows.insert(0, rows.pop(22))
                return found
            case ["projects", ident]:
                return make_project(int(ident))
        return Reply([], status=404)

    server.app = answer
    first = read(server, ["search_projects"], **SETTINGS)
    assert len(first.ids("search_projects")) == 30
    slips = True
    second = read(server, ["search_projects"], first, **SETTINGS)
    del rows[3]
    third = read(server, ["search_projects"], second, **SETTINGS)

    assert not any(row.get("_sdc_deleted_at") for row in second.records["search_projects"])
    gone = [row["id"] for row in third.records["search_projects"] if row.get("_sdc_deleted_at")]
    assert gone == [3]
