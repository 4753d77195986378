"""Singer tap for MOCO."""

from __future__ import annotations

import sys
import typing as t

from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.schema.source import SchemaDirectory

from tap_moco import schemas, streams
from tap_moco._kit.errors import ConfigError
from tap_moco._kit.settings import common_settings
from tap_moco._kit.tap import ApiTap

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

# Documented limits; "legacy_2018" is that of the 2018 overview.
PLANS: dict[str, list[dict[str, int]]] = {
    "standard": [{"requests": 120, "seconds": 120}],
    "unlimited": [{"requests": 1200, "seconds": 120}],
    "legacy_2018": [{"requests": 15, "seconds": 15}],
}


class TapMoco(ApiTap):
    """Reads MOCO: companies, contacts, deals, projects, hours, offers, invoices."""

    name = "tap-moco"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS
    probe_path = "/session"

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property(
            "domain",
            th.StringType,
            description="Subdomain of the account: the first part of https://{domain}.mocoapp.com.",
        ),
        th.Property(
            "api_key",
            th.StringType,
            required=True,
            secret=True,
            description="Personal or account API key.",
        ),
        th.Property(
            "plan",
            th.StringType,
            default="standard",
            allowed_values=list(PLANS),
            description="Preset of rate_limits: 120 requests per 2 minutes, 1200, or 15 per 15 s.",
        ),
        *common_settings("tap-moco", api_url=None, rate_limits=None, concurrency=4),
    ).to_dict()

    @property
    @override
    def api_url(self) -> str:
        """Base URL: ``api_url``, or the one of the account."""
        url, domain = self.config.get("api_url"), self.config.get("domain")
        if not url and not domain:
            raise ConfigError("Setting 'domain' is required and missing (or 'api_url').")
        return str(url or f"https://{domain}.mocoapp.com/api/v1").rstrip("/")

    @property
    @override
    def rate_limits(self) -> list[dict[str, t.Any]]:
        """The limits of the plan, unless they are given."""
        given = self.config.get("rate_limits")
        return list(PLANS[self.config["plan"]] if given is None else given)

    @property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        """``Authorization: Token token=…``."""
        return APIKeyAuthenticator(
            key="Authorization", value=f"Token token={self.config['api_key']}"
        )
