"""What the answer to a POST means.

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
from http import HTTPStatus

import urllib3

from target_miimosa_leads._kit.http.headers import retry_after
from target_miimosa_leads._kit.redaction import redact
from target_miimosa_leads.delivery.answers import find_refusal

if t.TYPE_CHECKING:
    from collections.abc import Mapping

LARGEST_ANSWER = 1 << 20
LONGEST_REASON = 300
_REASON_SOURCE = 10_000
_LONGEST_SECRET = 1_000
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
    """The outcome of a POST.

    Attributes:
        outcome: What became of the lead.
        reason: Why, without personal data.
        retry_after: Seconds that the server asks to wait; None if it does not.
    """

    outcome: Outcome
    reason: str = ""
    retry_after: float | None = None


def judge(response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> Answer:
    """Return the outcome that a response means.

    Args:
        response: The response; its body is read here.
        lead: What was sent, so that no reason quotes it.

    Raises:
        urllib3.exceptions.HTTPError: If the body ends early.
    """
    status = response.status
    if status in _CREATED:
        return _judge_body(response, lead)
    if status in _REFUSED:
        return Answer(Outcome.REFUSED, f"HTTP {status}")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Answer(Outcome.LIMITED, "HTTP 429", retry_after(response.headers))
    if 400 <= status < 500 and status != HTTPStatus.REQUEST_TIMEOUT:  # noqa: PLR2004
        return Answer(Outcome.REJECTED, _read_reason(response, lead))
    return Answer(Outcome.UNKNOWN, f"HTTP {status}")


def _read_body(response: urllib3.BaseHTTPResponse) -> bytes | None:
    """Return the body, or None if it is larger than any answer of this API can be."""
    body: bytes = response.read(LARGEST_ANSWER + 1)
    return body if len(body) <= LARGEST_ANSWER else None


def _judge_body(response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> Answer:
    status, body = response.status, _read_body(response)
    if body is None:
        return Answer(Outcome.UNKNOWN, f"HTTP {status} with a body of more than 1 MiB")
    if not body.removeprefix(codecs.BOM_UTF8).strip():
        return Answer(Outcome.ACKNOWLEDGED)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return Answer(Outcome.UNKNOWN, f"HTTP {status} with a body that is not JSON")
    found = find_refusal(content)
    if found is None and _PROBLEM_TYPE.search(response.headers.get("Content-Type", "")):
        found = "Content-Type"
    if found is None:
        return Answer(Outcome.ACKNOWLEDGED)
    reason = f"HTTP {status} with an answer that says no ({found})"
    return Answer(Outcome.UNKNOWN, _add_text(reason, body, lead))


def _read_reason(response: urllib3.BaseHTTPResponse, lead: Mapping[str, str]) -> str:
    try:
        body = _read_body(response) or b""
    except (urllib3.exceptions.HTTPError, OSError):
        body = b""
    return _add_text(f"HTTP {response.status}", body, lead)


def _add_text(reason: str, body: bytes, lead: Mapping[str, str]) -> str:
    """Add the text of an answer to a reason, without what it quotes of the lead; never HTML."""
    text = body.decode("utf-8-sig", "replace").strip()
    if not text or text.startswith("<"):
        return reason
    text = " ".join(text.split())
    was_cut, text = len(text) > _REASON_SOURCE, text[:_REASON_SOURCE]
    text = _PERSONAL.sub("***", redact(_build_quote_pattern(lead).sub("***", text)))
    if was_cut:
        # At its end may be the beginning of a value, which nothing recognizes.
        text = text[: -max([_LONGEST_SECRET, *map(len, lead.values())])]
    return f"{reason}: {text[:LONGEST_REASON]}" if text else reason


def _build_quote_pattern(lead: Mapping[str, str]) -> re.Pattern[str]:
    """Return what finds the lead's values in a text, and each word of those that name a person."""
    values = set(lead.values()) | {json.dumps(value)[1:-1] for value in lead.values()}
    for name in _NAMING:
        values.update(re.split(r"\W+", lead.get(name, "")))
    long_enough = sorted((v for v in values if len(v) >= _SHORTEST_VALUE), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, long_enough)) or r"(?!)", re.IGNORECASE)
