"""How requests are signed: API key, website login, or OAuth2 tokens that are kept fresh."""

from __future__ import annotations

import threading
import time
import typing as t

from tap_ulule._kit import redaction
from tap_ulule._kit.errors import ApiError, KitError
from tap_ulule._kit.http.headers import with_header
from tap_ulule.token_endpoint import RefusedGrantError, TokenEndpoint, basic
from tap_ulule.token_file import TokenFile

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_ulule.token_endpoint import Tokens

    Config = Mapping[str, t.Any]

# A token is replaced this long before it ends, or at nine tenths of a short life.
MARGIN_SECONDS = 60.0
MARGIN_SHARE = 0.1


class CredentialsError(KitError):
    """The API does not, or no longer, accept the configured credentials."""


def make_signer(config: Config) -> Signer:
    """Return what signs requests as the configuration says."""
    method = config["auth_method"]
    if method == "oauth2":
        return OAuth2(config)
    if method == "api_key":
        user, key = config.get("username"), config["api_key"]
        scheme = config["api_key_scheme"]
        return Signer(f"{scheme} {f'{user}:{key}' if user else key}")
    if method == "basic":
        return Signer(basic(config["username"], config["password"]))
    return Signer(None)


class Signer:
    """Adds a fixed Authorization header, or none.

    Args:
        value: The header.
    """

    def __init__(self, value: str | None) -> None:
        """Sign with ``value``, the Authorization header; None to stay anonymous."""
        self._value = value

    @property
    def anonymous(self) -> bool:
        """Whether requests go out unsigned."""
        return self._value is None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request as it may be sent now."""
        if self._value is None:
            return request
        return with_header(request, "Authorization", self._value)

    def renew(self, request: requests.PreparedRequest) -> bool:  # noqa: ARG002
        """Tell whether a refused request may be sent again with a newer token."""
        return False


class OAuth2(Signer):
    """Access tokens, each fetched once, replaced before they end and when they are refused.

    With ``token_path`` the tokens survive the run: a rotated refresh token is written there before
    the access token that came with it is used.

    Args:
        config: The tap's settings.
    """

    def __init__(self, config: Config) -> None:
        """Take the configured tokens, or the newer ones that an earlier run left."""
        super().__init__("")
        self._config = config
        self._lock = threading.Lock()
        self._endpoint = TokenEndpoint(config)
        self._store = TokenFile(config)
        self._access: str | None = config.get("access_token")
        self._refresh: str | None = config.get("refresh_token")
        self._fresh_until = float("inf") if self._access else 0.0
        kept = self._store.read()
        if kept:
            self._refresh = kept.get("refresh_token") or self._refresh
            self._keep(kept.get("access_token"), kept["expires_at"] - time.time())
        redaction.install(filter(None, (self._access, self._refresh)))

    @property
    def can_renew(self) -> bool:
        """Whether there is a grant to get another access token by."""
        return bool(self._refresh or self._config.get("password"))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return the request with a token that will still hold when it arrives."""
        with self._lock:
            if time.monotonic() >= self._fresh_until and self.can_renew:
                self._fetch()
            token = self._access
        return with_header(request, "Authorization", f"Bearer {token}")

    def renew(self, request: requests.PreparedRequest) -> bool:
        """Replace the token with which a request was refused, once however many were in flight."""
        with self._lock:
            if request.headers.get("Authorization") != f"Bearer {self._access}":
                return True
            if not self.can_renew:
                return False
            self._fetch()
            return True

    def _keep(self, access: str | None, seconds: float) -> None:
        self._access = access or self._access
        margin = min(MARGIN_SECONDS, seconds * MARGIN_SHARE)
        self._fresh_until = time.monotonic() + seconds - margin

    def _fetch(self) -> None:
        """Get an access token, and keep what came with it before it is used."""
        with self._store.replacing() as keep:
            tokens = self._ask()
            self._refresh = tokens.refresh or self._refresh
            keep(
                access_token=tokens.access,
                refresh_token=self._refresh,
                expires_at=time.time() + tokens.seconds,
            )
        self._keep(tokens.access, tokens.seconds)

    def _ask(self) -> Tokens:
        """Ask by the refresh token, or else by the password.

        Raises:
            CredentialsError: If neither is accepted.
        """
        user, password = self._config.get("username"), self._config.get("password")
        grants: list[dict[str, t.Any]] = []
        if self._refresh:
            grants.append({"grant_type": "refresh_token", "refresh_token": self._refresh})
        if password:
            grants.append({"grant_type": "password", "username": user, "password": password})
        refused: ApiError | None = None
        for grant in grants:
            try:
                return self._endpoint.ask(grant)
            except RefusedGrantError as error:
                refused = error
        raise CredentialsError(str(refused)) from None
