"""Gets OAuth2 tokens from the token endpoint, within the same limits as every other request."""

from __future__ import annotations

import base64
import math
import typing as t
from dataclasses import dataclass
from http import HTTPStatus

import backoff
import requests

from tap_ulule._kit import redaction
from tap_ulule._kit.errors import ApiError
from tap_ulule._kit.http import body
from tap_ulule._kit.http.transport import RetriableError, Transport
from tap_ulule._kit.setting_checks import can_be_header

if t.TYPE_CHECKING:
    from collections.abc import Mapping

# The documents show a life of ten hours; it counts where an answer does not tell.
EXPIRES_IN = 36_000.0
RETRIES = 4


class RefusedGrantError(ApiError):
    """The token endpoint does not accept a grant."""


@dataclass(frozen=True)
class Tokens:
    """An answer of the token endpoint.

    Attributes:
        access: Access token.
        refresh: The refresh token that replaces the one that was used; None if that stays.
        seconds: Seconds for which the access token holds.
    """

    access: str
    refresh: str | None
    seconds: float


class TokenEndpoint:
    """The address in ``token_url``.

    Args:
        config: The tap's settings.
    """

    def __init__(self, config: Mapping[str, t.Any]) -> None:
        """Open nothing yet."""
        self._config = config
        self._transport = Transport(
            [config["token_url"]],
            timeout=config["request_timeout"],
            concurrency=1,
            setting="token_url",
        )

    def ask(self, form: dict[str, t.Any]) -> Tokens:
        """Exchange a grant for tokens.

        Args:
            form: Grant type, and what it needs.

        Raises:
            RefusedGrantError: If the grant is not accepted.
            ApiError: If there is no proper answer.
        """
        response = self._post(form)
        if response.status_code != HTTPStatus.OK:
            raise RefusedGrantError(
                f"The token endpoint refused the {form['grant_type']} grant "
                f"({response.status_code}): check client_id, client_secret and the credentials.",
                status=response.status_code,
            )
        body.check(response)
        answer = body.decoded(response)
        return _read(answer if isinstance(answer, dict) else {})

    def _post(self, form: dict[str, t.Any]) -> requests.Response:
        config = self._config
        # Prepared without a session, which would sign it with what ~/.netrc says.
        request = requests.Request(
            "POST",
            config["token_url"],
            data=form,
            headers={
                "Authorization": basic(config["client_id"], config["client_secret"]),
                "User-Agent": config["user_agent"],
                "Accept": "application/json",
            },
        ).prepare()

        @backoff.on_exception(
            backoff.expo,
            RetriableError,
            max_tries=RETRIES,
            max_time=config["retry_seconds"],
            jitter=backoff.full_jitter,
            logger=None,
        )
        def attempt() -> requests.Response:
            response = self._transport.send(request)
            status = response.status_code
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
                raise RetriableError(f"The token endpoint answered {status}.", status=status)
            return response

        return attempt()


def basic(name: str, password: str) -> str:
    """Return the Authorization header of a name and its password."""
    value = base64.b64encode(f"{name}:{password}".encode()).decode()
    redaction.install([value])
    return f"Basic {value}"


def _read(answer: dict[str, t.Any]) -> Tokens:
    """Return the tokens of an answer.

    Raises:
        ApiError: If they cannot be used; the message names the member.
    """
    access, refresh = answer.get("access_token"), answer.get("refresh_token")
    redaction.install(token for token in (access, refresh) if isinstance(token, str))
    if not isinstance(access, str) or not access:
        raise ApiError("The token endpoint answered without an access token.")
    if not can_be_header(access):
        raise ApiError("The token endpoint answered with an access_token that no header can hold.")
    if refresh is not None and not isinstance(refresh, str):
        raise ApiError("The token endpoint answered with a refresh_token that is not text.")
    return Tokens(access, refresh or None, _read_seconds(answer.get("expires_in")))


def _read_seconds(value: object) -> float:
    """Return ``expires_in``, a number or a text; the documented life if it is not given.

    Raises:
        ApiError: If it is no number of seconds.
    """
    if value is None:
        return EXPIRES_IN
    try:
        seconds = math.nan if isinstance(value, bool) else float(t.cast("str", value))
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ApiError("The token endpoint answered with an expires_in that is no time in seconds.")
    return seconds
