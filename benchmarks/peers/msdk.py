"""tap-rest-api-msdk with the schema given; it knows no parents and children."""

from __future__ import annotations

import sys

from shape import SCHEMA
from tap_rest_api_msdk.tap import TapRestApiMsdk


def main(work: str, url: str) -> None:
    """Read the records."""
    if work != "records":
        raise SystemExit("tap-rest-api-msdk has no child streams")
    stream = {
        "name": "records",
        "path": "/records",
        "primary_keys": ["id"],
        "replication_key": "updated_at",
        "schema": SCHEMA,
    }
    config = {
        "api_url": url,
        "pagination_request_style": "simple_header_paginator",
        "streams": [stream],
    }
    TapRestApiMsdk(config=config).sync_all()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
