"""Singer tap for MOCO."""

from __future__ import annotations

import functools
import re
import typing as t
from http import HTTPStatus

from singer_sdk import typing as th
from singer_sdk.schema.source import SchemaDirectory

from tap_moco import schemas, streams
from tap_moco._kit.compat import override
from tap_moco._kit.errors import ConfigError, DeniedError
from tap_moco._kit.fingerprints import secret_fingerprint
from tap_moco._kit.reading.spec import ReadWindow
from tap_moco._kit.settings import common_settings, settings_schema
from tap_moco._kit.singer.tap import ApiTap
from tap_moco.access import Access, MocoAuthenticator
from tap_moco.access_check import check_access
from tap_moco.client import COLUMNS
from tap_moco.custom_fields import Columns, normalized

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_moco._kit.records import Record
    from tap_moco._kit.singer.stream import ApiStream
    from tap_moco.client import CopyingStream, MocoStream

# Documented limits; "legacy_2018" is that of the 2018 overview.
PLANS: dict[str, list[dict[str, int]]] = {
    "standard": [{"requests": 120, "seconds": 120}],
    "unlimited": [{"requests": 1200, "seconds": 120}],
    "legacy_2018": [{"requests": 15, "seconds": 15}],
}
# One label of a host name.
SUBDOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?")
FIRST_YEAR, LAST_YEAR = 2000, 2100
# The last month in which the figures of the year before still change.
SETTLED_AFTER = 3


class TapMoco(ApiTap):
    """Reads MOCO: contacts, sales, projects, hours, invoices, purchases, staff and settings."""

    name = "tap-moco"
    schemas = SchemaDirectory(schemas)
    stream_types = streams.STREAMS
    probe_path = "/session"

    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings_schema(
        th.Property(
            "domain",
            th.StringType,
            description="Subdomain of the account: the first part of https://{domain}.mocoapp.com.",
        ),
        th.Property(
            "api_key",
            th.StringType,
            secret=True,
            description="Personal or account API key.",
        ),
        th.Property(
            "auth_scheme",
            th.StringType,
            default="token",
            allowed_values=["token", "bearer"],
            description="How the key is sent: as 'Token token=…', or as 'Bearer …'.",
        ),
        th.Property(
            "email",
            th.StringType,
            secret=True,
            description="With password, in place of api_key: exchanged for a key in each run.",
        ),
        th.Property(
            "password",
            th.StringType,
            secret=True,
            description="Password that belongs to email.",
        ),
        th.Property(
            "impersonate_user_id",
            th.IntegerType,
            description="Read as this user; the key needs the permission on staff.",
        ),
        th.Property(
            "plan",
            th.StringType,
            default="standard",
            allowed_values=list(PLANS),
            description="Preset of rate_limits: 120 requests per 2 minutes, 1200, or 15 per 15 s.",
        ),
        th.Property(
            "report_years",
            th.ArrayType(th.IntegerType(minimum=FIRST_YEAR, maximum=LAST_YEAR)),
            description=(
                "Years that reports and budgets are read for (UTC). Default: the current one, and "
                "through March the one before."
            ),
        ),
        th.Property(
            "custom_properties",
            th.StringType,
            default="object",
            allowed_values=["object", "columns"],
            description=(
                "Custom fields as one free object, or as typed columns of their own "
                "(one more request per run)."
            ),
        ),
        th.Property(
            "deleted_records",
            th.StringType,
            default="ignore",
            allowed_values=["ignore", "detect"],
            description=(
                "Whether to find out, with one more request per list, that records were deleted, "
                "and to tell the target (ACTIVATE_VERSION, or _sdc_deleted_at)."
            ),
        ),
        *common_settings("tap-moco", api_url=None, rate_limits=None, concurrency=4),
    )

    def __init__(
        self,
        *args: t.Any,  # noqa: ANN401 - the SDK's own
        setup_mapper: bool = True,
        **kwargs: t.Any,  # noqa: ANN401
    ) -> None:
        """Load the state before the schemas are made: it remembers the columns of custom fields."""
        super().__init__(*args, setup_mapper=False, **kwargs)
        if setup_mapper:
            self.setup_mapper()

    # Settings

    @property
    @override
    def api_url(self) -> str:
        """Base URL: ``api_url``, or the one of the account."""
        url, domain = self.config.get("api_url"), self.config.get("domain")
        if not url and not domain:
            raise ConfigError("Setting 'domain' is required and missing (or 'api_url').")
        if not url and not SUBDOMAIN.fullmatch(str(domain)):
            raise ConfigError(
                "Setting 'domain' must be the account's subdomain alone: my-agency, if its address "
                "is https://my-agency.mocoapp.com."
            )
        return str(url or f"https://{domain}.mocoapp.com/api/v1").rstrip("/")

    @property
    @override
    def address_setting(self) -> str:
        return "api_url" if self.config.get("api_url") else "domain"

    @property
    @override
    def rate_limits(self) -> list[dict[str, t.Any]]:
        """The limits of the plan, unless they are given."""
        given = self.config.get("rate_limits")
        return list(PLANS[self.config["plan"]] if given is None else given)

    @functools.cached_property
    def report_years(self) -> list[int]:
        """The years of reports, in order: by default the current one, by the clock of MOCO.

        In its first months the figures of the year before still change.
        """
        today = self.run_context.clock.started_at
        settling = [today.year - 1] if today.month <= SETTLED_AFTER else []
        return sorted(set(self.config.get("report_years") or [*settling, today.year]))

    def copies_of(self, stream: str) -> list[CopyingStream]:
        """Return the selected streams that have the records of another one."""
        streams = t.cast("list[MocoStream]", list(self.streams.values()))
        found = [each for each in streams if each.selected and stream in each.copied_from]
        return t.cast("list[CopyingStream]", found)

    @override
    def check_settings(self) -> None:
        super().check_settings()
        self.access.check()

    # Access

    @functools.cached_property
    def access(self) -> Access:
        """The credentials."""
        return Access(self.config, self.api_url)

    @functools.cached_property
    @override
    def authenticator(self) -> MocoAuthenticator:
        """Signs requests; with e-mail and password, the key is fetched first."""
        request = self.access.key_request()
        if request is None:
            return self.access.authenticator()
        try:
            answer = self.run_context.fetch_now(request, "session")
        except DeniedError:
            raise ConfigError("MOCO does not accept 'email' and 'password'.") from None
        return self.access.authenticator(answer.data)

    @override
    def query_identity(self) -> tuple[object, ...]:
        who = str(self.config.get("api_key") or self.config.get("email") or "")
        user = self.config.get("impersonate_user_id")
        return (*super().query_identity(), user, secret_fingerprint(who))

    @override
    def handle_denied(self, stream: str, context: str, error: DeniedError) -> None:
        """Go on without a stream or parent; tell once what concerns all of a stream."""
        found: MocoStream = self.streams[stream]  # type: ignore[assignment]
        if error.status == HTTPStatus.NOT_FOUND and found.beta:
            self.run_context.summary.denied.append(f"{stream}: 404")
            self.logger.warning("Skipped '%s': this account does not offer it (beta).", stream)
            return
        refused = error.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        if refused and context and found.one_permission:
            # Before it is left out: a key may end just when such a list is asked for.
            self.check_credentials(error)
            if found.forbidden:
                return
            context, found.forbidden = "", True
        super().handle_denied(stream, context, error)

    @override
    def test_connection(self, streams: list[ApiStream]) -> None:
        """Check the credentials, and which selected streams they may read."""
        check_access(t.cast("list[MocoStream]", streams), self.address_setting)

    # Custom fields

    @functools.cached_property
    def _definitions(self) -> Mapping[str, list[Record]]:
        """Definitions of custom fields by normalized entity, in one read per run."""
        self.check_settings()
        stream = streams.account.AccountCustomProperties(self, schema={"properties": {}})
        found: dict[str, list[Record]] = {}
        try:
            for page in stream.reader.read_pages({}, ReadWindow()):
                for row in page.rows:
                    found.setdefault(normalized(row.get("entity")), []).append(row)
        except DeniedError as error:
            if not self.credentials_work(error):
                raise ConfigError("The API does not accept the credentials.") from error
            if error.later_page:
                raise
            self.logger.warning("Custom fields stay in one object: %s", error)
        return found

    def custom_columns(self, stream: MocoStream) -> Columns | None:
        """Return the custom fields of a stream's records, or None for one free object."""
        if self.config.get("custom_properties") != "columns" or not stream.entity:
            return None
        rows = [
            row for name in stream.entity for row in self._definitions.get(normalized(name), ())
        ]
        own = self.schemas.get_schema(stream.schema_name or stream.name)["properties"]
        known = self.state.get("bookmarks", {}).get(stream.name, {}).get(COLUMNS, {})
        return Columns(rows, own, known) if rows else None
