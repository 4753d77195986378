"""Ulule's search: terms and qualifiers in one text."""

from __future__ import annotations

import re
import typing as t
import unicodedata

from sandbox.world.ulule import AGENCY, PARTNER_ID
from sandbox.world.ulule.activity import count

if t.TYPE_CHECKING:
    from sandbox.apis.ulule.view import View
    from sandbox.wire import Record
    from sandbox.world.ulule import Ulule

QUALIFIERS = frozenset({
    "channel_ids", "country", "lang", "owner_id", "partners", "partners__not", "quality_score",
    "quality_score__not", "sort", "status", "tag_id", "langs", "countries", "selected_ids",
    "city_id", "region_id",
})  # fmt: skip
UNKNOWN_ARE_TERMS = "2019-09-05"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()


def search(ulule: Ulule, text: str, view: View) -> list[Record]:
    """The online projects that a text finds, in the order that it asks for."""
    terms: list[str] = []
    qualifiers: dict[str, str] = {}
    for word in re.split(r"[+\s]+", text):
        name, colon, value = word.partition(":")
        if colon and name in QUALIFIERS:
            qualifiers[name] = value
        elif colon and not view.at_least(UNKNOWN_ARE_TERMS):
            continue
        elif word:
            terms.append(_plain(word))
    rows = [
        row | count(ulule, row)
        for row in ulule.projects.values()
        if row["is_online"] and _matches(ulule, row, qualifiers) and _has(row, terms)
    ]
    rows = [row for row in rows if _in_status(row, qualifiers.get("status", "all"))]
    _sort(rows, qualifiers.get("sort", "popular"))
    if view.lang:
        rows.sort(key=lambda row: row["lang"] != view.lang)
    return [ulule.projects[row["id"]] for row in rows]


def _has(row: Record, terms: list[str]) -> bool:
    text = _plain(" ".join([*row["name"].values(), *row["subtitle"].values()]))
    return all(term in text for term in terms)


def _matches(ulule: Ulule, row: Record, qualifiers: dict[str, str]) -> bool:
    ours = {str(PARTNER_ID), AGENCY}
    is_ours = row["id"] in ulule.partner_projects
    values = {
        "country": row["country"], "countries": row["country"],
        "lang": row["lang"], "langs": row["lang"],
        "owner_id": str(row["owner_id"]), "tag_id": str(row["main_tag"]["id"]),
        "selected_ids": str(row["id"]),
    }  # fmt: skip
    for name, text in qualifiers.items():
        wanted = set(text.split(","))
        if name == "partners" and not (is_ours and wanted & ours):
            return False
        if name == "partners__not" and is_ours and wanted & ours:
            return False
        if name in values and values[name] not in wanted:
            return False
    return True


def _in_status(row: Record, status: str) -> bool:
    if status == "currently":
        return not row["finished"]
    if status == "ended":
        return bool(row["finished"])
    if status == "success":
        return bool(row["finished"] and row["goal_raised"])
    return True


def _sort(rows: list[Record], order: str) -> None:
    rows.sort(key=lambda row: int(row["id"]))
    if order == "popular":
        rows.sort(key=lambda row: -int(row["supporters_count"]))
    elif order == "amount":
        rows.sort(key=lambda row: -int(row["amount_raised"]))
    elif order == "ending-soon":
        rows.sort(key=lambda row: (bool(row["finished"]), str(row["date_end"])))
    elif order == "new":
        rows.sort(key=lambda row: str(row["date_start"]), reverse=True)
