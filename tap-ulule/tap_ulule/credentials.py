"""Whether the credentials work, at the price of few requests.

Until version 2020-10-07 the API answers wrong credentials, where it can, as if there were none:
with less data and status 200. So no answer is handed on before something has proved that the
credentials work: an answer that nobody else would get, or else ``/me``.
"""

from __future__ import annotations

import copy
import threading
import typing as t
from http import HTTPStatus

from tap_ulule._kit.errors import ConfigError, DeniedError
from tap_ulule.auth import CredentialsError

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_ulule._kit.http.answer import Answer
    from tap_ulule._kit.records import Record
    from tap_ulule._kit.runtime.context import RunContext
    from tap_ulule.auth import Signer
    from tap_ulule.client import UluleStream

ME = "me"
# So many answers that anybody would get, or refusals, and the credentials are checked again.
DOUBTFUL = 20
# From this version on wrong credentials are refused everywhere.
STRICT_FROM = "2020-10-07"
# In projects: fan, supporter or owner, if whoever is signed in is one of them.
ROLE = "user_role"


class CredentialsCheck:
    """Sends signed requests, and watches what their answers prove.

    Args:
        signer: Signs requests.
        version: Value of the setting ``api_version``.
        streams: The streams by name.
        run: What belongs to the run.
        state: The tap's state, which goes back to its beginning when credentials end in a run: what
            was read meanwhile may be poorer than it looks.
        at_start: The state of the beginning.
    """

    def __init__(
        self,
        signer: Signer,
        version: str,
        streams: Mapping[str, UluleStream],
        run: RunContext,
        *,
        state: dict[str, t.Any],
        at_start: dict[str, t.Any],
    ) -> None:
        """Trust nothing yet."""
        self._signer = signer
        self._strict = version >= STRICT_FROM
        self._streams = streams
        self._run = run
        self._state = state
        self._at_start = copy.deepcopy(at_start)
        # Held while the credentials are not confirmed: only one request finds out.
        self._first = threading.RLock()
        self._me: Record | None = None
        self._doubt = 0
        # Lists, by stream and parent, that were denied since the credentials were last proved.
        self._denied: list[tuple[UluleStream, str]] = []
        self.confirmed = False

    # Requests

    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; no answer is handed on before it is sure that the credentials work.

        Raises:
            CredentialsError: If the API does not accept them.
        """
        if self._signer.anonymous:
            return self._fetch_signed(request, stream)
        if self.confirmed:
            return self._fetch_judged(request, stream)
        with self._first:
            return self._fetch_judged(request, stream)

    def _fetch_judged(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request, and ask ``/me`` if the run has nothing better to go by."""
        try:
            answer = self._fetch_signed(request, stream)
        except DeniedError:
            if not self.confirmed:
                _ = self.me
            raise
        if self._proves(answer, stream):
            self.confirmed = True
            self._doubt = 0
        else:
            if not self.confirmed:
                _ = self.me
            self._doubt += 1
        return answer

    def _proves(self, answer: Answer, stream: str) -> bool:
        """Tell whether nobody would get this answer without working credentials."""
        if self._strict:
            return True
        found = self._streams[stream]
        if found.proves:
            return True
        asked = ROLE in found.extra_fields
        return asked and any(row.get(ROLE) for row in found.extract_records(answer.data))

    def _fetch_signed(self, request: requests.PreparedRequest, stream: str) -> Answer:
        try:
            return self._fetch_renewing(request, stream)
        except CredentialsError:
            # Since the token ended, answers may have been those that anybody gets.
            self._go_back()
            raise

    def _fetch_renewing(self, request: requests.PreparedRequest, stream: str) -> Answer:
        sent: list[requests.PreparedRequest] = []

        def sign(unsigned: requests.PreparedRequest) -> requests.PreparedRequest:
            sent[:] = [self._signer(unsigned)]
            return sent[0]

        try:
            return self._run.session.fetch(request, stream=stream, sign=sign)
        except DeniedError as error:
            if error.status != HTTPStatus.UNAUTHORIZED or not self._signer.renew(sent[0]):
                raise
        return self._run.session.fetch(request, stream=stream, sign=sign)

    # Who asks

    @property
    def me(self) -> Record:
        """The user to whom the credentials belong.

        Raises:
            CredentialsError: If the API does not accept them.
        """
        with self._first:
            if self._me is None:
                self._me = self._ask_me()
            return self._me

    def _ask_me(self) -> Record:
        """Ask who we are, or go back to the state of the beginning.

        Raises:
            ConfigError: If the API is not where the configuration says.
            CredentialsError: If it does not know us.
        """
        stream = self._streams[ME]

        def ask() -> Answer:
            return self._fetch_signed(stream.list_request({}, None), ME)

        main = threading.current_thread() is threading.main_thread()
        try:
            # Only in the main thread does a signal interrupt a wait.
            answer = self._run.wait_for(ask) if main else ask()
        except DeniedError as error:
            if not self.confirmed and error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise ConfigError(
                    f"The API is not at the address in setting 'api_url' (/me: {error.status})."
                ) from None
            lost = "stopped accepting the credentials during the run"
            what = lost if self.confirmed else "does not accept the credentials"
            self._go_back()
            raise CredentialsError(
                f"The API {what} (/me: {error.status}): check the settings of auth_method."
            ) from None
        self.confirmed = True
        self._doubt = 0
        return stream.extract_records(answer.data)[0]

    def _go_back(self) -> None:
        """Go back to the state of the beginning."""
        self._state.clear()
        self._state.update(self._at_start)

    # Denials

    def doubt(self, stream: UluleStream, error: DeniedError) -> None:
        """Ask again who we are where a denial, or many, may be one of the credentials.

        A list whose first page could be read ends the run, whatever the status says: 401, or 404
        where something private is hidden.

        Raises:
            CredentialsError: If they do not work any more.
        """
        if self._signer.anonymous:
            return
        self._doubt += 1
        odd = error.status == HTTPStatus.UNAUTHORIZED and not stream.private
        if self._doubt >= DOUBTFUL or odd or error.later_page:
            self._ask_me()

    def note_denied(self, stream: UluleStream, context: str) -> None:
        """Let later runs leave out a denied list, once it is sure that the credentials worked.

        A run that is stopped before leaves nothing in the state: the next one asks again.
        """
        self._denied.append((stream, context))
        if self._signer.anonymous or not self._doubt:
            self._remember()

    def finish(self) -> None:
        """Make sure that the credentials held to the end, if the last answers do not prove it.

        Raises:
            CredentialsError: If they did not.
        """
        if self._doubt and not self._signer.anonymous:
            self._ask_me()
        self._remember()

    def _remember(self) -> None:
        for stream, context in self._denied:
            stream.remember_denial(context)
        self._denied.clear()
