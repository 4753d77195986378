"""Who reads: a key, or e-mail and password that are exchanged for one; as oneself or another."""

from __future__ import annotations

import typing as t

import requests
from singer_sdk.authenticators import APIAuthenticatorBase

from tap_moco._kit import redaction
from tap_moco._kit.compat import override
from tap_moco._kit.errors import ConfigError, ContentError
from tap_moco._kit.setting_checks import check_encrypted, check_header

if t.TYPE_CHECKING:
    from collections.abc import Mapping


class MocoAuthenticator(APIAuthenticatorBase):
    """Adds the headers that say who reads."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        """Sign requests with ``headers``."""
        super().__init__()
        self._headers = dict(headers)

    @override
    def authenticate_request(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


class Access:
    """The credentials of a configuration.

    Args:
        config: The settings.
        api_url: Base URL of the API.
    """

    def __init__(self, config: Mapping[str, t.Any], api_url: str) -> None:
        """Read nothing yet."""
        self._config = config
        self._api_url = api_url

    def check(self) -> None:
        """Check that there are credentials, and that they do not travel in clear.

        Raises:
            ConfigError: If not.
        """
        check_encrypted("api_url", self._api_url)
        if key := self._config.get("api_key"):
            check_header("api_key", key)
            return
        missing = [name for name in ("email", "password") if not self._config.get(name)]
        if len(missing) > 1:
            raise ConfigError(
                "Setting 'api_key' is required and missing (or 'email' and 'password')."
            )
        if missing:
            raise ConfigError(f"Setting '{missing[0]}' is required and missing (or 'api_key').")

    def key_request(self) -> requests.PreparedRequest | None:
        """Return the request that exchanges e-mail and password for a key, if one is needed."""
        self.check()
        if self._config.get("api_key"):
            return None
        body = {"email": self._config["email"], "password": self._config["password"]}
        headers = {"Accept": "application/json", "User-Agent": self._config["user_agent"]}
        url = f"{self._api_url}/session"
        return requests.Request("POST", url, headers=headers, json=body).prepare()

    def authenticator(self, session: t.Any = None) -> MocoAuthenticator:  # noqa: ANN401 - JSON
        """Return what signs requests.

        Args:
            session: The answer to :meth:`key_request`, if there was one.

        Raises:
            ContentError: If that answer has no key.
        """
        key = self._config.get("api_key")
        if session is not None:
            key = session.get("api_key") if isinstance(session, dict) else None
            if not isinstance(key, str) or not key:
                raise ContentError("The answer of POST /session has no key.")
            redaction.install([key])
        bearer = self._config["auth_scheme"] == "bearer"
        headers = {"Authorization": f"Bearer {key}" if bearer else f"Token token={key}"}
        if user := self._config.get("impersonate_user_id"):
            headers["X-IMPERSONATE-USER-ID"] = str(user)
        return MocoAuthenticator(headers)
