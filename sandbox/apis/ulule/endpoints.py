"""Ulule's routes: who may read what, and what is answered."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.apis.ulule.listings import Asked, Listing, Rows, find_user
from sandbox.apis.ulule.pages import SINCE_CURSOR_FROM, by_search_offset, by_since, page
from sandbox.apis.ulule.problems import Problem
from sandbox.apis.ulule.render import Renderer
from sandbox.apis.ulule.search import search
from sandbox.apis.ulule.table import BY_PATH
from sandbox.wire import Call, Record, Reply, key_text
from sandbox.world.ulule import AGENCY, PARTNER_ID

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.apis.ulule.view import View
    from sandbox.options import Options
    from sandbox.world.ulule import Ulule

OFFLINE_READABLE = "2018-10-04"


@dataclass(frozen=True)
class Endpoints:
    """The routes as one request sees them: the platform, the view, and what may be switched."""

    ulule: Ulule
    options: Options
    call: Call
    view: View

    def answer(self) -> Reply:
        """Answer the request.

        Raises:
            Problem: the answer is not a success.
            BadParameterError: a parameter is not possible.
        """
        show = Renderer(self.ulule)
        parts = [part for part in self.call.path.split("/") if part]
        match parts:
            case ["me"]:
                if self.view.viewer is None:
                    raise Problem(401, "Log in")
                record = show.user(self.view.viewer, self.view)
                return Reply.of(record).having_served("me", [str(record["id"])]).on("/me")
            case ["search", "projects"]:
                return self._search(show).on("/search/projects")
            case ["partners", reference, "projects"]:
                return self._partner(show, reference).on("/partners/{slug}/projects")
            case ["projects", reference]:
                return self._project(show, reference).on("/projects/{id}")
        return self._listed(show, parts)

    def _listed(self, show: Renderer, parts: list[str]) -> Reply:
        """Answer one of the table's endpoints."""
        discussions = parts[:1] == ["discussions"]
        parts = parts[discussions:]
        reference = parts[1] if len(parts) > 1 else ""
        path = "/" + "/".join("{}" if place == 1 else part for place, part in enumerate(parts))
        listing = BY_PATH.get((discussions, path))
        if listing is None:
            raise Problem(404, "Not found")
        return self._listing(show, listing, reference).on(path.replace("{}", "{id}"))

    def _listing(self, show: Renderer, listing: Listing, reference: str) -> Reply:
        own = self._allow(listing, reference)
        rows = listing.found(self.ulule, Asked(reference, self.call.query, own=own))
        if rows is None or (listing.style == "single" and not rows):
            raise Problem(404, "Not found")
        main = listing.main_language(self.ulule, reference)

        def shown(row: Record) -> Record:
            if listing.render:
                return listing.render(show, row, self.view)
            return show.row(listing.resource, row, self.view, main)

        if listing.style == "single":
            return Reply.of(shown(rows[0])).having_served(listing.stream, [reference])
        if listing.style == "array" and not self.view.at_least(SINCE_CURSOR_FROM):
            return Reply.of([shown(row) for row in rows])
        on_page, meta = self._page(listing, rows)
        body: Record = {listing.envelope: [shown(row) for row in on_page]}
        if meta is not None:
            body["meta"] = meta
        return Reply.of(body).having_served(listing.stream, self._keys(listing, reference, on_page))

    def _page(self, listing: Listing, rows: Rows) -> tuple[Sequence[Record], Record | None]:
        """The rows of the page that is asked for, and what the envelope says about paging."""
        if listing.style == "none":
            return rows, None
        moments = [listing.moment(row) for row in rows] if listing.moment else [None]
        if None in moments:
            return page(self.call, self.view, rows, None)
        moment = {id(row): at or 0 for row, at in zip(rows, moments, strict=True)}
        rows = sorted(rows, key=lambda row: moment[id(row)], reverse=True)
        if listing.style == "since" and "offset" not in self.call.query:
            return by_since(self.call, rows, lambda row: moment[id(row)])
        return page(self.call, self.view, rows, lambda row: moment[id(row)])

    def _keys(self, listing: Listing, reference: str, rows: Sequence[Record]) -> list[str]:
        """The rows' keys as text; a project counts by its id, by whatever it is named."""
        project = self.ulule.find(reference) if listing.path.startswith("/projects/") else None
        parent = project["id"] if project else reference
        return [
            key_text(parent if name == listing.inject else row.get(name) for name in listing.key)
            for row in rows
        ]

    def _allow(self, listing: Listing, reference: str) -> bool:
        """Refuse a viewer who may not read an endpoint; tell whether it manages the project."""
        access, viewer, own = listing.access, self.view.viewer, False
        if access in {"visible", "manager"}:
            project = self._visible(listing.project(self.ulule, reference))
            own = self._may_manage(project)
            allowed = own or access == "visible"
        elif access == "staff":
            allowed = self.view.staff
        elif access == "self":
            allowed = viewer is not None and find_user(self.ulule, reference) is viewer
        elif access == "partner":
            allowed = viewer is not None and reference in self.ulule.partners
        else:
            allowed = access == "anyone" or viewer is not None
        if not allowed:
            raise Problem(self.options.ulule_private_status, "Log in")
        return own

    def _may_manage(self, project: Record) -> bool:
        return self.view.viewer is not None and self.ulule.may_manage(project["id"])

    def _visible(self, project: Record | None) -> Record:
        if project is None:
            raise Problem(404, "Not found")
        readable = project["is_online"] or self.view.at_least(OFFLINE_READABLE)
        if not (readable or self._may_manage(project)):
            raise Problem(404, "Not found")
        return project

    def _project(self, show: Renderer, reference: str) -> Reply:
        project = self._visible(self.ulule.find(reference))
        record = show.project(project, self.view)
        reply = Reply.of(record).having_served("projects", [str(record["id"])])
        keys = [key_text((reward["id"],)) for reward in record.get("rewards", ())]
        return reply.having_served("project_rewards", keys) if keys else reply

    def _search(self, show: Renderer) -> Reply:
        rows = search(self.ulule, self.call.query.get("q", ""), self.view)
        shown, meta = by_search_offset(self.call, rows)
        body = {"projects": [show.search_row(row, self.view) for row in shown], "meta": meta}
        keys = [key_text((row["id"],)) for row in shown]
        return Reply.of(body).having_served("search_projects", keys)

    def _partner(self, show: Renderer, reference: str) -> Reply:
        slug = AGENCY if reference == str(PARTNER_ID) else reference
        if slug not in self.ulule.partners:
            raise Problem(404, "Not found")
        status = self.call.query.get("status")
        if self.view.viewer is None and status != "online":
            raise Problem(self.options.ulule_private_status, "Log in")
        rows = [row for row in self.ulule.projects.values()
                if row["id"] in self.ulule.partners[slug]
                and status in {None, row["status"]}][::-1]  # fmt: skip
        shown, meta = page(self.call, self.view, rows, None)
        body = {"projects": [show.short_project(row, self.view) for row in shown], "meta": meta}
        keys = [key_text((slug, row["id"])) for row in shown]
        return Reply.of(body).having_served("partner_projects", keys)
