"""Ulule's credentials: website login, API key and OAuth2 tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
import typing as t
from urllib.parse import parse_qs

from sandbox.wire import Call, Reply
from sandbox.world.ulule import AGENCY

if t.TYPE_CHECKING:
    from sandbox.options import Options

KEY = "sandbox-ulule-key"
STAFF_KEY = "sandbox-ulule-staff-key"
"""The same user, with the rights of Ulule's staff."""
PASSWORD = "sandbox-ulule-password"  # noqa: S105 - a credential of the double, documented so
CLIENT_ID = "sandbox-ulule-client"
CLIENT_SECRET = "sandbox-ulule-secret"  # noqa: S105 - same


class Tokens:
    """Access tokens that carry their own expiry, so that they outlive a restart."""

    def __init__(self, seed: int) -> None:
        """Sign with the world's seed."""
        self._seed = seed
        self._issued = 0
        self._rotated = 0
        self._void = 0
        self.revoked = False

    def _seal(self, text: str) -> str:
        key = f"ulule:{self._seed}".encode()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]

    @property
    def refresh_token(self) -> str:
        """The refresh token of the one user."""
        return self._seal(f"refresh {self._rotated}" if self._rotated else "refresh")

    def rotate(self) -> str:
        """Put another refresh token in place of the one that was used."""
        self._rotated += 1
        return self.refresh_token

    def issue(self, seconds: int) -> str:
        """A new access token that holds for some seconds."""
        self._issued += 1
        text = f"{time.time() + seconds:.3f}-{self._issued}"
        return f"{text}-{self._seal(text)}"

    def expire_all(self) -> None:
        """End all access tokens before their time."""
        self._void = self._issued

    def holds(self, token: str) -> bool:
        """Whether a token was issued here and has not expired."""
        text, _, seal = token.rpartition("-")
        if not hmac.compare_digest(seal, self._seal(text)):
            return False
        ends, _, number = text.partition("-")
        return time.time() < float(ends) and int(number) > self._void


def basic_pair(header: str) -> tuple[str, str] | None:
    """User name and password of an HTTP Basic header."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    name, _, password = text.partition(":")
    return name, password


def is_right(header: str, tokens: Tokens) -> bool:
    """Whether an Authorization header holds credentials of the one user."""
    if tokens.revoked:
        return False
    scheme, _, value = header.partition(" ")
    value = value.strip()
    if scheme.lower() == "apikey":
        return value in {KEY, f"{AGENCY}:{KEY}", STAFF_KEY}
    if scheme.lower() == "bearer":
        return tokens.holds(value)
    return basic_pair(header) == (AGENCY, PASSWORD)


def grant(call: Call, tokens: Tokens, options: Options) -> Reply:
    """Answer the token endpoint: a password or a refresh token for an access token."""
    if call.method != "POST":
        return Reply(405)
    if basic_pair(call.authorization) != (CLIENT_ID, CLIENT_SECRET):
        return Reply.of({"error": "invalid_client"}, 401)
    form = {name: values[-1] for name, values in parse_qs(call.body.decode("latin-1")).items()}
    kind = form.get("grant_type")
    answer: dict[str, object] = {"token_type": "Bearer", "scope": "read write"}
    if kind == "password":
        if (form.get("username"), form.get("password")) != (AGENCY, PASSWORD):
            return Reply.of({"error": "invalid_grant"}, 401)
        answer["refresh_token"] = tokens.refresh_token
    elif kind == "refresh_token":
        if form.get("refresh_token") != tokens.refresh_token:
            return Reply.of({"error": "invalid_grant"}, 401)
        if options.ulule_rotate_refresh:
            answer["refresh_token"] = tokens.rotate()
    else:
        return Reply.of({"error": "unsupported_grant_type"}, 400)
    answer["expires_in"] = options.ulule_expires_in
    answer["access_token"] = tokens.issue(options.ulule_expires_in)
    return Reply.of(answer)
