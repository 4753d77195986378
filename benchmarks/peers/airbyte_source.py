"""The Airbyte CDK's own command for declarative manifests, its API budget on under a limit."""

from __future__ import annotations

import json
import sys
import tempfile
import typing as t
from pathlib import Path

from airbyte_cdk.cli.source_declarative_manifest import _run
from lists import LISTS, ApiList
from shape import SCHEMA, SMALL_SCHEMA

NEXT = "headers['link']['next']['url']"


def stream(name: str, path: str, url: str, **retriever: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    """Return the declaration of one stream."""
    pages = {
        "type": "DefaultPaginator",
        "page_token_option": {"type": "RequestPath"},
        "pagination_strategy": {
            "type": "CursorPagination",
            "cursor_value": f"{{{{ {NEXT} }}}}",
            "stop_condition": "{{ 'next' not in headers['link'] }}",
        },
    }
    schema = SCHEMA if name == "records" else SMALL_SCHEMA
    return {
        "type": "DeclarativeStream",
        "name": name,
        "primary_key": ["id"],
        "schema_loader": {"type": "InlineSchemaLoader", "schema": schema},
        "retriever": {
            "type": "SimpleRetriever",
            "requester": {"type": "HttpRequester", "url_base": url, "path": path},
            "record_selector": {
                "type": "RecordSelector",
                "extractor": {"type": "DpathExtractor", "field_path": []},
            },
            "paginator": pages if name != "children" else {"type": "NoPagination"},
            **retriever,
        },
    }


def list_stream(found: ApiList, url: str) -> dict[str, t.Any]:
    """Return the declaration of a list of MOCO or Ulule."""
    result = stream(found.name, found.first_page, url)
    result["schema_loader"]["schema"] = found.schema()
    if found.envelope is None:
        return result
    retriever = result["retriever"]
    retriever["requester"]["path"] = found.path
    retriever["record_selector"]["extractor"]["field_path"] = [found.envelope]
    retriever["paginator"] = {
        "type": "DefaultPaginator",
        "page_token_option": _parameter("offset"),
        "page_size_option": _parameter("limit"),
        "pagination_strategy": {"type": "OffsetIncrement", "page_size": found.size},
    }
    return result


def _parameter(name: str) -> dict[str, str]:
    return {"type": "RequestOption", "inject_into": "request_parameter", "field_name": name}


def manifest(work: str, url: str, concurrency: int, window: tuple[int, int]) -> dict[str, t.Any]:
    """Return the manifest of the source."""
    if work in LISTS:
        streams = [list_stream(LISTS[work], url)]
    elif work == "records":
        streams = [stream("records", "/records", url)]
    else:
        parents = stream("parents", "/parents", url)
        router = {
            "type": "SubstreamPartitionRouter",
            "parent_stream_configs": [
                {
                    "type": "ParentStreamConfig",
                    "stream": parents,
                    "parent_key": "id",
                    "partition_field": "parent_id",
                }
            ],
        }
        path = "/parents/{{ stream_partition.parent_id }}/children"
        streams = [parents, stream("children", path, url, partition_router=router)]
    result: dict[str, t.Any] = {
        "version": "7.0.0",
        "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": [streams[0]["name"]]},
        "streams": streams,
        "spec": {"type": "Spec", "connection_specification": {"type": "object"}},
        "concurrency_level": {"type": "ConcurrencyLevel", "default_concurrency": concurrency},
    }
    if window[0]:
        rate = {"type": "Rate", "limit": window[0], "interval": f"PT{window[1]}S"}
        policy = {"type": "MovingWindowCallRatePolicy", "rates": [rate], "matchers": []}
        result["api_budget"] = {"type": "HTTPAPIBudget", "policies": [policy]}
    return result


def main(work: str, url: str, concurrency: str = "2", requests: str = "0", s: str = "0") -> None:
    """Run the command on files in a temporary folder."""
    declared = manifest(work, url, int(concurrency), (int(requests), int(s)))
    catalog = {
        "streams": [
            {
                "stream": {
                    "name": each["name"],
                    "json_schema": each["schema_loader"]["schema"],
                    "supported_sync_modes": ["full_refresh"],
                },
                "sync_mode": "full_refresh",
                "destination_sync_mode": "append",
            }
            for each in declared["streams"]
        ]
    }
    with tempfile.TemporaryDirectory() as folder:
        files = {"config": {"__injected_declarative_manifest": declared}, "catalog": catalog}
        args = ["read"]
        for name, content in files.items():
            file = Path(folder, f"{name}.json")
            file.write_text(json.dumps(content), encoding="utf-8")
            args += [f"--{name}", str(file)]
        _run.handle_command(args)


if __name__ == "__main__":
    main(*sys.argv[1:])
