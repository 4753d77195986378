"""Singer tap for MiiMOSA."""

from __future__ import annotations

import functools
import re
import typing as t

from singer_sdk import typing as th
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.schema.source import SchemaDirectory

from tap_miimosa import schemas, streams
from tap_miimosa._kit.compat import override
from tap_miimosa._kit.errors import ConfigError, DeniedError, KitError
from tap_miimosa._kit.setting_checks import check_encrypted, check_header
from tap_miimosa._kit.settings import common_settings, settings_schema
from tap_miimosa._kit.singer.tap import ApiTap

if t.TYPE_CHECKING:
    import requests

    from tap_miimosa._kit.http.answer import Answer

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
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


class TapMiiMosa(ApiTap):
    """Reads MiiMOSA: campaigns, and the pledges and wallets of given people."""

    name = "tap-miimosa"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS
    # No cheaper request is documented; only a 401 in the middle of a run costs it.
    probe_path = "/projects"

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings_schema(
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
            th.ArrayType(
                th.ObjectType(
                    th.Property("email", th.StringType, required=True),
                    th.Property("birthdate", th.StringType),
                )
            ),
            default=[],
            secret=True,
            description=(
                "People whose pledges and wallets are read, each {email}, or {email, birthdate} "
                "where user_endpoints is user."
            ),
        ),
        th.Property(
            "user_endpoints",
            th.StringType,
            default="v1",
            allowed_values=["v1", "user"],
            description=(
                "Which requests are made for people: v1 (/pledges, /wallet, by e-mail address) or "
                "user (/user/pledges, /user/wallet, by e-mail address and birthdate)."
            ),
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
        th.Property(
            "deleted_records",
            th.StringType,
            default="ignore",
            allowed_values=["ignore", "detect"],
            description=(
                "Whether to tell the target (_sdc_deleted_at) which campaigns and pledges are "
                "gone; for that the state keeps the keys of all of them."
            ),
        ),
        *common_settings("tap-miimosa", api_url=API_URL, rate_limits=(), concurrency=4),
    )

    @functools.cached_property
    def birthdates(self) -> dict[str, str | None]:
        """The birthdate of each configured person, by e-mail address, in their order."""
        return {user["email"]: user.get("birthdate") for user in self.config["users"]}

    @override
    def check_settings(self) -> None:
        super().check_settings()
        if "{api_key}" not in self.config["authorization_format"]:
            raise ConfigError("Setting 'authorization_format' must contain {api_key}.")
        for name in ("api_key", "authorization_format"):
            check_header(name, self.config[name])
        check_encrypted("api_url", self.api_url)
        if not self.config["api_key"]:
            raise ConfigError("Setting 'api_key' is required and empty.")
        self._check_users()

    def _check_users(self) -> None:
        selected = [stream for stream in self.streams.values() if stream.selected]
        people_only = all(isinstance(stream, streams.UserStream) for stream in selected)
        if selected and people_only and not self.config["users"]:
            raise ConfigError("Setting 'users' is empty: there is nobody to ask for.")
        checked = self.config["user_endpoints"] == "user"
        for number, user in enumerate(self.config["users"]):
            if not EMAIL.fullmatch(user["email"]):
                raise ConfigError(f"Setting 'users[{number}].email' must be an e-mail address.")
            if checked and not (user.get("birthdate") or "").strip():
                raise ConfigError(
                    f"Setting 'users[{number}].birthdate' is required where 'user_endpoints' is "
                    f"'user', and missing."
                )

    @override
    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; what was raised below an error names URLs with e-mail addresses."""
        try:
            return super().fetch(request, stream)
        except KitError as error:
            error.__cause__ = error.__context__ = None
            raise

    def check_address(self) -> None:
        """Check that the API is where it is looked for, before somebody is said to be absent.

        One request tells, if nothing could be read yet: the list of campaigns is public.

        Raises:
            ConfigError: If that is not there either.
            DeniedError: If the credentials may not read it.
        """
        run = self.run_context
        request = self.probe_request()
        if run.reach.read or request is None:
            return
        try:
            run.fetch_now(request, streams.Projects.name)
        except DeniedError as error:
            self.check_credentials(error)
            run.reach.note_denied(error)
            run.reach.check(self.address_setting)
        else:
            run.reach.note_read()

    @functools.cached_property
    def authenticator(self) -> APIKeyAuthenticator:
        """``Authorization`` in the configured form."""
        value = self.config["authorization_format"].replace("{api_key}", self.config["api_key"])
        return APIKeyAuthenticator(key="Authorization", value=value)
