"""The plain SDK tap of the benchmarks, with the lists that a hostile server is asked for.

What ours has as settings it has as the SDK has it: the time for an answer, and one attempt.
"""

from __future__ import annotations

import sys
import typing as t
from pathlib import Path

from singer_sdk import typing as th

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "peers"))

from lists import ApiList
from plain_sdk import ListStream, TapPlain, list_stream

ARRAY = ApiList("users", "tap_moco", "/users", "per_page=100", size=100)
ENVELOPE = ApiList("search_projects", "tap_ulule", "/search", "limit=20", 20, "projects")


def impatient(found: ApiList) -> type[ListStream]:
    """Return the stream of a list, which waits as long as the configuration says, and once."""
    return type(
        "Impatient",
        (list_stream(found),),
        {
            "timeout": property(lambda self: float(self.config["request_timeout"])),
            "backoff_max_tries": lambda _: 1,
        },
    )


class TapPlainArray(TapPlain):
    """Reads a list that is an array, as tap-moco and tap-miimosa do."""

    name = "plain SDK tap, array"
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("request_timeout", th.NumberType, required=True),
    ).to_dict()
    described = ARRAY

    def discover_streams(self) -> list[ListStream]:  # type: ignore[override]
        """Return the stream."""
        return [impatient(self.described)(self)]


class TapPlainEnvelope(TapPlainArray):
    """Reads a list in an object, as tap-ulule does."""

    name = "plain SDK tap, envelope"
    described = ENVELOPE
