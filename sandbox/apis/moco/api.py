"""MOCO's behaviour: keys and rights, routes, lists and details, errors."""

from __future__ import annotations

import hashlib
import re
import typing as t
import uuid

from sandbox.apis.moco import computed
from sandbox.apis.moco.filters import BadParameterError, at_path, truth
from sandbox.apis.moco.listings import (
    BY_PATH,
    DENIED_TO_READONLY,
    LISTINGS,
    NOT_OFFERED,
    Listing,
    signed_links,
)
from sandbox.apis.moco.pages import page
from sandbox.apis.moco.parts import PARTS
from sandbox.apis.moco.queries import select
from sandbox.apis.moco.views import VIEWS
from sandbox.wire import Budget, Call, Record, Reply, key_text

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.options import Options
    from sandbox.world import World

KEY = "sandbox-moco-key"
READONLY_KEY = "sandbox-moco-readonly"
EMAIL = "agence@example.org"
PASSWORD = "sandbox-moco-password"  # noqa: S105 - a credential of the double, documented so
SCHEMES = re.compile(r"(?:token\s+token=|bearer\s+)[\"']?(?P<key>[^\"']*)", re.IGNORECASE)
KEYS = {found.stream: found.key for found in (*VIEWS, *PARTS)} | {
    "taggings": ("taggable_type", "taggable_id", "name"),
    "account_hourly_rates": ("company_id",),
    "internal_rates": ("user_id", "year"),
}


class MocoApi:
    """The account of the agency."""

    name = "moco"
    prefix = "/moco/api/v1"

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self._reads = 0

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """All records of a stream by id, archived and disregarded ones too.

        Those that are embedded in a parent's records carry the parent's id.
        """
        moco = self.world.moco
        for listing in LISTINGS:
            table = moco.tables[listing.stream]
            if listing.stream == stream:
                return ("id",), [self.row(listing, row) for _, row in sorted(table.items())]
            if stream == f"{listing.stream[:-1]}_details" and listing.detail_only:
                return ("id",), [self.detail(listing, row) for _, row in sorted(table.items())]
        rows = computed.records(moco, stream)
        if rows is None:
            return None
        key = KEYS.get(stream, ("id",))
        shown: list[Record] = signed_links(rows, self._read())
        return key, sorted(shown, key=lambda row: [str(at_path(row, name)) for name in key])

    def credential(self, call: Call) -> str:
        """Whom the request counts against: the key, or the address when there is none."""
        return call.authorization or call.peer

    def refuse(self, _call: Call) -> Reply:
        """The answer beyond the limit: no Retry-After and no header about limits."""
        return Reply.of({"message": "Too many requests"}, 429)

    def mark(self, reply: Reply, _budget: Budget, _options: Options) -> None:
        """Add the headers that recordings carry on every answer."""
        reply.headers.setdefault("Cache-Control", "max-age=0, private, must-revalidate")
        reply.headers.setdefault("Vary", "Origin, Accept-Encoding")
        reply.headers["X-Request-Id"] = str(uuid.uuid4())
        reply.headers["X-Runtime"] = "0.004"
        reply.headers["ETag"] = f'W/"{hashlib.sha256(reply.body).hexdigest()[:32]}"'

    def answer(self, call: Call, options: Options) -> Reply:
        """Serve one request."""
        path = call.path.removesuffix(".json").rstrip("/")
        if path == "/session":
            return self._session(call).on("/session")
        key = self._key(call)
        if key not in {KEY, READONLY_KEY}:
            return Reply.of({"message": "Invalid API key."}, 401).on("?")
        return self._route(call, path, key, options)

    def _route(self, call: Call, path: str, key: str, options: Options) -> Reply:
        if path.strip("/") in NOT_OFFERED and path.strip("/") in options.moco_missing:
            return Reply(404).on(path)
        if path in BY_PATH:
            return self._serve(call, BY_PATH[path], "", key).on(path)
        if found := computed.find(self.world.moco, path):
            return self._compute(call, found, key).on(found[0])
        head, _, ident = path.rpartition("/")
        if head in BY_PATH:
            return self._serve(call, BY_PATH[head], ident, key).on(f"{head}/{{id}}")
        return Reply(404).on("?")

    def _compute(self, call: Call, found: computed.Found, key: str) -> Reply:
        """Serve what is made from other records."""
        _, area, what, record = found
        if refusal := self._refusal(call, area, key):
            return refusal
        if what is None:
            return Reply.of(computed.tags(record)) if record else Reply(404)
        try:
            answer = computed.rows(self.world.moco, what, record, call.query)
        except BadParameterError as error:
            return Reply.of({"message": str(error)}, 400)
        if answer is None:
            return Reply(404)
        answer = signed_links(answer, self._read())
        served = computed.keys(what, record, [answer] if what.single else answer)
        if what.paginated:
            headers, shown = page(call, len(answer))
            reply = Reply.of(answer[shown]).having_served(what.stream, served[shown])
            reply.headers |= headers
            return reply
        return Reply.of(answer).having_served(what.stream, served)

    def _key(self, call: Call) -> str:
        found = SCHEMES.fullmatch(call.authorization)
        return found["key"] if found else ""

    def _session(self, call: Call) -> Reply:
        user = next(iter(self.world.moco.tables["users"]))
        if call.method == "POST":
            is_json = call.headers.get("Content-Type", "").startswith("application/json")
            try:
                body = call.json() if is_json else None
            except ValueError:
                return Reply.of({"message": "malformed JSON"}, 400)
            if isinstance(body, dict) and (body.get("email"), body.get("password")) == (
                EMAIL,
                PASSWORD,
            ):
                return Reply.of({"api_key": KEY, "user_id": user})
            return Reply.of({"message": "Invalid email or password."}, 401)
        if self._key(call) not in {KEY, READONLY_KEY}:
            return Reply.of({"message": "Invalid API key."}, 401)
        return Reply.of({"id": user, "uuid": str(uuid.UUID(int=user))})

    def _refusal(self, call: Call, area: str, key: str) -> Reply | None:
        """The answer to who may not do this; None if it is allowed."""
        if call.method not in {"GET", "HEAD"}:
            return Reply(405)
        if key == READONLY_KEY and area in DENIED_TO_READONLY:
            return Reply.of({"errors": ["You are not permitted to do this."]}, 403)
        return None

    def _serve(self, call: Call, listing: Listing, ident: str, key: str) -> Reply:
        if refusal := self._refusal(call, listing.area, key):
            return refusal
        try:
            return self._detail(listing, ident) if ident else self._list(call, listing)
        except BadParameterError as error:
            return Reply.of({"message": str(error)}, 400)

    def _detail(self, listing: Listing, ident: str) -> Reply:
        moco = self.world.moco
        record = moco.tables[listing.stream].get(int(ident)) if ident.isdigit() else None
        if record is None:
            return Reply(404)
        return Reply.of(self.detail(listing, record))

    def _read(self) -> int:
        self._reads += 1
        return self._reads

    def detail(self, listing: Listing, record: Record) -> Record:
        """A record as its own path shows it."""
        read = self._read()
        shown: Record = signed_links(listing.render(self.world.moco, record, read), read)
        return {key: value for key, value in shown.items() if key not in listing.never}

    def row(self, listing: Listing, record: Record) -> Record:
        """A record as its list shows it."""
        shown = self.detail(listing, record)
        return {key: value for key, value in shown.items() if key not in listing.detail_only}

    def _list(self, call: Call, listing: Listing) -> Reply:
        rows = select(self.world.moco.tables[listing.stream], call, listing)
        if not listing.paginated:
            return self._of_rows(call, listing, rows)
        headers, shown = page(call, len(rows))
        reply = self._of_rows(call, listing, rows[shown])
        reply.headers |= headers
        return reply

    def _of_rows(self, call: Call, listing: Listing, records: list[Record]) -> Reply:
        rows = [self.row(listing, record) for record in records]
        for parameter, expand in listing.expand.items():
            if truth(call.query.get(parameter, "")):
                rows = [expand(self.world.moco, row, self._read()) for row in rows]
        reply = Reply.of(rows).having_served(listing.stream, [key_text((r["id"],)) for r in rows])
        for key, stream in listing.embeds.items():
            reply.having_served(stream, [key_text((p["id"],)) for row in rows for p in row[key]])
        return reply
