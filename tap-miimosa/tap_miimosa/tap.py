"""Singer tap for MiiMOSA."""

from __future__ import annotations

import functools
import sys
import typing as t

from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.schema.source import SchemaDirectory

from tap_miimosa import schemas, streams
from tap_miimosa._kit.errors import ConfigError
from tap_miimosa._kit.settings import common_settings
from tap_miimosa._kit.tap import ApiTap

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

API_URL = "https://api.miimosa.com"
CATEGORIES = (
    "apiculture",
    "aquaculture",
    "alcool",
    "soft",
    "elevage",
    "sale",
    "sucre",
    "horticulture",
    "innovation",
    "nature",
    "lait",
    "viticulture",
)


class TapMiiMosa(ApiTap):
    """Reads MiiMOSA: campaigns, and the pledges and wallets of given people."""

    name = "tap-miimosa"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property(
            "api_key",
            th.StringType,
            required=True,
            secret=True,
            description="Client API key.",
        ),
        th.Property(
            "authorization_format",
            th.StringType,
            default="{api_key}",
            description=(
                "Form of the Authorization header; newer documents say Token token={api_key}."
            ),
        ),
        th.Property(
            "users",
            th.ArrayType(th.ObjectType(th.Property("email", th.StringType, required=True))),
            default=[],
            secret=True,
            description="People whose pledges and wallets are read, each {email}.",
        ),
        th.Property(
            "order",
            th.StringType,
            allowed_values=["populars", "in_progress", "recent"],
            description="Order of the campaigns.",
        ),
        th.Property(
            "category",
            th.StringType,
            allowed_values=list(CATEGORIES),
            description="Only campaigns of this category.",
        ),
        th.Property(
            "type",
            th.StringType,
            allowed_values=["donation", "lending"],
            description="Only campaigns of this type.",
        ),
        th.Property(
            "region",
            th.StringType,
            description="Only campaigns of this French region (INSEE code).",
        ),
        th.Property("keyword", th.StringType, description="Only campaigns with this word."),
        *common_settings("tap-miimosa", api_url=API_URL, rate_limits=(), concurrency=4),
    ).to_dict()

    @override
    def check_settings(self) -> None:
        super().check_settings()
        if "{api_key}" not in self.config["authorization_format"]:
            raise ConfigError("Setting 'authorization_format' must contain {api_key}.")

    @functools.cached_property
    def authenticator(self) -> APIKeyAuthenticator:
        """``Authorization`` in the configured form."""
        value = self.config["authorization_format"].replace("{api_key}", self.config["api_key"])
        return APIKeyAuthenticator(key="Authorization", value=value)
