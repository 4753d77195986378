"""A server whose lists have what the work `growth` varies: custom fields, and projects of a search.

``/moco/api/v1`` has a thousand projects with as many custom fields as the first argument says, and
their definitions; ``/ulule/v1`` has a search that finds as many projects as the second one says.
"""

from __future__ import annotations

import asyncio
import sys
import typing as t
from urllib.parse import parse_qsl

from benchmarks.peers.lists import MOCO, ULULE
from benchmarks.peers.shape import FIRST_ID, PAGE_SIZE, encode, moment
from benchmarks.records import campaign, person, project
from benchmarks.server import Connection

RECORDS = 1_000
FOUND_AT_ONCE = 16


class GrowthApi:
    """Answers requests.

    Args:
        fields: Custom fields of each project of MOCO.
        projects: Projects that the search of Ulule finds.
    """

    def __init__(self, fields: int, projects: int) -> None:
        """Make what all records have in common."""
        self._values = {f"Field {number}": f"value {number}" for number in range(fields)}
        self._projects = projects
        self._campaign = campaign(0, 0) | {"owner": person(), "main_image": person()["avatar"]}

    def answer(self, target: str, host: str) -> tuple[bytes, float]:
        """Return the whole response to a request, and after how many seconds it is sent."""
        path, _, query = target.partition("?")
        asked = dict(parse_qsl(query))
        headers, body = "", self._find(path, asked)
        page = int(asked.get("page") or 1)
        if path.startswith(MOCO) and isinstance(body, list):
            total = len(self._values) if path.endswith("custom_properties") else RECORDS
            headers = f"X-Page: {page}\r\nX-Per-Page: {PAGE_SIZE}\r\nX-Total: {total}\r\n"
            if page * PAGE_SIZE < total:
                link = f"http://{host}{path}?per_page={PAGE_SIZE}&page={page + 1}"
                headers += f'Link: <{link}>; rel="next"\r\n'
        content = encode(body)
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content, 0.0

    def _find(self, path: str, asked: dict[str, str]) -> t.Any:  # noqa: ANN401 - JSON
        start = (int(asked.get("page") or 1) - 1) * PAGE_SIZE
        if path == f"{MOCO}/account/custom_properties":
            names = list(self._values)[start : start + PAGE_SIZE]
            return [
                {"id": FIRST_ID + start + place, "name": name, "kind": "String",
                 "entity": "Project", "updated_at": moment(0), "created_at": moment(0)}
                for place, name in enumerate(names)
            ]  # fmt: skip
        if path == f"{MOCO}/projects":
            return [
                project(FIRST_ID + number, moment(number)) | {"custom_properties": self._values}
                for number in range(start, min(start + PAGE_SIZE, RECORDS))
            ]
        if path == f"{ULULE}/search/projects":
            return self._search(int(asked.get("offset") or 0))
        if path.startswith(f"{ULULE}/projects/"):
            return self._project(int(path.rpartition("/")[2]))
        return []

    def _project(self, ident: int) -> dict[str, t.Any]:
        return self._campaign | {"id": ident, "slug": f"project-{ident}"}

    def _search(self, offset: int) -> dict[str, t.Any]:
        following = min(offset + FOUND_AT_ONCE, self._projects)
        more = f"?q=all&limit={FOUND_AT_ONCE}&offset={following}"
        return {
            "meta": {
                "limit": FOUND_AT_ONCE,
                "offset": offset,
                "next": more if following < self._projects else None,
            },
            "projects": [self._project(FIRST_ID + number) for number in range(offset, following)],
        }


async def main(fields: int, projects: int) -> None:
    """Listen on a free port, print its URL, and serve until killed."""
    api: t.Any = GrowthApi(fields, projects)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(api), "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
