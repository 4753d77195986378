"""Settings that all taps share; the contract is section "Configuration" of each README."""

from __future__ import annotations

import typing as t
from importlib.metadata import version

from singer_sdk import typing as th

if t.TYPE_CHECKING:
    from collections.abc import Sequence


def common_settings(
    package: str,
    *,
    api_url: str | None,
    rate_limits: Sequence[dict[str, int]] | None,
    concurrency: int,
) -> list[th.Property[t.Any]]:
    """Return the settings that every tap has.

    Args:
        package: Name of the tap's distribution.
        api_url: Default base URL, or None where the tap derives it.
        rate_limits: The API's documented limits, ``[{"requests": n, "seconds": s}, …]``, or None
            where the tap derives them.
        concurrency: Default number of requests in flight.
    """
    window = th.ObjectType(
        th.Property("requests", th.IntegerType, required=True),
        th.Property("seconds", th.NumberType, required=True),
    )
    return [
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
            description=(
                "File in which runs, and taps on one key, share the request budget. "
                "Without it every run begins with a whole one."
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
            th.NumberType(exclusive_minimum=0),
            default=60,
            description="Seconds that one whole response may take.",
        ),
        th.Property(
            "user_agent",
            th.StringType,
            default=f"{package}/{version(package)}",
            description="User-Agent header of every request.",
        ),
    ]
