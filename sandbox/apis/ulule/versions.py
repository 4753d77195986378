"""The dated changes of Ulule's API that touch what is served here: one entry per change.

Records are made in the shape of version 2017-10-10, which the seed document describes. A change
up to that date knows how to be undone for a client that asks for less, a later one how to be
applied for a client that asks for more. Changes of behaviour stand where they act:
2018-10-04 (offline projects readable), 2019-03-07 (unknown extra_fields refused), 2019-09-05
(unknown qualifiers become search terms), 2019-11-07 (missing translations left out, in `view`),
2020-10-07 (bad credentials refused everywhere).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.apis.ulule.view import View
from sandbox.wire import Record
from sandbox.world.ulule.texts import LANGUAGES, I18n

BASE = "2017-10-10"

TYPES = {"presale": 1, "project": 2}
STATUSES = ("processing", "selecting-payment", "awaiting-confirmation", "payment-completed",
            "shipped", "cancelled", "payment-done", "aborted", "payment-invalid",
            "payment-refunded", "payment-reimbursed", "error")  # fmt: skip
SHIPPING_KEYS = ("address_required", "date_delivery", "has_shippings", "shipping_int",
                 "shipping_nat", "shippings")  # fmt: skip

Transform = Callable[[Record, View], None]


def flatten_texts(record: Record, _view: View) -> None:
    """Turn every text object into one key per language."""
    for key, value in list(record.items()):
        if isinstance(value, I18n):
            del record[key]
            record.update({f"{key}_{lang}": value.get(lang, "") for lang in LANGUAGES})
    if isinstance(record.get("main_tag"), dict):
        record["main_tag"] = dict(record["main_tag"])
        flatten_texts(record["main_tag"], _view)


def plain_texts(record: Record, _view: View) -> None:
    """Turn the texts of a user into plain strings."""
    for key in ("description", "presentation"):
        record[key] = next(iter(record[key].values()), "")


def codes(record: Record, _view: View) -> None:
    """Give types and statuses as numbers, amounts as numbers, and older keys of a project."""
    if "order_total" in record:
        status = record["status"]
        record["status"] = STATUSES.index(status) + 1
        record["status_display"] = status.replace("-", " ").capitalize()
        for key in ("order_subtotal", "order_total"):
            record[key] = float(record[key])
        return
    record["type"] = TYPES[record["type"]]
    image = record.get("main_image")
    record["image"] = image["versions"]["full"]["url"] if image else None
    record["time_left"] = None if record["finished"] else "10 jours"
    record["time_left_short"] = None if record["finished"] else "10j"


def drop_image_sizes(record: Record, _view: View) -> None:
    """Drop the flat size keys of avatars and main images."""
    for name in ("avatar", "main_image"):
        if isinstance(record.get(name), dict):
            record[name] = {
                key: value for key, value in record[name].items() if not key[0].isdigit()
                and key != "full"
            }  # fmt: skip


def drop_location_names(record: Record, _view: View) -> None:
    """Drop what a location says twice."""
    if record.get("location"):
        record["location"] = {
            key: value
            for key, value in record["location"].items()
            if key not in {"full_name", "name", "region"}
        }


def only_as_extra(*names: str) -> Transform:
    """Drop keys unless extra_fields asks for them."""

    def transform(record: Record, view: View) -> None:
        for name in names:
            if name not in view.extra:
                record.pop(name, None)

    return transform


def delivery_day(record: Record, _view: View) -> None:
    """Give the day of delivery as a date."""
    if record["date_delivery"]:
        record["date_delivery"] = record["date_delivery"][:10]


def delivery_object(record: Record, _view: View) -> None:
    """Move everything about the delivery of a reward into one object."""
    record["delivery"] = {key: record.pop(key) for key in SHIPPING_KEYS}


def delivery_month(record: Record, _view: View) -> None:
    """Give the month of delivery."""
    if record["delivery"]["date_delivery"]:
        record["delivery"]["date_delivery"] = record["delivery"]["date_delivery"][:7]


def plain_sponsorship(record: Record, view: View) -> None:
    """Turn the texts of a sponsorship into plain strings."""
    for key in ("title", "description"):
        texts = record[key]
        record[key] = texts.get(view.lang) or texts.get("fr") or next(iter(texts.values()), "")


def proposal_words(record: Record, _view: View) -> None:
    """Give type and status of a proposal as words, without labels."""
    names = ("new", "valid", "invalid", "pending", "updated", "waiting")
    record["status"] = names[record["status"] - 1]
    record["type"] = ("presale", "project")[record["type"] - 1]
    del record["status_display"], record["type_display"]


def no_status(record: Record, _view: View) -> None:
    """Drop the status of a partnership."""
    del record["status"]


def project_of_partnership(record: Record, _view: View) -> None:
    """Call the project of a partnership what it is."""
    record["project"] = record.pop("presale")


def variant_of_parent(record: Record, _view: View) -> None:
    """Drop what a variant shares with its reward."""
    del record["price"], record["date_delivery"]


def by_language(name: str) -> Transform:
    """Put one thing under the code of its language."""

    def transform(record: Record, _view: View) -> None:
        found = record.get(name)
        if found and set(found) <= set(LANGUAGES):
            return
        if found:
            record[name] = {found.get("language") or found.get("lang"): found}

    return transform


@dataclass(frozen=True)
class Change:
    """One dated change: `undo` for those up to the base version, `apply` for later ones."""

    version: str
    resources: tuple[str, ...]
    apply: Transform | None = None
    undo: Transform | None = None


CHANGES = (
    Change("2017-09-15", ("news", "project", "search_project", "reward", "variant", "tag"),
           undo=flatten_texts),
    Change("2017-09-19", ("order", "project"), undo=codes),
    Change("2017-10-10", ("user",), undo=plain_texts),
    Change("2017-10-10", ("sponsorship",), undo=plain_sponsorship),
    Change("2017-12-12", ("user", "project", "search_project"), apply=drop_image_sizes),
    Change("2018-04-11", ("partnership",), apply=no_status),
    Change("2018-04-14", ("proposal",), apply=proposal_words),
    Change("2018-04-17", ("reward", "variant"), apply=delivery_day),
    Change("2018-09-03", ("partnership",), apply=project_of_partnership),
    Change("2019-02-07", ("project",), apply=drop_location_names),
    Change("2019-03-06", ("search_project",),
           apply=only_as_extra("main_image", "main_tag", "owner", "user_role")),
    Change("2019-04-11", ("project",), apply=only_as_extra("rewards", "user_role")),
    Change("2019-10-28", ("variant",), apply=variant_of_parent),
    Change("2019-11-13", ("reward",), apply=delivery_object),
    Change("2020-01-27", ("reward",), apply=delivery_month),
    Change("2020-04-08", ("project", "search_project"), apply=by_language("main_image")),
    Change("2020-08-13", ("project",), apply=only_as_extra("fields_needed")),
    Change("2020-11-10", ("project",), apply=by_language("video")),
)  # fmt: skip


def shape(resource: str, record: Record, view: View) -> Record:
    """Bring a record of the base version into the shape that a view asks for."""
    for change in CHANGES:
        if resource in change.resources and change.apply and view.at_least(change.version):
            change.apply(record, view)
    for change in reversed(CHANGES):
        if resource in change.resources and change.undo and not view.at_least(change.version):
            change.undo(record, view)
    return record
