"""How requests are signed: API key, website login, or OAuth2 tokens that are kept fresh."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import threading
import time
import typing as t
from http import HTTPStatus
from pathlib import Path

import backoff
import requests

from tap_ulule._kit import redaction
from tap_ulule._kit.errors import ApiError, ConfigError, KitError
from tap_ulule._kit.http.transport import RetriableError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    Config = Mapping[str, t.Any]

# A token is replaced this long before it ends, or at nine tenths of a short life.
MARGIN_SECONDS = 60.0
MARGIN_SHARE = 0.1
EXPIRES_IN = 36_000
TOKEN_RETRIES = 4


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
        return Signer(_basic(config["username"], config["password"]))
    return Signer(None)


def _basic(name: str, password: str) -> str:
    value = base64.b64encode(f"{name}:{password}".encode()).decode()
    redaction.install([value])
    return f"Basic {value}"


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
        if self._value is not None:
            request = request.copy()
            request.headers["Authorization"] = self._value
        return request

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
        self._store = TokenFile(config)
        self._access: str | None = config.get("access_token")
        self._refresh: str | None = config.get("refresh_token")
        self._fresh_until = float("inf") if self._access else 0.0
        kept = self._store.read()
        if kept:
            self._refresh = kept.get("refresh_token") or self._refresh
            self._keep(kept.get("access_token"), float(kept.get("expires_at") or 0) - time.time())
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
        request = request.copy()
        request.headers["Authorization"] = f"Bearer {token}"
        return request

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
        """Get an access token by the refresh token, or else by the password."""
        answer = None
        if self._refresh:
            form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
            answer = self._ask(form, optional=bool(self._config.get("password")))
        if answer is None:
            user, password = self._config.get("username"), self._config.get("password")
            answer = self._ask({"grant_type": "password", "username": user, "password": password})
        token = answer.get("access_token") if answer else None
        if not answer or not isinstance(token, str):
            raise ApiError("The token endpoint answered without an access token.")
        rotated = answer.get("refresh_token")
        seconds = float(answer.get("expires_in") or EXPIRES_IN)
        redaction.install(value for value in (token, rotated) if value)
        self._refresh = rotated or self._refresh
        self._store.write(
            access_token=token, refresh_token=self._refresh, expires_at=time.time() + seconds
        )
        self._keep(token, seconds)

    def _ask(self, form: dict[str, t.Any], *, optional: bool = False) -> dict[str, t.Any] | None:
        """Ask the token endpoint; None if it refuses a grant that another one can replace."""
        response = self._post(form)
        if response.status_code == HTTPStatus.OK:
            try:
                data = response.json()
            except ValueError:
                data = None
            if isinstance(data, dict):
                return data
            raise ApiError("The token endpoint did not answer with a JSON object.")
        if optional:
            return None
        raise CredentialsError(
            f"The token endpoint refused the {form['grant_type']} grant "
            f"({response.status_code}): check client_id, client_secret and the credentials."
        )

    @backoff.on_exception(
        backoff.expo, RetriableError, max_tries=TOKEN_RETRIES, jitter=backoff.full_jitter,
        logger=None,
    )  # fmt: skip
    def _post(self, form: dict[str, t.Any]) -> requests.Response:
        config = self._config
        headers = {
            "Authorization": _basic(config["client_id"], config["client_secret"]),
            "User-Agent": config["user_agent"],
            "Accept": "application/json",
        }
        try:
            response = requests.post(
                config["token_url"],
                data=form,
                headers=headers,
                timeout=config["request_timeout"],
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Its text holds the URL only, but the chained request holds the credentials.
            raise RetriableError(
                f"No answer from the token endpoint ({type(error).__name__}): check 'token_url'."
            ) from None
        status = response.status_code
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RetriableError(f"The token endpoint answered {status}.", status=status)
        return response


class TokenFile:
    """Keeps the tokens between runs in a file that only its owner can read.

    It names the configured grant by a hash: with other credentials in the configuration the kept
    tokens do not count.

    Args:
        config: The tap's settings; without ``token_path`` nothing is kept.
    """

    def __init__(self, config: Config) -> None:
        """Keep path and hash."""
        self._path = Path(config["token_path"]).expanduser() if config.get("token_path") else None
        names = ("token_url", "client_id", "username", "refresh_token", "access_token")
        grant = "\n".join(str(config.get(name) or "") for name in names)
        self._grant = hashlib.sha256(grant.encode()).hexdigest()[:16]

    def read(self) -> dict[str, t.Any]:
        """Return what the last run kept; empty if nothing, or for other credentials.

        Raises:
            ConfigError: If the file is there and cannot be read.
        """
        if self._path is None or not self._path.exists():
            return {}
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise ConfigError("The file that 'token_path' names cannot be read.") from None
        matches = isinstance(kept, dict) and kept.get("grant") == self._grant
        return kept if matches else {}

    def write(self, **tokens: object) -> None:
        """Replace the file in one step.

        Raises:
            ConfigError: If it cannot be written.
        """
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # mkstemp makes it 0600 from the start.
            handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"grant": self._grant, **tokens}, file)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self._path)
        except OSError:
            raise ConfigError("The file that 'token_path' names cannot be written.") from None
