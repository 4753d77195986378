"""All records of Ulule's streams, for the control endpoint, in the shape of version 2017-10-10.

Rows of lists below a parent carry the parent's id, without which they could not be told apart.
"""

from __future__ import annotations

import typing as t

from sandbox.apis.ulule.listings import Asked, Listing
from sandbox.apis.ulule.render import Renderer
from sandbox.apis.ulule.search import search
from sandbox.apis.ulule.table import BY_STREAM
from sandbox.apis.ulule.view import View
from sandbox.world.ulule.people import FIRST_USER

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

BELOW_USERS = frozenset({"user_proposals", "proposal_details", "proposal_links"})


def records(ulule: Ulule, stream: str, lang: str = "") -> tuple[Sequence[str], list[Record]] | None:
    """The key and all records of a stream in key order; None if it is not served."""
    show, view = Renderer(ulule), View(viewer=ulule.users[FIRST_USER], lang=lang)
    if stream == "me":
        return ("id",), [show.user(ulule.users[FIRST_USER], view)]
    if stream == "projects":
        return ("id",), [show.project(row, view) for _, row in sorted(ulule.projects.items())]
    if stream == "search_projects":
        found = sorted(search(ulule, "", view), key=lambda row: int(row["id"]))
        return ("id",), [show.search_row(row, view) for row in found]
    if stream == "partner_projects":
        return ("partner_slug", "id"), [
            show.short_project(ulule.projects[ident], view) | {"partner_slug": slug}
            for slug, projects in sorted(ulule.partners.items())
            for ident in sorted(projects)
        ]
    if stream == "project_order_items":
        orders = _listed(ulule, BY_STREAM["project_orders"], show, view)[1]
        return ("order_id", "position"), [item for order in orders for item in list_items(order)]
    return _listed(ulule, BY_STREAM[stream], show, view) if stream in BY_STREAM else None


def list_items(order: Record) -> list[Record]:
    """The items of an order, each with its place in it."""
    above = {"order_id": order["id"], "project_id": order["project_id"]}
    return [item | above | {"position": place} for place, item in enumerate(order["items"], 1)]


def _listed(
    ulule: Ulule, listing: Listing, show: Renderer, view: View
) -> tuple[Sequence[str], list[Record]]:
    found: list[Record] = []
    for parent in listing.references(ulule):
        main = listing.main_language(ulule, str(parent))
        added = {listing.inject: _as_key(parent)} if listing.inject else {}
        added |= _ids_above(ulule, listing, str(parent))
        for row in listing.found(ulule, Asked(str(parent), own=True)) or ():
            shown = (
                listing.render(show, row, view)
                if listing.render
                else show.row(listing.resource, row, view, main)
            )
            found.append(shown | {key: value for key, value in added.items() if key not in shown})
    return listing.key, sorted(found, key=lambda row: [row[name] for name in listing.key])


def _ids_above(ulule: Ulule, listing: Listing, parent: str) -> Record:
    """The ids of the project or the user to whom a parent belongs."""
    if listing.stream in BELOW_USERS:
        return {"user_id": FIRST_USER}
    if project := listing.project(ulule, parent):
        return {"project_id": project["id"]}
    owned: Mapping[t.Any, Sequence[Record]] = {}
    if listing.stream == "comment_replies":
        owned = ulule.comments
    elif listing.stream == "partnership_details":
        owned = ulule.extras.rows["project_partnerships"]
    return next(
        ({"project_id": int(project)} for project, rows in owned.items()
         if any(str(row["id"]) == parent for row in rows)),
        {},
    )  # fmt: skip


def _as_key(parent: object) -> object:
    text = str(parent)
    return int(text) if text.isdigit() else text
