"""The one way to the API: guard, budget, send, checks, and the budget learns.

Every stream of a run shares one :class:`ApiSession`; nothing is sent around it.
"""

from __future__ import annotations

import itertools
import time
import typing as t
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

import backoff
import requests

from ..errors import ApiError, DeniedError, OriginError
from ..redaction import escape
from . import body
from .answer import Answer
from .clock import RunClock
from .headers import retry_after
from .transport import RetriableError, Transport, UnreachableError

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .budget import Budget

    Sign = Callable[[requests.PreparedRequest], requests.PreparedRequest]

# While nothing has answered yet, a wrong address is likelier than a short outage.
FIRST_CONTACT_SECONDS = 10.0
LONGEST_BACKOFF = 30.0
MAX_REDIRECTS = 5
# Each refusal is waited out, for as long as the API says or a whole window.
MAX_REFUSALS = 10

_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class RequestLog(t.Protocol):
    """Counts requests by stream; called from several threads."""

    def requested(self, stream: str) -> None:
        """Count a request that was sent, answered or not."""

    def retried(self, stream: str) -> None:
        """Count a request that is sent again after a failure."""

    def refused(self, stream: str) -> None:
        """Count a refusal: 429, or 503 with ``Retry-After``."""


class _Refused(Exception):  # noqa: N818 - a signal inside this module, never seen outside
    """429, or 503 with Retry-After: the budget knows how long to wait."""


class _Effort:
    """One request until its answer, retries included: who asks, and the time spent on it.

    The time that it waits for the budget does not count: an hourly window may keep a request
    waiting for most of an hour; the first failure after that deserves its retries like any other.
    """

    def __init__(self, stream: str, sign: Sign | None) -> None:
        """Start now."""
        self.stream = stream
        self.sign = sign
        self._started = time.monotonic()
        self.paused = 0.0
        self.sent = 0

    @property
    def seconds(self) -> float:
        """Seconds spent so far."""
        return time.monotonic() - self._started - self.paused


class ApiSession:
    """Sends GET requests within origin, budget and time, and returns checked JSON.

    Args:
        origins: URLs whose scheme, host and port may be contacted.
        budget: The request budget.
        timeout: Seconds for one whole response.
        is_stopping: Whether the run should end.
        log: Counts what was asked.
        retry_seconds: How long a request that failed is tried again.
        concurrency: Connections that are kept.
        setting: Name of the setting that holds the address.

    Attributes:
        clock: When the run started, by the server's clock once it has answered.
    """

    def __init__(
        self,
        origins: Iterable[str],
        *,
        budget: Budget,
        timeout: float,
        is_stopping: Callable[[], bool],
        log: RequestLog,
        retry_seconds: float,
        concurrency: int = 1,
        setting: str = "api_url",
    ) -> None:
        """Open nothing yet."""
        self._budget = budget
        self._is_stopping = is_stopping
        self._log = log
        self.clock = RunClock()
        self._retry_seconds = retry_seconds
        self.answered = False
        # Counts requests and denials in their order: two may come within one tick of a real clock.
        self._clock = itertools.count(1)
        self._accepted = 0
        self._transport = Transport(
            origins, timeout=timeout, concurrency=concurrency, setting=setting
        )

    @property
    def http(self) -> requests.Session:
        """What prepares requests; nothing is sent with it directly."""
        return self._transport.http

    def fetch(
        self,
        request: requests.PreparedRequest,
        *,
        stream: str = "",
        sign: Sign | None = None,
    ) -> Answer:
        """Send a GET request and return the answer, retrying what may pass.

        Args:
            request: The request.
            stream: For the summary: the stream that asks.
            sign: Adds what must be fresh at each sending, such as an access token; called when the
                request may leave, for the wait before that may be longer than a token lives.

        Returns:
            The answer.

        Raises:
            OriginError: If the request, or a redirect, would leave the allowed origins.
            DeniedError: On 401, 403, 404.
            ContentError: If a 200 is not the JSON it should be.
            ApiError: On anything else that did not pass.
            BudgetError: If waiting for a slot would take too long.
        """
        effort = _Effort(stream, sign)
        try:
            return self._attempt(request, effort)
        except (RetriableError, body.CutContentError) as error:
            return self._retry(request, effort, error)

    def _attempt(self, request: requests.PreparedRequest, effort: _Effort) -> Answer:
        for _ in range(MAX_REFUSALS):
            try:
                return self._follow(request, effort)
            except _Refused:
                continue
        path = urlsplit(request.url or "").path
        raise ApiError(f"{path} was refused {MAX_REFUSALS} times (429).")

    def _retry(
        self, request: requests.PreparedRequest, effort: _Effort, error: Exception
    ) -> Answer:
        """Try again what failed, until there is an answer or the time is up."""
        failures = [error]

        @backoff.on_exception(
            backoff.expo,
            (RetriableError, body.CutContentError),
            giveup=self._give_up(effort),
            jitter=backoff.full_jitter,
            logger=None,
            on_backoff=lambda _: self._log.retried(effort.stream),
            max_value=LONGEST_BACKOFF,
        )
        def attempt() -> Answer:
            # Made anew for each request, this costs as much as a small page: so the first attempt
            # was made without it.
            if failures:
                raise failures.pop()
            return self._attempt(request, effort)

        return attempt()

    def accepted_since(self, error: DeniedError) -> bool:
        """Tell whether a request that was sent after a denial had come was answered with success.

        A request that was under way by then proves nothing of the time after it.
        """
        return self._accepted > error.received

    def _give_up(self, effort: _Effort) -> Callable[[Exception], bool]:
        def give_up(error: Exception) -> bool:
            if self._is_stopping():
                return True
            hopeless = isinstance(error, UnreachableError) and not self.answered
            limit = min(FIRST_CONTACT_SECONDS, self._retry_seconds)
            return effort.seconds >= (limit if hopeless else self._retry_seconds)

        return give_up

    def _follow(self, request: requests.PreparedRequest, effort: _Effort) -> Answer:
        """Send, following redirects inside the origin; each hop is a request of its own."""
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(request, effort)
            target = self._redirect_target(response)
            if target is None:
                self._check(response)
                self.clock.learn(response.headers)
                self._accepted = max(self._accepted, effort.sent)
                return Answer(response, effort.seconds)
            request = request.copy()
            request.url = target
        raise ApiError(f"{body.describe(response)} redirects more than {MAX_REDIRECTS} times.")

    def _redirect_target(self, response: requests.Response) -> str | None:
        """Return the address that a response redirects to; None if it does not.

        Raises:
            OriginError: If that is no URL.
        """
        try:
            target = self.http.get_redirect_target(response)
            if target is None:
                return None
            return requests.Request("GET", urljoin(response.url, target)).prepare().url
        except ValueError:
            raise OriginError(f"{body.describe(response)} redirects to no URL.") from None

    def _send(self, request: requests.PreparedRequest, effort: _Effort) -> requests.Response:
        self._transport.check_origin(request)
        asked = time.monotonic()
        with self._budget.slot(self._is_stopping):
            effort.paused += time.monotonic() - asked
            if self._is_stopping():
                raise ApiError("The run is ending.")
            if effort.sign:
                request = effort.sign(request)
            effort.sent = next(self._clock)
            try:
                response = self._transport.send(request)
            finally:
                self._log.requested(effort.stream)
        self.answered = True
        self._learn(response, effort.stream)
        return response

    def _learn(self, response: requests.Response, stream: str) -> None:
        self._budget.learn(response.headers)
        wait = retry_after(response.headers)
        refused = response.status_code == HTTPStatus.TOO_MANY_REQUESTS
        if refused or (response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and wait is not None):
            self._log.refused(stream)
            self._budget.note_refusal(wait)
            raise _Refused
        self._budget.note_success()

    def _check(self, response: requests.Response) -> None:
        status = response.status_code
        if status == HTTPStatus.PARTIAL_CONTENT:
            # Nobody asked for a range: a cache, or a proxy, has a part only.
            raise RetriableError(f"{body.describe(response)} was 206: only a part.", status=status)
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            body.check(response)
            return
        message = f"{body.describe(response)} was {status} {escape(response.reason or '')}."
        if status in _DENIED:
            raise DeniedError(message, status=status, received=next(self._clock))
        # 501 is an answer: what is not implemented now is not implemented in a minute either.
        passes = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
        if passes or status == HTTPStatus.REQUEST_TIMEOUT:
            raise RetriableError(message, status=status)
        raise ApiError(message, status=status)
