"""Ulule's behaviour: credentials, versions, languages and limits; `endpoints` has the routes."""

from __future__ import annotations

import math
import re
import time
import typing as t

from sandbox.apis.ulule import records as all_records
from sandbox.apis.ulule.auth import STAFF_KEY, Tokens, grant, is_right
from sandbox.apis.ulule.changes import Changes
from sandbox.apis.ulule.endpoints import Endpoints
from sandbox.apis.ulule.pages import BadParameterError
from sandbox.apis.ulule.problems import Problem
from sandbox.apis.ulule.view import View
from sandbox.wire import Budget, Call, Record, Reply
from sandbox.world.ulule.people import FIRST_USER
from sandbox.world.ulule.texts import LANGUAGES

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.options import Options
    from sandbox.world import World

VERSION = re.compile(r"\d{4}-\d\d-\d\d")
STRICT_CREDENTIALS = "2020-10-07"
STRICT_EXTRA_FIELDS = "2019-03-07"
EXTRA_FIELDS = frozenset({
    "account", "analytics", "billing", "default_manager", "delivery", "fields_needed",
    "latest_news", "latest_supporter", "links", "manager", "notes", "owner.contact_lang",
    "owner.stats", "partnerships", "proposal", "proposal.links", "proposal.validator", "rewards",
    "sponsorships", "tags", "user_orders", "user_role", "stages", "stats", "channels",
    "contact_lang", "newsletters", "orders", "orders.project", "latest_project_comment",
    "latest_project_order", "project", "tracking", "main_image", "main_tag", "owner",
    "moderator", "owner.email", "quality_score", "aggregations", "answer_code",
})  # fmt: skip


class UluleApi:
    """The platform's API and its token endpoint."""

    name = "ulule"
    prefix = "/ulule"

    def __init__(self, world: World) -> None:
        """Serve a world."""
        self.world = world
        self.tokens = Tokens(world.scenario.seed)
        self.changes = Changes(world, self.tokens)

    def credential(self, call: Call) -> str:
        """Whom the request counts against."""
        return call.authorization or call.peer

    def refuse(self, _call: Call) -> Reply:
        """The answer beyond a limit; its body is not documented."""
        return Reply(429, b"Too Many Requests", "text/plain; charset=utf-8")

    def mark(self, reply: Reply, budget: Budget, options: Options) -> None:
        """Add the headers about the hourly limit, as long as there is a limit."""
        if not budget.limit:
            return
        reset = math.ceil(round(budget.reset_in, 3))
        if options.ulule_reset == "epoch":
            reset = math.ceil(time.time() + budget.reset_in)
        reply.headers |= {
            "X-RateLimit-Limit": str(budget.limit),
            "X-RateLimit-Remaining": str(budget.remaining),
            "X-RateLimit-Reset": str(reset),
        }

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """All records of a stream in the shape of version 2017-10-10."""
        return all_records.records(self.world.ulule, stream)

    def answer(self, call: Call, options: Options) -> Reply:
        """Serve one request."""
        discussions = call.path.startswith("/discussions/")
        if not call.base.endswith("/v1") and not discussions:
            if call.path == "/oauth2/token/":
                return grant(call, self.tokens, options).on(call.path)
            return Reply(404).on("?")
        try:
            view = self._view(call)
            reply = self._route(call, view, options)
        except Problem as problem:
            return problem.reply().on("?")
        finally:
            self.changes.after(call.path)
        if call.method == "OPTIONS":
            return Reply(200, headers={"Allow": "GET, HEAD, OPTIONS"}).on(reply.template)
        if view.lang not in {"", "all"}:
            site = f"https://{view.lang}.ulule.com".encode()
            reply.body = reply.body.replace(b"https://www.ulule.com", site)
        return reply

    def _view(self, call: Call) -> View:
        version = call.headers.get("Ulule-Version", "").strip()
        if version and not VERSION.fullmatch(version):
            raise Problem(400, "Ulule-Version is not a date")
        lang = call.query.get("lang", "")
        if lang and lang != "all" and lang not in LANGUAGES:
            raise Problem(501, "Language is not supported", "lang")
        right = bool(call.authorization) and is_right(call.authorization, self.tokens)
        if call.authorization and not right and version >= STRICT_CREDENTIALS:
            raise Problem(401, "Bad credentials")
        extra = frozenset(filter(None, call.query.get("extra_fields", "").split(",")))
        if version >= STRICT_EXTRA_FIELDS and not extra <= EXTRA_FIELDS:
            raise Problem(422, "Unknown field", "extra_fields")
        viewer = self.world.ulule.users[FIRST_USER] if right else None
        staff = right and call.authorization.endswith(STAFF_KEY)
        return View(version=version, lang=lang, extra=extra, viewer=viewer, staff=staff)

    def _route(self, call: Call, view: View, options: Options) -> Reply:
        if call.method not in {"GET", "HEAD", "OPTIONS"}:
            raise Problem(401, "Writing needs a registered application")
        try:
            return Endpoints(self.world.ulule, options, call, view).answer()
        except BadParameterError as error:
            raise Problem(422, "Invalid value", str(error)) from None
