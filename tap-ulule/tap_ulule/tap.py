"""Singer tap for Ulule."""

from __future__ import annotations

import functools
import sys
import typing as t

from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator, SimpleAuthenticator
from singer_sdk.schema.source import SchemaDirectory

from tap_ulule import schemas, streams
from tap_ulule._kit.errors import ConfigError
from tap_ulule._kit.settings import common_settings
from tap_ulule._kit.tap import ApiTap

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    from singer_sdk.authenticators import APIAuthenticatorBase

    from tap_ulule._kit.records import Record

API_URL = "https://api.ulule.com/v1"
RATE_LIMITS = ({"requests": 10, "seconds": 1}, {"requests": 500, "seconds": 3600})
# The version whose shapes the schemas describe.
API_VERSION = "2017-10-10"


class TapUlule(ApiTap):
    """Reads Ulule: campaigns with their rewards, comments, news, supporters and orders."""

    name = "tap-ulule"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = th.PropertiesList(
        th.Property(
            "auth_method",
            th.StringType,
            default="anonymous",
            allowed_values=["anonymous", "api_key"],
            description="How to sign requests. Orders need more than anonymous.",
        ),
        th.Property(
            "username",
            th.StringType,
            description="Ulule user name, where the key is sent as username:key.",
        ),
        th.Property(
            "api_key",
            th.StringType,
            secret=True,
            description="API key from the account's privacy settings.",
        ),
        th.Property(
            "api_version",
            th.StringType,
            default=API_VERSION,
            description="Header Ulule-Version, a date; the schemas are those of 2017-10-10.",
        ),
        th.Property(
            "lang",
            th.StringType,
            description="Language of texts and links (en, fr, ca, de, it, es), or all.",
        ),
        th.Property(
            "project_ids",
            th.ArrayType(th.CustomType({"type": ["integer", "string"]})),
            default=[],
            description="Projects to read: ids or slugs.",
        ),
        th.Property(
            "search_query",
            th.StringType,
            description="Projects to read: what this search finds (parameter q, with qualifiers).",
        ),
        th.Property(
            "refresh_days",
            th.IntegerType(minimum=0),
            default=7,
            description=(
                "Comments, news, supporters and orders of a project are read again after this many "
                "days although its counters did not move, because edits move none. 0 means never."
            ),
        ),
        *common_settings("tap-ulule", api_url=API_URL, rate_limits=RATE_LIMITS, concurrency=4),
    ).to_dict()

    @override
    def check_settings(self) -> None:
        super().check_settings()
        if self.config["auth_method"] == "api_key" and not self.config.get("api_key"):
            raise ConfigError("Setting 'api_key' is required and missing (auth_method is api_key).")
        if not self.config["project_ids"] and not self.config.get("search_query"):
            raise ConfigError("Set 'project_ids' or 'search_query': there is no project to read.")

    @functools.cached_property
    def authenticator(self) -> APIAuthenticatorBase:
        """``Authorization: ApiKey …``, or nothing."""
        if self.config["auth_method"] == "anonymous":
            return SimpleAuthenticator()
        user, key = self.config.get("username"), self.config["api_key"]
        credential = f"{user}:{key}" if user else key
        return APIKeyAuthenticator(key="Authorization", value=f"ApiKey {credential}")

    @functools.cached_property
    def search_rows(self) -> list[Record]:
        """What the search finds; read once for ``search_projects`` and ``projects``."""
        return t.cast("streams.SearchProjects", self.streams["search_projects"]).search()

    @functools.cached_property
    def project_ids(self) -> list[int | str]:
        """The projects to read, each once, whatever way it was named."""
        rows = self.search_rows if self.config.get("search_query") else []
        slugs = {row.get("slug"): row["id"] for row in rows}
        named = [slugs.get(name, name) for name in self.config["project_ids"]]
        return list(dict.fromkeys([*named, *(row["id"] for row in rows)]))
