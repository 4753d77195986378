"""PyAirbyte: a declarative source into its cache in PostgreSQL, incrementally, merged by key."""

from __future__ import annotations

import os
import sys
from urllib.parse import parse_qs, urlsplit

from airbyte_source import manifest
from lists import LISTS

# Without them it asks a registry for connectors, and reports its use.
SETTINGS = {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1"}


def main(url: str, database: str, schema: str, folder: str) -> None:
    """Load what is new.

    Args:
        url: Of the benchmark server.
        database: Of PostgreSQL.
        schema: Of the table.
        folder: Where it works; its state is in the database.
    """
    place = urlsplit(database)
    # It has no setting for a socket, but what it stands on looks there without a host.
    os.environ |= SETTINGS | {"PGHOST": parse_qs(place.query)["host"][0]}
    os.chdir(folder)
    import airbyte  # noqa: PLC0415 - reads the environment

    found = LISTS["activities"]
    declared = manifest(found.name, url, 2, (0, 0))
    declared["streams"][0]["incremental_sync"] = {
        "type": "DatetimeBasedCursor",
        "cursor_field": found.bookmark,
        "datetime_format": "%Y-%m-%dT%H:%M:%SZ",
        "start_datetime": "2020-01-01T00:00:00Z",
        "start_time_option": {
            "type": "RequestOption",
            "inject_into": "request_parameter",
            "field_name": "updated_after",
        },
    }
    source = airbyte.get_source("source-moco", config={}, source_manifest=declared)
    source.select_all_streams()
    cache = airbyte.caches.PostgresCache(
        host="",
        port=5432,
        username="postgres",
        password="none",  # noqa: S106 - the server asks for none
        database="postgres",
        schema_name=schema,
    )
    source.read(cache=cache)


if __name__ == "__main__":
    main(*sys.argv[1:])
