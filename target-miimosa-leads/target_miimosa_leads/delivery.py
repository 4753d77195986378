"""One POST of one lead, and what its answer means.

The table of outcomes (the API documents 200 and 400 only):

=================================================  ============
answer                                             outcome
=================================================  ============
200, 201 with an empty body or JSON that does      acknowledged
not say no (see :mod:`answers`)
400 and every other 4xx not named here             rejected
401, 402, 403, 404, 405, 407, 410                  refused
429                                                limited
no connection                                      unreachable
3xx, 408, 5xx, another 2xx, 200 with anything      unknown
else or with JSON that says no, no complete answer
=================================================  ============
"""

from __future__ import annotations

import codecs
import enum
import json
import re
import typing as t
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import urllib3

from target_miimosa_leads._kit.redaction import redact
from target_miimosa_leads.answers import refusal_in
from target_miimosa_leads.connection import pool_manager

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from target_miimosa_leads.connection import Watchdog
    from target_miimosa_leads.settings import Settings

CONNECT_SECONDS = 10.0
LARGEST_ANSWER = 1 << 20
LONGEST_REASON = 300
_REASON_SOURCE = 10_000
_SHORTEST_VALUE = 3
_REFUSED = frozenset({401, 402, 403, 404, 405, 407, 410})
_CREATED = frozenset({200, 201})
_NAMING = ("email", "firstname", "lastname", "phone", "birthdate", "siret", "social_link")
_PROBLEM_TYPE = re.compile(r"(?i)problem\+json|vnd\.error")
_PERSONAL = re.compile(r"\+?\d[\d ./-]{6,}\d")


class Outcome(enum.Enum):
    """What became of a POST."""

    ACKNOWLEDGED = enum.auto()
    REJECTED = enum.auto()
    UNKNOWN = enum.auto()
    REFUSED = enum.auto()
    LIMITED = enum.auto()
    UNREACHABLE = enum.auto()


@dataclass(frozen=True)
class Answer:
    """An outcome, why, and for how many seconds the server asks to be left alone."""

    outcome: Outcome
    reason: str = ""
    retry_after: float | None = None


class Client:
    """Sends leads, each over a connection of its own; one client for each thread.

    Args:
        settings: Where to, with which key, and for how long.
        watchdog: Ends answers that take too long.
    """

    def __init__(self, settings: Settings, watchdog: Watchdog) -> None:
        """Prepare a session; connect nowhere yet."""
        self._url = settings.lead_url
        self._timeout = settings.request_timeout
        self._watchdog = watchdog
        self._connections = pool_manager(self._url)
        self._headers = {
            "Authorization": settings.authorization,
            "User-Agent": settings.user_agent,
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Connection": "close",
        }

    def post(self, lead: Mapping[str, str]) -> Answer:
        """Send one lead, once, and say what became of it."""
        try:
            with self._watchdog.watching(self._timeout) as exchange:
                return self._post(lead)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if exchange.connecting:
                return Answer(Outcome.UNREACHABLE, f"no connection ({_name(error)})")
            if exchange.expired or isinstance(error, urllib3.exceptions.TimeoutError):
                return Answer(Outcome.UNKNOWN, f"no answer within {self._timeout:g} seconds")
            return Answer(Outcome.UNKNOWN, f"the connection broke ({_name(error)})")

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
            return _judge(response, lead)
        finally:
            response.close()


def _judge(response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> Answer:
    status = response.status
    if status in _CREATED:
        return _judge_body(response, lead)
    if status in _REFUSED:
        return Answer(Outcome.REFUSED, f"HTTP {status}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
        return Answer(Outcome.LIMITED, "HTTP 429", wait)
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:  # noqa: PLR2004
        return Answer(Outcome.REJECTED, _refusal(status, response, lead))
    return Answer(Outcome.UNKNOWN, f"HTTP {status}")


def _read(response: urllib3.BaseHTTPResponse) -> bytes | None:
    """Return the body, or None if it is larger than any answer of this API can be."""
    body: bytes = response.read(LARGEST_ANSWER + 1)
    return body if len(body) <= LARGEST_ANSWER else None


def _judge_body(response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> Answer:
    status, body = response.status, _read(response)
    if body is None:
        return Answer(Outcome.UNKNOWN, f"HTTP {status} with a body of more than 1 MiB")
    if not body.removeprefix(codecs.BOM_UTF8).strip():
        return Answer(Outcome.ACKNOWLEDGED)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Answer(Outcome.UNKNOWN, f"HTTP {status} with a body that is no JSON")
    found = refusal_in(content)
    if found is None and _PROBLEM_TYPE.search(response.headers.get("Content-Type", "")):
        found = "Content-Type"
    if found is None:
        return Answer(Outcome.ACKNOWLEDGED)
    reason = f"HTTP {status} with an answer that says no ({found})"
    return Answer(Outcome.UNKNOWN, _with_text(reason, body, lead))


def _refusal(status: int, response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> str:
    """Return the API's reason, without what it may quote of the lead."""
    try:
        body = _read(response) or b""
    except (urllib3.exceptions.HTTPError, OSError):
        body = b""
    return _with_text(f"HTTP {status}", body, lead)


def _with_text(reason: str, body: bytes, lead: Mapping[str, str]) -> str:
    """Add the text of an answer to a reason, without what it quotes of the lead; never HTML."""
    text = body.decode("utf-8-sig", "replace").strip()
    if not text or text.startswith("<"):
        return reason
    text = " ".join(text.split())[:_REASON_SOURCE]
    text = _PERSONAL.sub("***", redact(_quoted(lead).sub("***", text)))
    return f"{reason}: {text[:LONGEST_REASON]}"


def _quoted(lead: Mapping[str, str]) -> re.Pattern[str]:
    """Return what finds the lead's values in a text, and each word of those that name a person."""
    values = set(lead.values()) | {json.dumps(value)[1:-1] for value in lead.values()}
    for name in _NAMING:
        values.update(re.split(r"\W+", lead.get(name, "")))
    long_enough = sorted((v for v in values if len(v) >= _SHORTEST_VALUE), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long_enough)) or r"(?!)", re.IGNORECASE)


def retry_after(value: str | None, date: str | None = None) -> float | None:
    """Return the seconds of a Retry-After header.

    Args:
        value: The header: seconds, or a date.
        date: The Date header of the same response. A date is held against it, because the server's
            clock need not be ours.
    """
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    moment = _moment(value)
    if moment is None:
        return None
    present = _moment(date or "") or datetime.now(timezone.utc)
    return max(0.0, (moment - present).total_seconds())


def _moment(value: str) -> datetime | None:
    """Return the moment of an HTTP date, None if it is none."""
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _name(error: BaseException) -> str:
    """Return the kind of the innermost failure; messages may hold addresses and data."""
    seen: BaseException = error
    while (inner := seen.__cause__ or seen.__context__) is not None:
        seen = inner
    return type(seen).__name__
