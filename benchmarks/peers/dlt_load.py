"""dlt from the rest_api source into PostgreSQL, incrementally, rows merged by their key."""

from __future__ import annotations

import os
import sys

from lists import LISTS

# Best of those tried, in both runs: parquet goes through ADBC, and "upsert" needs no second table.
SETTINGS = {
    "NORMALIZE__WORKERS": "1",
    "LOAD__WORKERS": "1",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


def main(url: str, database: str, schema: str, folder: str, fmt: str, strategy: str) -> None:
    """Load what is new.

    Args:
        url: Of the benchmark server.
        database: Of PostgreSQL.
        schema: Of the table.
        folder: Where dlt keeps its state.
        fmt: Format of its files.
        strategy: How it merges.
    """
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    import dlt  # noqa: PLC0415 - reads the environment
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415

    found = LISTS["activities"]
    source = rest_api_source(
        {
            "client": {"base_url": url, "paginator": "header_link"},
            "resources": [
                {
                    "name": found.name,
                    "primary_key": "id",
                    "write_disposition": {"disposition": "merge", "strategy": strategy},
                    "endpoint": {
                        "path": found.path.lstrip("/"),
                        "params": {"per_page": found.size},
                        "incremental": {
                            "start_param": "updated_after",
                            "cursor_path": found.bookmark,
                        },
                    },
                }
            ],
        }
    )
    pipeline = dlt.pipeline(
        "activities",
        pipelines_dir=folder,
        destination=dlt.destinations.postgres(database),
        dataset_name=schema,
    )
    pipeline.run(source, loader_file_format=fmt).raise_on_failed_jobs()


if __name__ == "__main__":
    main(*sys.argv[1:])
