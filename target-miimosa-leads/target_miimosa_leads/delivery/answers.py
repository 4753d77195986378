"""Whether the JSON body of a 200 says that the lead was not taken after all.

The API documents no body, so it may be anything, and mostly it says nothing: an empty object, an
id, the lead itself. These rules look for the ways in which APIs commonly say no:

1. An *error* counts at any depth: a member such as ``errors`` or ``violations`` that is not
   empty, false, zero or a word such as "none" and "ok".
2. A *verdict* counts where it speaks for the whole answer, which is at the top, in a list, and in
   members such as ``data``: ``success`` that is false, ``status`` that is "failed" or 422, ``code``
   that is neither zero nor 2xx.
3. A *text* that a person is to read (``message``, ``detail``) counts if it reports a failure.
4. *Problem details* (RFC 7807, RFC 9457) are an error whatever they say.

In doubt the answer says no: a lead that is wrongly unknown costs a check, and one that is wrongly
acknowledged is lost.
"""

from __future__ import annotations

import re
import typing as t

if t.TYPE_CHECKING:
    from collections.abc import Iterator


def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ERRORS = _split("""
    error errors errormessage errormessages errormsg errmsg errorcode errcode errno errordescription
    errorcount errordetails errorlist haserror haserrors iserror validationerror validationerrors
    fielderrors formerrors globalerrors erreur erreurs violation violations exception exceptions
    failure failures failed fault faults invalid invalidparams invalidfields rejected refused denied
    faultcode faultstring hydraerror
    """)
_SUCCESSES = _split("""
    success issuccess successful succeeded successfully succes ok isok valid isvalid accepted
    created saved stored delivered acknowledged
    """)
_STATUSES = _split("status state statut result resultat outcome response statustext statusmessage")
_CODES = _split(
    "code statuscode httpstatus httpcode httpstatuscode responsecode resultcode returncode"
)
_KINDS = _split("type kind level severity class")
_TEXTS = _split("message messages msg detail details reason title hydratitle")
# Members that hold the answer proper.
_ENVELOPES = _split("""
    data result results response responses body payload meta metadata lead leads item items answer
    content output return status
    """)
_NOTHING = frozenset(
    ["0", "false", "none", "null", "nil", "ok", "success", "no error", "no errors"]
)
_NO = frozenset(["0", "-1", "false", "no", "non", "n", "f", "off", "null", "none", "ko", "nok"])
_NUMBER = re.compile(r"(?:http\S*\s+)?(-?\d{1,15})(?:\s+\D.*)?", re.IGNORECASE | re.DOTALL)
_FAILURE = re.compile(
    r"error|erreur|fail|invalid|exception(?!n)|violation|refus|reject|rejet|denied|declin|unauthori"
    r"|forbid|unprocess|unsuccess|unaccept|unavailable|not.?found|introuvable|bad.?request|abort"
    r"|cancel|time.?out|timed out|[eé]chec|[eé]chou|malform|incorrect|missing|manquant|impossible"
    r"|\b(?:ko|nok|nack|err|bad|not|wrong|fault|false|cannot|can't|could ?n.t)\b"
)
_NO_FAILURE = re.compile(
    r"\b(?:no|0|zero|without(?: any)?|sans|aucune?|not? an?) (?:error|erreur|failure|exception)s?"
)
_HTTP_ERROR = 300
_OK_CODES = range(200, 300)


def find_refusal(content: t.Any) -> str | None:  # noqa: ANN401
    """Return which member of an answer says no.

    Args:
        content: The body, as JSON has it.

    Returns:
        The name of the member, one of those known here, or "a value" for a body that is only a
        value; None if the answer does not say no. Never anything else from the answer.
    """
    for value, speaks in _walk(content):
        if isinstance(value, dict):
            if (name := _find_member(value, speaks=speaks)) is not None:
                return name
        elif speaks and (_is_no(value) or _tells_failure(value)):
            return "a value"
    return None


def _walk(content: t.Any) -> Iterator[tuple[t.Any, bool]]:  # noqa: ANN401
    """Yield every object, and every value that speaks for the whole, and whether it does."""
    waiting: list[tuple[t.Any, bool]] = [(content, True)]
    while waiting:
        value, speaks = waiting.pop()
        if isinstance(value, list):
            waiting += [(item, speaks) for item in value]
            continue
        yield value, speaks
        if isinstance(value, dict):
            waiting += [
                (item, speaks and _normalize(name) in _ENVELOPES)
                for name, item in value.items()
                if isinstance(item, (dict, list))
            ]


def _find_member(answer: dict[str, t.Any], *, speaks: bool) -> str | None:
    members = {_normalize(name): value for name, value in answer.items()}
    for name, value in members.items():
        if name in _ERRORS and _is_something(value):
            return name
        if speaks and _is_refusing(name, value):
            return name
    if speaks and _is_problem(members):
        return "title"
    return None


def _is_refusing(name: str, value: t.Any) -> bool:  # noqa: ANN401
    if name in _SUCCESSES:
        return value is None or _is_no(value) or _tells_failure(value)
    if name in _CODES | _STATUSES and (number := _read_number(value)) is not None:
        if name in _CODES:
            return number != 0 and number not in _OK_CODES
        return number <= 0 or number >= _HTTP_ERROR
    if name in _STATUSES:
        return _is_no(value) or _tells_failure(value)
    return name in _CODES | _KINDS | _TEXTS and _tells_failure(value)


def _is_problem(members: dict[str, t.Any]) -> bool:
    """Tell problem details: a title, with what kind of problem it is or what happened."""
    kind = members.get("type")
    is_uri = isinstance(kind, str) and re.match(r"about:|https?:|urn:|tag:|/", kind) is not None
    return "title" in members and (is_uri or "detail" in members)


def _normalize(name: str) -> str:
    """Return one spelling of a name: of errorCode, error_code, Error-Code, hydra:error."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read_number(value: t.Any) -> float | None:  # noqa: ANN401
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    found = _NUMBER.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _is_no(value: t.Any) -> bool:  # noqa: ANN401
    if isinstance(value, str):
        return value.strip().lower() in _NO
    return isinstance(value, (bool, int, float)) and value <= 0


def _is_something(value: t.Any) -> bool:  # noqa: ANN401
    """Tell whether a value is there: not null, false, zero or blank, nor made of such only."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str):
            if item.strip() and item.strip().lower() not in _NOTHING:
                return True
        elif item:
            return True
    return False


def _tells_failure(value: t.Any) -> bool:  # noqa: ANN401
    texts = value if isinstance(value, list) else [value]
    return any(
        _FAILURE.search(_NO_FAILURE.sub("", text.lower().replace("_", " ")))
        for text in texts
        if isinstance(text, str)
    )
