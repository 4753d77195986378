"""Settings that all taps share; the contract is section "Configuration" of each README."""

from __future__ import annotations

import typing as t
from importlib.metadata import version

from singer_sdk import typing as th

from .personal_data import EXCLUDE, SETTING

if t.TYPE_CHECKING:
    from collections.abc import Sequence


SUMMARY_PATH = (
    "File that takes the run summary as JSON, however the run ends. "
    "It is replaced as a whole, and never through a symbolic link."
)


# Words of a setting's name that are written otherwise in its title.
_SPELLINGS = {"api": "API", "url": "URL", "id": "ID", "ids": "IDs"}


def settings_schema(*properties: th.Property[t.Any]) -> dict[str, t.Any]:
    """Return the JSON schema of settings, each with a title for forms.

    Args:
        properties: The settings. Without a title of its own a setting has that of its name:
            ``api_url`` is "API URL".
    """
    schema: dict[str, t.Any] = th.PropertiesList(*properties).to_dict()
    for name, setting in schema["properties"].items():
        words = [_SPELLINGS.get(word, word) for word in name.split("_")]
        title = " ".join(words)
        setting.setdefault("title", title[:1].upper() + title[1:])
    return schema


def common_settings(
    package: str,
    *,
    api_url: str | None,
    rate_limits: Sequence[dict[str, int]] | None,
    concurrency: int,
    refresh_days: int | None = None,
) -> list[th.Property[t.Any]]:
    """Return the settings that every tap has.

    Args:
        package: Name of the tap's distribution.
        api_url: Default base URL, or None where the tap derives it.
        rate_limits: The API's documented limits, ``[{"requests": n, "seconds": s}, …]``, or None
            where the tap derives them.
        concurrency: Default number of requests in flight.
        refresh_days: Default of the setting by that name, for a tap whose streams have
            ``change_markers``; None where none has.
    """
    window = th.ObjectType(
        th.Property("requests", th.IntegerType, required=True),
        th.Property("seconds", th.NumberType, required=True),
    )
    refresh = th.Property(
        "refresh_days",
        th.IntegerType(minimum=0),
        default=refresh_days,
        description=(
            "Lists that are read only when their parent has changed are read again after this many "
            "days although nothing seems to have changed: an edit may move no counter. 0 means "
            "never."
        ),
    )
    return [
        *([] if refresh_days is None else [refresh]),
        th.Property(
            "api_url",
            th.StringType,
            default=api_url,
            description="Base URL of the API, version path included.",
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            description="Earliest data for incremental streams: an ISO date or date-time (UTC).",
        ),
        th.Property(
            "overlap_seconds",
            th.IntegerType(minimum=0),
            default=60,
            description=(
                "How late a row may become visible: so many seconds before the bookmark are read "
                "again. Rows that came unchanged do not come again."
            ),
        ),
        th.Property(
            "unknown_fields",
            th.StringType,
            default="column",
            allowed_values=["column", "pass", "drop"],
            description=(
                "What becomes of fields that the API sends and no schema declares: one column "
                "_extra, an object, holds them; they pass in the records, where nothing is "
                "deselected; or they are dropped."
            ),
        ),
        th.Property(
            SETTING,
            th.StringType,
            default="include",
            allowed_values=["include", EXCLUDE],
            description=(
                "Whether fields that the catalog marks as personal data (x-personal) go out. "
                "exclude: they are in no SCHEMA and no RECORD, nor are fields that no schema "
                "declares, and streams whose key is personal data are not there."
            ),
        ),
        th.Property(
            "rate_limits",
            th.ArrayType(window),
            default=None if rate_limits is None else list(rate_limits),
            description=(
                "Request limits that hold at the same time, each {requests, seconds}. "
                "An empty list means unlimited."
            ),
        ),
        th.Property(
            "on_rate_limit",
            th.StringType,
            default="wait",
            allowed_values=["wait", "stop"],
            description=(
                "What to do when a limit is reached: wait, or stop (end cleanly, with a state from "
                "which the next run goes on) once the wait would exceed max_wait."
            ),
        ),
        th.Property(
            "max_wait",
            th.NumberType(minimum=0),
            default=3600,
            description="Longest wait for one rate limit window, in seconds.",
        ),
        th.Property(
            "budget_path",
            th.StringType,
            # A URL may hold a password.
            secret=True,
            description=(
                "Where runs, and taps on one key, share the request budget: a file, for runs on "
                "one machine, or postgresql://user:password@host/database?budget=name. Without it "
                "every run begins with a whole one."
            ),
        ),
        th.Property(
            "concurrency",
            th.IntegerType(minimum=1, maximum=64),
            default=concurrency,
            description="Requests in flight at most; 1 is strictly sequential. Same output anyway.",
        ),
        th.Property(
            "on_denied",
            th.StringType,
            default="skip",
            allowed_values=["skip", "fail"],
            description=(
                "What to do when one stream or parent answers 401, 403 or 404 although the "
                "credentials work: skip it and say so, or fail."
            ),
        ),
        th.Property(
            "request_timeout",
            th.NumberType(exclusive_minimum=0, maximum=86400),
            default=60,
            description="Seconds that one whole response may take.",
        ),
        th.Property(
            "retry_seconds",
            th.NumberType(minimum=0, maximum=86400),
            default=150,
            description=(
                "Seconds for which a request that failed (no connection, a cut answer, 408, 5xx) "
                "is tried again; 0 means never. Before anything has answered, 10 at most."
            ),
        ),
        th.Property("summary_path", th.StringType, description=SUMMARY_PATH),
        th.Property(
            "user_agent",
            th.StringType,
            default=f"{package}/{version(package)}",
            description="User-Agent header of every request.",
        ),
        th.Property(
            "ignored_settings",
            th.ArrayType(th.StringType),
            description=(
                "Names of settings that are not this plugin's and that something else puts into "
                "its configuration. Any other unknown setting is an error."
            ),
        ),
    ]
