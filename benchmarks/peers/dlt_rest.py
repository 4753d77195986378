"""dlt's rest_api source, its items only counted: no normalizing, no output."""

from __future__ import annotations

import os
import sys
import typing as t

from lists import LISTS, ApiList


def list_endpoint(found: ApiList) -> dict[str, t.Any]:
    """Return the endpoint of a list of MOCO or Ulule."""
    path = found.first_page.lstrip("/")
    if found.envelope is None:
        return {"path": path}
    pages = {"type": "offset", "limit": found.size, "total_path": "meta.total_count"}
    return {"path": path.partition("?")[0], "data_selector": found.envelope, "paginator": pages}


def config_of(work: str, url: str) -> dict[str, t.Any]:
    """Return the declaration of the source."""
    if work in LISTS:
        resources: list[t.Any] = [
            {"name": work, "primary_key": "id", "endpoint": list_endpoint(LISTS[work])}
        ]
    elif work == "records":
        resources = [{"name": "records", "primary_key": "id", "endpoint": {"path": "records"}}]
    else:
        path = "parents/{resources.parents.id}/children"
        resources = [
            {"name": "parents", "primary_key": "id", "endpoint": {"path": "parents"}},
            {
                "name": "children",
                "primary_key": "id",
                "parallelized": True,
                "endpoint": {"path": path, "paginator": "single_page"},
            },
        ]
    return {"client": {"base_url": url, "paginator": "header_link"}, "resources": resources}


def main(work: str, url: str, workers: str = "1") -> None:
    """Read everything."""
    os.environ |= {"EXTRACT__WORKERS": workers, "RUNTIME__DLTHUB_TELEMETRY": "false"}
    from dlt.sources.rest_api import rest_api_source  # noqa: PLC0415 - reads the environment

    print(sum(1 for _ in rest_api_source(config_of(work, url))), "items")  # type: ignore[arg-type]


if __name__ == "__main__":
    main(*sys.argv[1:])
