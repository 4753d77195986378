"""What the sandbox holds of a stream, as the READMEs of the taps say that its rows come out."""

from __future__ import annotations

import typing as t

from loaders.taps import ME, api_of
from sandbox.apis.ulule.records import list_items
from sandbox.apis.ulule.render import Renderer
from sandbox.apis.ulule.view import View

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from loaders.taps import Record
    from sandbox.testing import RunningSandbox

ANONYMOUS = "(anonymous)"
EXTRA = "_extra"
# Orders and contracts of a campaign are for those who run it.
PRIVATE = {
    "project_orders", "project_order_items", "project_sponsorships", "project_partnerships",
    "project_exports",
}  # fmt: skip
WORDS = {
    "status": (None, "new", "valid", "invalid", "pending", "updated", "waiting"),
    "type": (None, "presale", "project"),
}
# Comments on news move no counter of their project: refresh_days finds them a week later. News are
# read when they change; the project that each shows is of that time.
FOUND_LATER = {"news_comments"}
MOVES_NOTHING = {
    "project_news": {"comments_count"},
    "news_details": {"comments_count", "project"},
}
# Orders that are not valid any more leave their list, and are followed to their new status.
FOLLOWED = {"project_orders", "order_details"}


def list_world(
    tap: str,
    box: RunningSandbox,
    schemas: Mapping[str, Record],
    before: Mapping[str, Iterable[tuple[t.Any, ...]]] | None = None,
) -> dict[str, list[Record]]:
    """Return the rows that a tap can read now.

    Args:
        tap: Name of the tap.
        box: The sandbox.
        schemas: SCHEMA message of each stream; what it does not declare is in ``_extra``.
        before: Keys of the rows that were there at the first run, by stream.
    """
    api = api_of(tap)
    found = {}
    for stream, message in schemas.items():
        rows = box.control("GET", f"/world/{api}/{stream}")["records"]
        if api == "ulule" and stream in FOLLOWED:
            rows += _left_orders(box, rows, (before or {}).get(stream, ()))
        if api == "ulule" and stream == "project_order_items":
            orders = [{"id": row["order_id"]} for row in rows]
            left = _left_orders(box, orders, [key[:1] for key in (before or {}).get(stream, ())])
            rows += [item for order in left for item in list_items(order)]
        declared = message["schema"]["properties"]
        found[stream] = [
            {**row, EXTRA: {name: row[name] for name in row if name not in declared}}
            for row in _shaped(api, stream, rows, box)
        ]
    return found


def _left_orders(
    box: RunningSandbox, listed: list[Record], before: Iterable[tuple[t.Any, ...]]
) -> list[Record]:
    """Return the orders that were listed before and are not now, as they are now."""
    ulule = box.world.ulule
    left = {str(ident) for (ident,) in before} - {str(row["id"]) for row in listed}
    show, view = Renderer(ulule), View(viewer=ulule.users[ME])
    return [
        show.order(row, view)
        for rows in ulule.orders.values() for row in rows if str(row["id"]) in left
    ]  # fmt: skip


def _shaped(api: str, stream: str, rows: list[Record], box: RunningSandbox) -> Iterator[Record]:
    if api == "ulule":
        return _ulule(stream, rows, box)
    if stream == "wallets":
        return _wallets(rows, box)
    return map(_micropledge, rows) if api == "micropledge" else iter(rows)


def _wallets(rows: list[Record], box: RunningSandbox) -> Iterator[Record]:
    """Who has no wallet has a row that says so."""
    yield from rows
    known = {row["user_email"] for row in rows}
    for email in box.world.miimosa.users:
        if email not in known:
            yield {"user_email": email, "_status": 404}


def _micropledge(row: Record) -> Record:
    shown = {name: value for name, value in row.items() if name != "result"}
    if "userslug" in row:
        shown["userslug"] = row["userslug"] or ANONYMOUS
    return shown


def _ulule(stream: str, rows: list[Record], box: RunningSandbox) -> Iterator[Record]:
    ulule = box.world.ulule
    open_to_us = {
        ident for ident, row in ulule.projects.items()
        if row["is_online"] or ulule.may_manage(ident)
    }  # fmt: skip
    for row in rows:
        shown = dict(row)
        if stream == "user_projects":
            shown["role"] = "owner"
        project = row["id"] if stream == "projects" else shown.get("project_id")
        if project is not None and project not in open_to_us:
            continue
        if stream in PRIVATE and not ulule.may_manage(shown["project_id"]):
            continue
        if stream == "project_news" and row["status"] != "online":
            continue
        if stream == "users" and row["id"] != ME:
            continue
        if "date_update" in row and "type" in row:
            shown |= {name: words[row[name]] for name, words in WORDS.items()}
        yield _respelt(shown)


def _respelt(value: t.Any) -> t.Any:  # noqa: ANN401 - JSON
    """Return a copy with the API's misspelt name put right, as the tap writes it."""
    if isinstance(value, dict):
        return {("height" if k == "heigth" else k): _respelt(v) for k, v in value.items()}
    return [_respelt(each) for each in value] if isinstance(value, list) else value
