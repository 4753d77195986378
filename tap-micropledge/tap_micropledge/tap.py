"""Singer tap for microPledge."""

from __future__ import annotations

import typing as t

from singer_sdk import typing as th
from singer_sdk.schema.source import SchemaDirectory

from tap_micropledge import schemas, streams
from tap_micropledge._kit.compat import override
from tap_micropledge._kit.errors import ConfigError, DeniedError
from tap_micropledge._kit.setting_checks import check_paths
from tap_micropledge._kit.settings import common_settings, settings_schema
from tap_micropledge._kit.singer.tap import ApiTap

API_URL = "https://micropledge.com"


class TapMicroPledge(ApiTap):
    """Reads microPledge: projects and their pledges."""

    name = "tap-micropledge"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings_schema(
        th.Property(
            "project_slugs",
            th.ArrayType(th.StringType),
            required=True,
            description="Projects to read: the last part of their web address.",
        ),
        th.Property(
            "deleted_records",
            th.StringType,
            default="ignore",
            allowed_values=["ignore", "detect"],
            description=(
                "Whether to tell the target (_sdc_deleted_at) which pledges are gone; for that the "
                "state keeps the keys of all of them."
            ),
        ),
        *common_settings(
            "tap-micropledge", api_url=API_URL, rate_limits=(), concurrency=2, refresh_days=7
        ),
    )

    @override
    def check_settings(self) -> None:
        super().check_settings()
        if not self.config["project_slugs"]:
            raise ConfigError("Setting 'project_slugs' is empty: there is no project to read.")
        check_paths("project_slugs", self.config["project_slugs"])

    @override
    def handle_denied(self, stream: str, context: str, error: DeniedError) -> None:
        """Go on without a slug, or fail and say which one it was."""
        named = DeniedError(f"{error} The slug is '{context}'.", status=error.status)
        super().handle_denied(
            stream, context, named if self.config["on_denied"] == "fail" else error
        )
