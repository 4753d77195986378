"""The settings of tap-ulule; README.md explains them."""

from __future__ import annotations

import re
import typing as t
from datetime import date

from singer_sdk import typing as th

from tap_ulule._kit.errors import ConfigError
from tap_ulule._kit.settings import common_settings, settings_schema

API_URL = "https://api.ulule.com/v1"
DISCUSSIONS_URL = "https://discussions.ulule.com"
TOKEN_URL = "https://www.ulule.com/oauth2/token/"  # noqa: S105 - an address
RATE_LIMITS = ({"requests": 10, "seconds": 1}, {"requests": 500, "seconds": 3600})
# The version whose shapes the schemas describe.
API_VERSION = "2017-10-10"
ID_SETTINGS = (
    "project_ids",
    "partner_slugs",
    "user_ids",
    "account_ids",
    "sponsor_user_ids",
)
_VERSION = re.compile(r"\d{4}-\d\d-\d\d")
_IDS = th.ArrayType(th.CustomType({"type": ["integer", "string"]}))


def _text(name: str, description: str, **options: t.Any) -> th.Property[t.Any]:  # noqa: ANN401
    return th.Property(name, th.StringType, description=description, **options)


def _ids(name: str, description: str) -> th.Property[t.Any]:
    return th.Property(name, _IDS, default=[], description=description)


SETTINGS: dict[str, t.Any] = settings_schema(
    _text(
        "auth_method",
        "How to sign requests. Orders and all that is private need more than anonymous. Default: "
        "what the credentials are for, anonymous without any.",
        allowed_values=["anonymous", "api_key", "basic", "oauth2"],
    ),
    _text("username", "Ulule user name, for basic, for OAuth2 by password, or beside the API key."),
    _text("password", "Password of the website login.", secret=True),
    _text("api_key", "API key from the account's privacy settings.", secret=True),
    _text(
        "api_key_scheme",
        "First word of the Authorization header with an API key; newer documents say APIKey.",
        default="ApiKey",
        allowed_values=["ApiKey", "APIKey"],
    ),
    _text("client_id", "Id of the registered application, for OAuth2."),
    _text("client_secret", "Secret of the registered application.", secret=True),
    _text("refresh_token", "OAuth2 refresh token to begin with.", secret=True),
    _text("access_token", "OAuth2 access token to begin with.", secret=True),
    _text("token_url", "Token endpoint, the full address.", default=TOKEN_URL),
    _text(
        "token_path",
        "File in which OAuth2 tokens are kept between runs, so that a rotated refresh token is "
        "not lost. Made readable by its owner only.",
    ),
    _text("discussions_url", "Base URL of the discussions.", default=DISCUSSIONS_URL),
    _text(
        "api_version",
        "Header Ulule-Version, a date; records are always those of 2017-10-10. Empty: no header, "
        "the API's oldest shape.",
        default=API_VERSION,
    ),
    _text("lang", "Language of texts and links (en, fr, ca, de, it, es, nl, pt), or all."),
    _ids("project_ids", "Projects to read: ids or slugs."),
    _ids("partner_slugs", "Partners whose projects, users and proposals to read."),
    _ids(
        "user_ids",
        "Users whose projects, orders, addresses and proposals to read: ids, user names, or me. "
        "Without any source of projects, the projects of me are read.",
    ),
    _text(
        "search_query",
        "Projects to read: what this search finds (parameter q, with qualifiers).",
    ),
    _ids("account_ids", "Payout accounts to read."),
    _ids("sponsor_user_ids", "Sponsors whose projects to list."),
    th.Property(
        "lookback_days",
        th.IntegerType(minimum=0),
        default=0,
        description=(
            "Orders and supporters of open campaigns are read again in every run, down to this "
            "many days before the newest known one, because their status moves no counter. "
            "0 means only when a counter moved, and then the whole list."
        ),
    ),
    th.Property(
        "deleted_records",
        th.StringType,
        default="ignore",
        allowed_values=["ignore", "detect"],
        description=(
            "Whether to tell the target (_sdc_deleted_at) which rows are gone; for that the state "
            "keeps the keys of all rows."
        ),
    ),
    th.Property(
        "mark_threads_as_read",
        th.BooleanType,
        default=False,
        description=(
            "Read the stream thread_messages where it is selected. To read messages marks their "
            "threads as read for the signed-in user, so without this the stream is left out."
        ),
    ),
    *common_settings(
        "tap-ulule", api_url=API_URL, rate_limits=RATE_LIMITS, concurrency=4, refresh_days=7
    ),
)


def check_version(value: str) -> None:
    """Check the setting ``api_version``.

    Raises:
        ConfigError: If it is neither a date nor empty.
    """
    if not value:
        return
    try:
        date.fromisoformat(value)
        valid = bool(_VERSION.fullmatch(value))
    except ValueError:
        valid = False
    if not valid:
        raise ConfigError("Setting 'api_version' must be a date such as 2017-10-10, or empty.")
