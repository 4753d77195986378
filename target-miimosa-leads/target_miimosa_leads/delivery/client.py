"""Sends one lead in one POST."""

from __future__ import annotations

import json
import typing as t

import urllib3

from target_miimosa_leads.delivery.connection import build_pool_manager
from target_miimosa_leads.delivery.outcomes import Answer, Outcome, judge

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from target_miimosa_leads._kit.http.deadline import Watchdog
    from target_miimosa_leads.settings import Settings

CONNECT_SECONDS = 10.0


class Client:
    """Sends leads, each over a connection of its own; one client per thread.

    Args:
        settings: Where to, with which key, and for how long.
        watchdog: Ends exchanges that take too long.
    """

    def __init__(self, settings: Settings, watchdog: Watchdog) -> None:
        """Prepare the headers; no connection is made yet."""
        self._url = settings.lead_url
        self._timeout = settings.request_timeout
        self._watchdog = watchdog
        self._connections = build_pool_manager(self._url)
        self._headers = {
            "Authorization": settings.authorization,
            "User-Agent": settings.user_agent,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Connection": "close",
        }

    def post(self, lead: Mapping[str, str]) -> Answer:
        """Send one lead, once, and return what became of it."""
        try:
            with self._watchdog.watching(self._timeout) as exchange:
                try:
                    return self._post(lead)
                finally:
                    # It belongs to one exchange, even if the server offers to keep it open: it may
                    # close a kept connection just when it is used again, and then nobody could tell
                    # whether the lead arrived.
                    exchange.close()
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if exchange.connecting:
                return Answer(Outcome.UNREACHABLE, f"no connection ({_describe_cause(error)})")
            if exchange.expired or isinstance(error, urllib3.exceptions.TimeoutError):
                return Answer(Outcome.UNKNOWN, f"no answer within {self._timeout:g} seconds")
            return Answer(Outcome.UNKNOWN, f"the connection broke ({_describe_cause(error)})")

    def _post(self, lead: Mapping[str, str]) -> Answer:
        response = self._connections.urlopen(
            "POST",
            self._url,
            body=json.dumps(lead).encode(),
            headers=self._headers,
            redirect=False,
            preload_content=False,
            timeout=urllib3.Timeout(
                connect=min(CONNECT_SECONDS, self._timeout), read=self._timeout
            ),
        )
        try:
            return judge(response, lead)
        finally:
            response.close()


def _describe_cause(error: BaseException) -> str:
    """Return the type of the innermost failure; messages may hold addresses and data."""
    seen: BaseException = error
    while (inner := seen.__cause__ or seen.__context__) is not None:
        seen = inner
    return type(seen).__name__
