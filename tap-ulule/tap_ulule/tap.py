"""Singer tap for Ulule."""

from __future__ import annotations

import copy
import functools
import typing as t
from http import HTTPStatus

from singer_sdk.schema.source import SchemaDirectory

from tap_ulule import auth, auth_settings, schemas, settings, streams
from tap_ulule._kit.compat import override
from tap_ulule._kit.errors import ApiError, ConfigError, ContentError
from tap_ulule._kit.fingerprints import secret_fingerprint
from tap_ulule._kit.setting_checks import check_paths, check_url
from tap_ulule._kit.singer.tap import ApiTap
from tap_ulule.credentials import ME, CredentialsCheck
from tap_ulule.normalise import Normaliser
from tap_ulule.streams.discussions import ThreadMessages
from tap_ulule.streams.orders import ProjectOrders
from tap_ulule.streams.projects import Projects

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tap_ulule._kit.errors import DeniedError
    from tap_ulule._kit.http.answer import Answer
    from tap_ulule._kit.records import Record
    from tap_ulule._kit.singer.stream import ApiStream
    from tap_ulule.client import ListedProject, UluleStream
    from tap_ulule.shared_rows import SharedRows


class TapUlule(ApiTap):
    """Reads Ulule: campaigns with their rewards, comments, news, supporters and orders."""

    name = "tap-ulule"
    schemas = SchemaDirectory(schemas)
    stream_types: t.ClassVar[tuple[type[ApiStream], ...]] = streams.STREAMS
    config_jsonschema: t.ClassVar[dict[str, t.Any]] = settings.SETTINGS
    # Whether a list of projects was denied, so that nobody knows which projects there are.
    denied_sources = False

    @override
    def checked_config(self, config: dict[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
        """Check the settings; without ``auth_method`` the credentials say how to sign."""
        used, errors = super().checked_config(config)
        if not errors and "auth_method" not in used:
            try:
                used["auth_method"] = auth_settings.find_method(used)
            except ConfigError as error:
                errors = [str(error)]
        return used, errors

    @override
    def check_settings(self) -> None:
        super().check_settings()
        settings.check_version(self.config["api_version"])
        for name in ("discussions_url", "token_url"):
            check_url(name, self.config[name])
        auth_settings.check(self.config)
        for name in settings.ID_SETTINGS:
            check_paths(name, self.config[name])
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
        return Normaliser(self.config["api_version"], self.config.get("lang"), self.logger)

    @functools.cached_property
    def signer(self) -> auth.Signer:
        """Signs requests at each sending."""
        return auth.make_signer(self.config)

    @functools.cached_property
    def credentials(self) -> CredentialsCheck:
        """Sends signed requests, and watches what their answers prove."""
        state = t.cast("dict[str, t.Any]", self.state)
        streams = t.cast("dict[str, UluleStream]", self.streams)
        return CredentialsCheck(
            self.signer,
            self.config["api_version"],
            streams,
            self.run_context,
            state=state,
            at_start=self._state_at_start,
        )

    @override
    def fetch(self, request: requests.PreparedRequest, stream: str) -> Answer:
        """Send a request; no answer is handed on before it is sure that the credentials work.

        Raises:
            ConfigError: If the API does not support the language ``lang``.
            CredentialsError: If the API does not accept the credentials.
        """
        try:
            return self.credentials.fetch(request, stream)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_IMPLEMENTED and self.config.get("lang"):
                raise ConfigError(
                    "The API does not support the language in setting 'lang' (501)."
                ) from None
            raise

    @override
    def handle_denied(self, stream: str, context: str, error: DeniedError) -> None:
        found = t.cast("UluleStream", self.streams[stream])
        self.credentials.doubt(found, error)
        super().handle_denied(stream, context, error)
        if error.elsewhere:
            return
        parent = found.parent_stream
        if parent is not None and not found.private and not found.was_denied(context):
            # It is behind the gates above it: the next run looks whether this has passed.
            self.run_context.incomplete_lists.note(parent.name)
            self.run_context.incomplete_lists.note(Projects.name)
        self.credentials.note_denied(found, context)

    @override
    def credentials_work(self, error: DeniedError) -> bool:
        return self.credentials.confirmed or super().credentials_work(error)

    # Who asks

    @property
    def me(self) -> Record:
        """The user to whom the credentials belong."""
        return self.credentials.me

    @functools.cached_property
    def identity(self) -> list[str]:
        """Whose answers these are, for checksums: nothing from which a secret could be guessed."""
        key = secret_fingerprint(str(self.config.get("api_key") or ""))
        names = ("auth_method", "username", "client_id")
        found = [str(self.config.get(name)) for name in names] + [key]
        if self.config["auth_method"] == "oauth2" and not self.config.get("username"):
            # Tokens change by themselves: whose they are, only the API knows.
            found.append(str(self.me.get("id")))
        return found

    @override
    def query_identity(self) -> tuple[object, ...]:
        version, lang = self.config["api_version"], self.config.get("lang")
        return (*super().query_identity(), version, lang, *self.identity)

    @property
    def credentials_mark(self) -> str:
        """Whose credentials they are, for the state; no secret."""
        return "" if self.signer.anonymous else str(self.my_id)

    @property
    def my_id(self) -> int | None:
        """Id of the signed-in user; ContentError if the API does not tell it."""
        if self.signer.anonymous:
            return None
        if self.me.get("id") is None:
            raise ContentError("The answer to GET /me has no 'id'.")
        return t.cast("int", self.me["id"])

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
        rows = self._shared("users").of({"user_id": user})
        return next((row["id"] for row in rows), None)

    @property
    def users(self) -> list[int]:
        """The signed-in user and the configured ones."""
        found = [self.my_id, *self.configured_users]
        return list(dict.fromkeys(user for user in found if user is not None))

    @functools.cached_property
    def tags(self) -> list[Record]:
        """All tags; categories are among them."""
        return list(self._shared("tags").all())

    def _shared(self, stream: str) -> SharedRows:
        return t.cast("UluleStream", self.streams[stream]).shared_rows

    @functools.cached_property
    def listed_projects(self) -> dict[t.Any, ListedProject]:
        """What lists say of projects, by id; read once for their own streams and ``projects``."""
        projects = t.cast("Projects", self.streams[Projects.name])
        return {row["id"]: projects.listed(row) for row in self._project_rows()}

    def _project_rows(self) -> Iterator[Record]:
        sources = ("project_ids", "partner_slugs", "user_ids", "search_query")
        named = any(self.config.get(name) for name in sources)
        yield from self._shared("search_projects").all()
        for user in self.configured_users if named else self.users:
            yield from self._shared("user_projects").of({"user_id": user})
        if self.config["partner_slugs"]:
            yield from self._shared("partner_projects").all()

    @functools.cached_property
    def project_ids(self) -> list[int | str]:
        """The projects to read, each once, whatever way it was named."""
        slugs = {row.slug: ident for ident, row in self.listed_projects.items()}
        named = [
            int(name) if str(name).isdecimal() else slugs.get(name, name)
            for name in self.config["project_ids"]
        ]
        return list(dict.fromkeys([*named, *self.listed_projects]))

    def looks_back(self, project: Record) -> bool:
        """Tell whether a project's changeable lists are read in every run: it is open."""
        is_open = project.get("is_online") and not (
            project.get("finished") or project.get("is_cancelled")
        )
        return bool(self.config["lookback_days"] and is_open)

    def pays_out(self, project_id: int | str) -> bool:
        """Tell whether orders of an ended campaign that waited for the payout do no more."""
        orders = t.cast("ProjectOrders", self.streams[ProjectOrders.name])
        return orders.selected and orders.pays_out(project_id)

    # A run

    @override
    def load_state(self, state: dict[str, t.Any]) -> None:
        super().load_state(state)
        self._state_at_start = copy.deepcopy(t.cast("dict[str, t.Any]", self.state))

    @functools.cached_property
    def _state_at_start(self) -> dict[str, t.Any]:
        return {}

    @override
    def after_sync(self) -> None:
        self.credentials.finish()
