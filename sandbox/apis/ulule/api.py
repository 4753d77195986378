"""Ulule's behaviour: who may see what, versions, languages, limits and the routes."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING, Any

from sandbox.apis.ulule import records as all_records
from sandbox.apis.ulule.auth import STAFF_KEY, Tokens, grant, is_right
from sandbox.apis.ulule.changes import Changes
from sandbox.apis.ulule.listings import BY_PATH, Listing, find_user
from sandbox.apis.ulule.lists import CHILDREN, PARENTS, Asked, Child
from sandbox.apis.ulule.pages import (
    SINCE_CURSOR_FROM,
    BadParameterError,
    by_search_offset,
    by_since,
    page,
)
from sandbox.apis.ulule.render import Renderer
from sandbox.apis.ulule.search import search
from sandbox.apis.ulule.view import View
from sandbox.wire import Budget, Call, Record, Reply, key_text
from sandbox.world.ulule import AGENCY, PARTNER_ID
from sandbox.world.ulule.people import FIRST_USER
from sandbox.world.ulule.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sandbox.state import Sandbox
    from sandbox.world.ulule import Ulule

VERSION = re.compile(r"\d{4}-\d\d-\d\d")
STRICT_CREDENTIALS = "2020-10-07"
STRICT_EXTRA_FIELDS = "2019-03-07"
OFFLINE_READABLE = "2018-10-04"
EXTRA_FIELDS = frozenset({
    "account", "analytics", "billing", "default_manager", "delivery", "fields_needed",
    "latest_news", "latest_supporter", "links", "manager", "notes", "owner.contact_lang",
    "owner.stats", "partnerships", "proposal", "proposal.links", "proposal.validator", "rewards",
    "sponsorships", "tags", "user_orders", "user_role", "stages", "stats", "channels",
    "contact_lang", "newsletters", "orders", "orders.project", "latest_project_comment",
    "latest_project_order", "project", "tracking", "main_image", "main_tag", "owner",
    "moderator", "owner.email", "quality_score", "aggregations", "answer_code",
})  # fmt: skip


class Problem(Exception):  # noqa: N818 - the word of the API's own error objects
    """An answer other than 200."""

    def __init__(self, status: int, reason: str = "", field: str = "") -> None:
        """Answer with a status, and say why in the API's array of errors."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.field = field

    def reply(self) -> Reply:
        """The answer."""
        kinds = {401: "PermissionError", 404: "PermissionError", 422: "ValueError"}
        entry = {
            "classification": kinds.get(self.status, "ValueError"),
            "fieldNames": [self.field] if self.field else [],
            "message": self.reason,
        }
        kind = "text/javascript" if self.status == 422 else "application/json"
        return Reply.of([entry], self.status, kind=kind)


class UluleApi:
    """The platform's API and its token endpoint."""

    name = "ulule"
    prefix = "/ulule"

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve the world of a sandbox."""
        self.sandbox = sandbox
        self.tokens = Tokens(sandbox)
        self.changes = Changes(self)

    @property
    def ulule(self) -> Ulule:
        """The platform."""
        return self.sandbox.world.ulule

    def credential(self, call: Call) -> str:
        """Whom the request counts against."""
        return call.authorization or call.peer

    def refuse(self, _call: Call) -> Reply:
        """The answer beyond a limit; its body is not documented."""
        return Reply(429, b"Too Many Requests", "text/plain; charset=utf-8")

    def mark(self, reply: Reply, budget: Budget) -> None:
        """Add the headers about the hourly limit, as long as there is a limit."""
        if not budget.limit:
            return
        reset = math.ceil(round(budget.reset_in, 3))
        if self.sandbox.options.ulule_reset == "epoch":
            reset = math.ceil(time.time() + budget.reset_in)
        reply.headers |= {
            "X-RateLimit-Limit": str(budget.limit),
            "X-RateLimit-Remaining": str(budget.remaining),
            "X-RateLimit-Reset": str(reset),
        }

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """All records of a stream in the shape of version 2017-10-10."""
        return all_records.records(self.ulule, stream)

    def answer(self, call: Call) -> Reply:
        """Serve one request."""
        discussions = call.path.startswith("/discussions/")
        if not call.base.endswith("/v1") and not discussions:
            if call.path == "/oauth2/token/":
                return grant(call, self.tokens).on(call.path)
            return Reply(404).on("?")
        try:
            view = self._view(call)
            reply = self._route(call, view)
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
            raise Problem(400, "Ulule-Version is no date")
        lang = call.query.get("lang", "")
        if lang and lang != "all" and lang not in LANGUAGES:
            raise Problem(501, "Language is not supported", "lang")
        right = bool(call.authorization) and is_right(call.authorization, self.tokens)
        if call.authorization and not right and version >= STRICT_CREDENTIALS:
            raise Problem(401, "Bad credentials")
        extra = frozenset(filter(None, call.query.get("extra_fields", "").split(",")))
        if version >= STRICT_EXTRA_FIELDS and not extra <= EXTRA_FIELDS:
            raise Problem(422, "Unknown field", "extra_fields")
        viewer = self.ulule.users[FIRST_USER] if right else None
        staff = right and call.authorization.endswith(STAFF_KEY)
        return View(version=version, lang=lang, extra=extra, viewer=viewer, staff=staff)

    def _route(self, call: Call, view: View) -> Reply:
        if call.method not in {"GET", "HEAD", "OPTIONS"}:
            raise Problem(401, "Writing needs a registered application")
        parts = [part for part in call.path.split("/") if part]
        try:
            return self._find(call, view, parts)
        except BadParameterError as error:
            raise Problem(422, "Invalid value", str(error)) from None

    def _find(self, call: Call, view: View, parts: list[str]) -> Reply:
        show = Renderer(self.ulule)
        match parts:
            case ["me"]:
                if view.viewer is None:
                    raise Problem(401, "Log in")
                record = show.user(view.viewer, view)
                return Reply.of(record).having_served("me", [str(record["id"])]).on("/me")
            case ["search", "projects"]:
                return self._search(call, view, show).on("/search/projects")
            case ["partners", reference, "projects"]:
                return self._partner(call, view, show, reference).on("/partners/{slug}/projects")
            case ["projects", reference]:
                return self._project(view, show, reference).on("/projects/{id}")
            case [plural, reference, name] if (plural, name) in CHILDREN:
                child = CHILDREN[plural, name]
                parent = PARENTS[plural](self.ulule, reference)
                template = f"/{plural}/{{id}}/{name}"
                return self._list(call, view, show, child, parent).on(template)
        return self._other(call, view, show, parts)

    def _other(self, call: Call, view: View, show: Renderer, parts: list[str]) -> Reply:
        """Answer one of the table's endpoints."""
        discussions = parts[:1] == ["discussions"]
        parts = parts[discussions:]
        for template in ({1: ["{0}"], 2: ["{0}/{}"], 3: ["{0}/{}/{2}"]}).get(len(parts), []):
            path = "/" + template.replace("{0}", parts[0]).replace("{2}", parts[-1])
            listing = BY_PATH.get((discussions, path))
            if listing:
                reference = parts[1] if len(parts) > 1 else ""
                return self._listing(call, view, show, listing, reference).on(path)
        raise Problem(404, "Not found")

    def _listing(
        self, call: Call, view: View, show: Renderer, listing: Listing, reference: str
    ) -> Reply:
        self._allow(view, listing, reference)
        rows: Sequence[Any] | None = listing.found(self.ulule, reference)
        if rows is None or (listing.style == "single" and not rows):
            raise Problem(404, "Not found")
        main = listing.main_language(self.ulule, reference)

        def shown(row: Record) -> Record:
            if listing.render:
                return listing.render(show, row, view)
            return show.row(listing.resource, row, view, main)

        if listing.style == "single":
            record = shown(rows[0])
            return Reply.of(record).having_served(listing.stream, [reference])
        newer, meta = view.at_least(SINCE_CURSOR_FROM), None
        if listing.style == "array" and not newer:
            return Reply.of([shown(row) for row in rows])
        if listing.style != "none":
            moment = _moment if all(_moment(row) is not None for row in rows) else None
            if moment:
                rows = sorted(rows, key=moment, reverse=True)
            if listing.style == "since" and moment and "offset" not in call.query:
                rows, meta = by_since(call, rows, moment)
            else:
                rows, meta = page(call, view, rows, moment)
        body: Record = {listing.envelope: [shown(row) for row in rows]}
        if meta is not None:
            body["meta"] = meta
        names = [name for name in listing.key if name != listing.inject]
        keys = [key_text((reference, *(row.get(name) for name in names))) for row in rows]
        return Reply.of(body).having_served(listing.stream, keys)

    def _allow(self, view: View, listing: Listing, reference: str) -> None:
        """Refuse a viewer who may not read an endpoint."""
        access = listing.access
        if access in {"visible", "manager"}:
            project = self._visible(self.ulule.find(reference), view)
            own = view.viewer is not None and self.ulule.may_manage(project["id"])
            allowed = own or access == "visible"
        elif access == "staff":
            allowed = view.staff
        elif access == "self":
            user = find_user(self.ulule, reference)
            allowed = view.viewer is not None and user is not None and user is view.viewer
        elif access == "partner":
            allowed = view.viewer is not None and reference in self.ulule.partners
        else:
            allowed = access == "anyone" or view.viewer is not None
        if not allowed:
            raise Problem(self.sandbox.options.ulule_private_status, "Log in")

    def _visible(self, project: Record | None, view: View) -> Record:
        if project is None:
            raise Problem(404, "Not found")
        own = view.viewer is not None and self.ulule.may_manage(project["id"])
        if not (project["is_online"] or own or view.at_least(OFFLINE_READABLE)):
            raise Problem(404, "Not found")
        return project

    def _project(self, view: View, show: Renderer, reference: str) -> Reply:
        project = self._visible(self.ulule.find(reference), view)
        record = show.project(project, view)
        reply = Reply.of(record).having_served("projects", [str(record["id"])])
        keys = [key_text((reward["id"],)) for reward in record.get("rewards", ())]
        return reply.having_served("project_rewards", keys) if keys else reply

    def _search(self, call: Call, view: View, show: Renderer) -> Reply:
        rows = search(self.ulule, call.query.get("q", ""), view)
        shown, meta = by_search_offset(call, rows)
        body = {"projects": [show.search_row(row, view) for row in shown], "meta": meta}
        keys = [key_text((row["id"],)) for row in shown]
        return Reply.of(body).having_served("search_projects", keys)

    def _partner(self, call: Call, view: View, show: Renderer, reference: str) -> Reply:
        slug = AGENCY if reference == str(PARTNER_ID) else reference
        if slug not in self.ulule.partners:
            raise Problem(404, "Not found")
        status = call.query.get("status")
        if view.viewer is None and status != "online":
            raise Problem(self.sandbox.options.ulule_private_status, "Log in")
        rows = [row for row in self.ulule.projects.values()
                if row["id"] in self.ulule.partners[slug]
                and status in {None, row["status"]}][::-1]  # fmt: skip
        shown, meta = page(call, view, rows, None)
        body = {"projects": [show.short_project(row, view) for row in shown], "meta": meta}
        keys = [key_text((slug, row["id"])) for row in shown]
        return Reply.of(body).having_served("partner_projects", keys)

    def _list(
        self, call: Call, view: View, show: Renderer, child: Child, parent: Record | None
    ) -> Reply:
        if parent is None:
            raise Problem(404, "Not found")
        ident = parent["project_id"] if "project_id" in parent else parent["id"]
        project = self._visible(self.ulule.projects[ident], view)
        own = view.viewer is not None and self.ulule.may_manage(project["id"])
        if child.private and not own:
            raise Problem(self.sandbox.options.ulule_private_status, "Log in")
        rows = child.select(self.ulule, parent, Asked(call.query, own=own))
        meta: Record | None = None
        if child.moment is not None or child.paginated:
            moment: Callable[[Any], int] | None = child.moment
            rows, meta = page(call, view, rows, moment)
        body: Record = {child.envelope: [child.render(show, row, view, parent) for row in rows]}
        if meta is not None:
            body["meta"] = meta
        return Reply.of(body).having_served(child.stream, child.keys(parent, rows))


def _moment(row: Record) -> Any:  # noqa: ANN401 - nanoseconds, or None
    """When a row was made, if it says."""
    return row.get("_at", row.get("at"))
