"""Singer tap for microPledge."""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th
from singer_sdk.schema.source import SchemaDirectory

from tap_micropledge import schemas, streams
from tap_micropledge._kit.settings import common_settings
from tap_micropledge._kit.tap import ApiTap

API_URL = "https://micropledge.com"


class TapMicroPledge(ApiTap):
    """Reads microPledge: projects and their pledges."""

    name = "tap-micropledge"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property(
            "project_slugs",
            th.ArrayType(th.StringType),
            required=True,
            description="Projects to read: the last part of their web address.",
        ),
        th.Property(
            "refresh_days",
            th.IntegerType(minimum=0),
            default=7,
            description=(
                "Pledges of a project are read again after this many days although their number "
                "and sum did not move. 0 means never."
            ),
        ),
        *common_settings("tap-micropledge", api_url=API_URL, rate_limits=(), concurrency=2),
    ).to_dict()
