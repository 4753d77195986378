"""Singer tap for Ulule."""

from __future__ import annotations

import copy
import functools
import hashlib
import re
import sys
import threading
import typing as t
from http import HTTPStatus

from singer_sdk.schema.source import SchemaDirectory

from tap_ulule import auth, schemas, settings, streams
from tap_ulule._kit.errors import ApiError, ConfigError, DeniedError
from tap_ulule._kit.tap import ApiTap
from tap_ulule.normalise import Normaliser
from tap_ulule.streams.discussions import ThreadMessages

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if t.TYPE_CHECKING:
    import requests

    from tap_ulule._kit.records import Record
    from tap_ulule._kit.session import Answer
    from tap_ulule._kit.stream import ApiStream
    from tap_ulule.client import SharedListStream, UluleStream

ME = "me"
# So many answers that anybody would get, or refusals, and the credentials are checked again.
DOUBTFUL = 20
# From this version on wrong credentials are refused everywhere.
STRICT_FROM = "2020-10-07"
# In projects: fan, supporter or owner, if whoever is signed in is one of them.
ROLE = "user_role"
_VERSION = re.compile(r"(\d{4}-\d\d-\d\d)?")


class TapUlule(ApiTap):
    """Reads Ulule: campaigns with their rewards, comments, news, supporters and orders."""

    name = "tap-ulule"
    schemas = SchemaDirectory(schemas)
    stream_types: t.ClassVar[tuple[type[ApiStream], ...]] = streams.STREAMS
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings.SETTINGS

    @override
    def check_settings(self) -> None:
        super().check_settings()
        auth.check(self.config)
        if not _VERSION.fullmatch(self.config["api_version"]):
            raise ConfigError("Setting 'api_version' must be a date such as 2017-10-10, or empty.")
        for name in ("discussions_url", "token_url"):
            if not self.config[name].startswith(("https://", "http://")):
                raise ConfigError(f"Setting '{name}' must be an http or https URL.")
        sources = ("project_ids", "partner_slugs", "user_ids", "search_query")
        if self.config["auth_method"] == "anonymous":
            if not any(self.config.get(name) for name in sources):
                raise ConfigError(
                    "Set 'project_ids', 'partner_slugs', 'user_ids' or 'search_query': "
                    "there is no project to read."
                )
            if ME in self.config["user_ids"]:
                raise ConfigError("Setting 'user_ids' says me, but auth_method is anonymous.")
        messages = self.streams[ThreadMessages.name]
        if isinstance(messages, ThreadMessages) and messages.withheld:
            self.logger.warning(
                "Stream '%s' is selected, but left out: to read it marks threads as read. "
                "Setting 'mark_threads_as_read' allows that.",
                messages.name,
            )

    # The API

    @property
    def discussions_url(self) -> str:
        """Base URL of the discussions, without a slash at its end."""
        return str(self.config["discussions_url"]).rstrip("/")

    @property
    @override
    def origins(self) -> list[str]:
        return [self.api_url, self.discussions_url]

    @functools.cached_property
    def normaliser(self) -> Normaliser:
        """Brings records into the documented shape."""
        return Normaliser(self.config["api_version"], self.config.get("lang"))

    @functools.cached_property
    def signer(self) -> auth.Signer:
        """Signs requests at each sending."""
        return auth.signer_of(self.config)

    @override
    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; no answer is handed on before it is sure that the credentials work.

        Raises:
            ApiError: With a word on ``lang``, if the API does not support it.
            CredentialsError: If the API does not accept the credentials.
        """
        try:
            if self.signer.anonymous:
                return self._fetch_signed(request, stream)
            if self._confirmed:
                return self._fetch_judged(request, stream)
            with self._first:
                return self._fetch_judged(request, stream)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_IMPLEMENTED:
                raise ApiError(
                    "The API does not support the language in setting 'lang' (501).",
                    status=error.status,
                ) from None
            raise

    def _fetch_judged(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request, and ask ``/me`` if the run has nothing better to go by."""
        try:
            answer = self._fetch_signed(request, stream)
        except DeniedError:
            if not self._confirmed:
                _ = self.me
            raise
        if self._proves(answer, stream):
            self._confirmed = True
            self._doubt = 0
        else:
            if not self._confirmed:
                _ = self.me
            self._doubt += 1
        return answer

    def _proves(self, answer: Answer, stream: str) -> bool:
        """Tell whether nobody would get this answer without working credentials."""
        if self.config["api_version"] >= STRICT_FROM:
            return True
        found = t.cast("UluleStream", self.streams[stream])
        return found.proves or (
            ROLE in found.extra_fields and any(row.get(ROLE) for row in found.select(answer.data))
        )

    def _fetch_signed(self, request: requests.PreparedRequest, stream: str) -> Answer:
        try:
            return self._fetch_renewing(request, stream)
        except auth.CredentialsError:
            # Since the token ended, answers may have been those that anybody gets.
            self._go_back()
            raise

    def _fetch_renewing(self, request: requests.PreparedRequest, stream: str) -> Answer:
        sent: list[requests.PreparedRequest] = []

        def sign(unsigned: requests.PreparedRequest) -> requests.PreparedRequest:
            sent[:] = [self.signer(unsigned)]
            return sent[0]

        try:
            return self.session.fetch(request, stream=stream, sign=sign)
        except DeniedError as error:
            if error.status != HTTPStatus.UNAUTHORIZED or not self.signer.renew(sent[0]):
                raise
        return self.session.fetch(request, stream=stream, sign=sign)

    # Who asks

    _confirmed = False
    _doubt = 0
    _me: Record | None = None

    @functools.cached_property
    def _first(self) -> threading.RLock:
        """Held while the credentials are not confirmed: only one request finds out."""
        return threading.RLock()

    @property
    def me(self) -> Record:
        """The user to whom the credentials belong.

        Until version 2020-10-07 the API answers wrong credentials, where it can, as if there were
        none: with less data and 200. Only ``/me`` tells.

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
            CredentialsError: If the API does not know. What was read meanwhile may be poorer than
                it looks, so the next run must read it again.
        """
        stream = t.cast("UluleStream", self.streams[ME])

        def ask() -> Answer:
            return self._fetch_signed(stream.request_for({}), ME)

        main = threading.current_thread() is threading.main_thread()
        try:
            # Only in the main thread does a signal interrupt a wait.
            answer = self.wait_for(ask) if main else ask()
        except DeniedError as error:
            if not self._confirmed and error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                raise ConfigError(
                    f"The API is not at the address in setting 'api_url' (/me: {error.status})."
                ) from None
            lost = "stopped accepting the credentials during the run"
            what = lost if self._confirmed else "does not accept the credentials"
            self._go_back()
            raise auth.CredentialsError(
                f"The API {what} (/me: {error.status}): check the settings of auth_method."
            ) from None
        self._confirmed = True
        self._doubt = 0
        return stream.select(answer.data)[0]

    def _go_back(self) -> None:
        """Go back to the state of the beginning."""
        state = t.cast("dict[str, t.Any]", self.state)
        state.clear()
        state.update(self._state_at_start)

    @functools.cached_property
    def _state_at_start(self) -> dict[str, t.Any]:
        return {}

    @override
    def denied(self, stream: str, context: str, error: DeniedError) -> None:
        found = t.cast("UluleStream", self.streams[stream])
        if not self.signer.anonymous:
            self._doubt += 1
            if self._doubt >= DOUBTFUL or (
                error.status == HTTPStatus.UNAUTHORIZED and not found.private
            ):
                self._ask_me()
        super().denied(stream, context, error)
        self._refused.append((found, context))
        self._remember_refused()
        if not found.private and found.parent_stream_type is not None:
            self.denied_projects.add(context.partition("/")[0])

    @functools.cached_property
    def _refused(self) -> list[tuple[UluleStream, str]]:
        """Lists, by stream and parent, that were denied since the credentials were last proved."""
        return []

    def _remember_refused(self) -> None:
        """Let later runs leave out what was denied, once it is sure that these credentials worked.

        A run that is stopped before leaves nothing in the state: the next one asks again.
        """
        if self._doubt and not self.signer.anonymous:
            return
        for stream, context in self._refused:
            stream.remember_denial(context)
        self._refused.clear()

    @functools.cached_property
    def denied_projects(self) -> set[str]:
        """Ids of projects below which a list was denied that anybody should be able to read."""
        return set()

    @override
    def _credentials_work(self, error: DeniedError) -> bool:
        return self._confirmed or super()._credentials_work(error)

    @functools.cached_property
    def identity(self) -> list[str]:
        """Whose answers these are, for checksums: nothing from which a secret could be guessed."""
        key = str(self.config.get("api_key") or "")
        digest = hashlib.blake2b(key.encode(), digest_size=4).hexdigest()
        names = ("auth_method", "username", "client_id")
        return [str(self.config.get(name)) for name in names] + [digest]

    @property
    def credentials_mark(self) -> str:
        """Whose credentials they are, for the state; no secret."""
        return "" if self.signer.anonymous else str(self.my_id)

    @property
    def my_id(self) -> int | None:
        """Id of the signed-in user."""
        return None if self.signer.anonymous else self.me["id"]

    # What to read

    @functools.cached_property
    def configured_users(self) -> list[int]:
        """The ids of the users in ``user_ids``; a user name costs a request."""
        found = [self._user_id(user) for user in self.config["user_ids"]]
        return list(dict.fromkeys(user for user in found if user is not None))

    def _user_id(self, user: int | str) -> int | None:
        if str(user).isdecimal():
            return int(user)
        if not self.signer.anonymous and user in {ME, self.me.get("username")}:
            return self.my_id
        rows = self._shared("users").rows_of({"user_id": user})
        return rows[0]["id"] if rows else None

    @property
    def users(self) -> list[int]:
        """The signed-in user and the configured ones."""
        found = [self.my_id, *self.configured_users]
        return list(dict.fromkeys(user for user in found if user is not None))

    @functools.cached_property
    def tags(self) -> list[Record]:
        """All tags; categories are among them."""
        return self._shared("tags").all_rows()

    def _shared(self, stream: str) -> SharedListStream:
        return t.cast("SharedListStream", self.streams[stream])

    @functools.cached_property
    def project_rows(self) -> dict[t.Any, Record]:
        """What lists say of projects, by id; read once for their own streams and ``projects``."""
        sources = ("project_ids", "partner_slugs", "user_ids", "search_query")
        named = any(self.config.get(name) for name in sources)
        users = self.configured_users if named else self.users
        listed = self._shared("user_projects")
        rows = [
            *self._shared("search_projects").all_rows(),
            *(row for user in users for row in listed.rows_of({"user_id": user})),
        ]
        if self.config["partner_slugs"]:
            rows += self._shared("partner_projects").all_rows()
        return {row["id"]: row for row in rows}

    @functools.cached_property
    def project_ids(self) -> list[int | str]:
        """The projects to read, each once, whatever way it was named."""
        slugs = {row.get("slug"): ident for ident, row in self.project_rows.items()}
        named = [
            int(name) if str(name).isdecimal() else slugs.get(name, name)
            for name in self.config["project_ids"]
        ]
        return list(dict.fromkeys([*named, *self.project_rows]))

    def looks_back(self, project: Record) -> bool:
        """Tell whether a project's changeable lists are read in every run: it is open."""
        is_open = project.get("is_online") and not (
            project.get("finished") or project.get("is_cancelled")
        )
        return bool(self.config["lookback_days"] and is_open)

    # A run

    @override
    def load_state(self, state: dict[str, t.Any]) -> None:
        super().load_state(state)
        self._state_at_start = copy.deepcopy(t.cast("dict[str, t.Any]", self.state))

    @override
    def after_sync(self) -> None:
        """Make sure that the credentials held to the end, if the last answers do not prove it."""
        if self._doubt and not self.signer.anonymous:
            self._ask_me()
        self._remember_refused()
