"""The floor: a hand-written loop with requests and orjson, one request after the other."""

from __future__ import annotations

import sys

import orjson
import requests
from shape import SCHEMA, SMALL_SCHEMA


def read(session: requests.Session, url: str | None, stream: str) -> list[int]:
    """Write all records of a list; return their ids."""
    write = sys.stdout.buffer.write
    ids = []
    while url:
        response = session.get(url, timeout=60)
        response.raise_for_status()
        for record in orjson.loads(response.content):
            ids.append(record["id"])
            write(orjson.dumps({"type": "RECORD", "stream": stream, "record": record}))
            write(b"\n")
        url = response.links.get("next", {}).get("url")
    return ids


def main(work: str, url: str) -> None:
    """Read what the work asks for."""
    schema = SCHEMA if work == "records" else SMALL_SCHEMA
    sys.stdout.buffer.write(orjson.dumps({"type": "SCHEMA", "schema": schema}) + b"\n")
    with requests.Session() as session:
        if work == "records":
            read(session, f"{url}/records", "records")
            return
        for parent in read(session, f"{url}/parents", "parents"):
            read(session, f"{url}/parents/{parent}/children", "children")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
