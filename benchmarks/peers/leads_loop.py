"""Leads as a plain loop with requests would send them: one after the other, no journal."""

from __future__ import annotations

import json
import sys

import requests


def main(file: str, url: str, key: str) -> None:
    """Send the records of a Singer file."""
    with requests.Session() as session, open(file, encoding="utf-8") as lines:  # noqa: PTH123
        session.headers["Authorization"] = key
        for line in lines:
            message = json.loads(line)
            if message["type"] == "RECORD":
                session.post(url, json=message["record"], timeout=60).raise_for_status()


if __name__ == "__main__":
    main(*sys.argv[1:])
