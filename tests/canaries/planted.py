"""Values that nobody else has: planted wherever secrets and personal data can be, and searched."""

from __future__ import annotations

import base64
import re
import typing as t
from urllib.parse import unquote_to_bytes

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Enough of a value that no other text begins like it: what a cut leaves of it is found, too.
SHORTEST = 8
_ESCAPED = re.compile(rb"\\+u([0-9a-fA-F]{4})")
# With characters that URLs, JSON, Python, shells and base64 write in ways of their own.
_ODD = "/+=&\"'\\% x"

# By the name of the setting or of the member of an answer; the last two stand in addresses.
SECRETS = {
    name: f"{beginning}{_ODD}"
    for name, beginning in {
        "api_key": "Zq1apikey",
        "password": "Zq2password",
        "client_secret": "Zq3client",
        "refresh_token": "Zq4refresh",
        "access_token": "Zq5access",
        "issued_access_token": "Zq6issued",
        "issued_refresh_token": "Zq7rotated",
    }.items()
} | {"journal_url": "Zq8journal.word", "proxy": "Zq9proxy.word"}
PERSON = {
    "email": "zq.canary@example.org",
    "phone": "+33 6 39 98 77 11",
    "birthdate": "1951-11-23",
    "firstname": "Zqfirstname",
    "lastname": "Zqlastname",
}
EVERYTHING = [*SECRETS.values(), *PERSON.values()]
# What is masked even where nobody has foreseen it.
MASKED = [*SECRETS.values(), PERSON["email"]]
TOLD = " and ".join(EVERYTHING)


def find(canaries: Iterable[str], text: str | bytes) -> list[str]:
    """Return the canaries that a text holds, in whichever spelling, or the beginning of one."""
    data = text.encode() if isinstance(text, str) else text
    readings = set(_read(data))
    return [
        canary
        for canary in canaries
        if any(form in reading for form in _forms(canary) for reading in readings)
    ]


def _read(data: bytes) -> Iterator[bytes]:
    """Yield what a text may mean: as it is, percent-encoded once or twice, with JSON's escapes."""
    once = unquote_to_bytes(data)
    for each in (data, once, unquote_to_bytes(once), _ESCAPED.sub(_unescape, data)):
        # As in the query of an address, a space may be a plus.
        yield each.lower().replace(b"+", b" ")


def _unescape(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode(errors="replace")


def _forms(canary: str) -> Iterator[bytes]:
    data = (canary if canary == PERSON["birthdate"] else canary[:SHORTEST]).encode()
    yield data.lower().replace(b"+", b" ")
    yield data.hex().encode()
    # At any place within what was encoded: the characters at both ends depend on its neighbours.
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).rstrip(b"=")
        yield encoded[4 if offset else 0 : -2].lower().replace(b"+", b" ")
