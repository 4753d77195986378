"""The floor: a hand-written loop with requests and orjson, one request after the other."""

from __future__ import annotations

import sys
import typing as t
from urllib.parse import urljoin

import orjson
import requests
from lists import LISTS
from shape import SCHEMA, SMALL_SCHEMA

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def pages(
    session: requests.Session, url: str | None, envelope: str | None = None
) -> Iterator[list[dict[str, t.Any]]]:
    """Yield the records of each page, by the Link header, or where an envelope has meta.next."""
    while url:
        response = session.get(url, timeout=60)
        response.raise_for_status()
        answer = orjson.loads(response.content)
        if envelope is None:
            yield answer
            url = response.links.get("next", {}).get("url")
        else:
            yield answer[envelope]
            following = answer["meta"]["next"]
            url = urljoin(url, following) if following else None


def read(
    session: requests.Session, url: str, stream: str, envelope: str | None = None
) -> list[int]:
    """Write all records of a list; return their ids."""
    write = sys.stdout.buffer.write
    ids = []
    for rows in pages(session, url, envelope):
        for record in rows:
            ids.append(record["id"])
            write(orjson.dumps({"type": "RECORD", "stream": stream, "record": record}))
            write(b"\n")
    return ids


def main(work: str, url: str) -> None:
    """Read what the work asks for."""
    found = LISTS.get(work)
    schema = found.schema() if found else SCHEMA if work == "records" else SMALL_SCHEMA
    sys.stdout.buffer.write(orjson.dumps({"type": "SCHEMA", "schema": schema}) + b"\n")
    with requests.Session() as session:
        if found:
            read(session, url + found.first_page, found.name, found.envelope)
            return
        if work == "records":
            read(session, f"{url}/records", "records")
            return
        for parent in read(session, f"{url}/parents", "parents"):
            read(session, f"{url}/parents/{parent}/children", "children")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
