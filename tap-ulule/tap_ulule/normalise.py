"""Brings records of every API version into the shape of version 2017-10-10.

So a table does not change its meaning with the setting ``api_version``. What a newer version no
longer says (names of a location, status of a partnership) is absent; nothing is made up.
"""

from __future__ import annotations

import re
import typing as t

import msgspec

if t.TYPE_CHECKING:
    import logging

    from tap_ulule._kit.encoded_rows import EncodedRows
    from tap_ulule._kit.records import Record

BASE = "2017-10-10"
# The first dated change behind the base version: until then there is nothing to bring back.
NEXT_CHANGE = "2017-12-12"
LANGUAGES = ("en", "fr", "ca", "de", "it", "es", "nl", "pt")

_TYPES = {1: "presale", 2: "project"}
_ORDER_STATUSES = {
    1: "processing",
    2: "selecting-payment",
    3: "awaiting-confirmation",
    4: "payment-completed",
    5: "shipped",
    6: "cancelled",
    7: "payment-done",
    8: "aborted",
    9: "payment-invalid",
    10: "payment-refunded",
    11: "payment-reimbursed",
    12: "error",
}
_PROPOSAL_STATUSES = {1: "new", 2: "valid", 3: "invalid", 4: "pending", 5: "updated", 6: "waiting"}
_TEXTS = frozenset({
    "name", "subtitle", "description", "description_funding", "description_yourself", "title",
    "content", "presentation", "question", "answer", "certifications", "challenges", "impact",
    "cta_label", "raw_address",
})  # fmt: skip
_FLAT_TEXTS = frozenset(f"{text}_{lang}" for text in _TEXTS for lang in LANGUAGES)
_FLAT_TEXT = re.compile(rf"({'|'.join(sorted(_TEXTS, key=len, reverse=True))})_(..)")
_IMAGE_SIZES = {"230x126": "small", "258x145": "medium", "640x360": "large", "full": "full"}
# Keys of a reward that newer versions keep in its delivery object.
_DELIVERY = (
    "address_required",
    "date_delivery",
    "has_shippings",
    "phone_number_required",
    "shipping_int",
    "shipping_nat",
    "shippings",
)
# How the first documents spell the height of a picture.
_HEIGTH = b'"heigth":'
_MEDIA = ("main_image", "video")
# Of records with one of these, each one is looked at: it may be of another version, or is one in
# which codes stand for words.
_SHAPES = _FLAT_TEXTS | {
    "goal", "date_update", "nb_products_min", "delivery", "avatar", "main_image", "video",
}  # fmt: skip
_DAY, _MONTH = len("2018-03-01"), len("2018-03")


class Normaliser:
    """Normalises the records of one run.

    Args:
        version: The API version in use; empty for the legacy shape.
        lang: The language asked for, ``all``, or None.
        logger: Told once if answers have the shape of another version.
    """

    def __init__(self, version: str, lang: str | None, logger: logging.Logger) -> None:
        """Keep what was asked for."""
        self._as_documented = BASE <= version < NEXT_CHANGE
        self._lang = lang
        self._logger = logger

    def apply(self, record: Record, main: str | None) -> None:
        """Change a record in place.

        Args:
            record: A record as it came.
            main: The main language of its texts, if the record does not tell it itself.
        """
        if _HEIGTH in msgspec.json.encode(record):
            _spell_height(record)
        if self._as_documented and _is_of_other_version(record):
            self._as_documented = False
            self._logger.warning(
                "Ulule answers in the shape of another version than the one asked for "
                "(api_version): records are brought into that of %s.",
                BASE,
            )
        if self._as_documented:
            _name_codes(record)
        else:
            self._walk(record, main)

    def leaves(self, rows: EncodedRows) -> bool:
        """Tell whether records that fit their schema are as they have to be; False if in doubt."""
        if not self._as_documented or rows.have_any(_SHAPES):
            return False
        dates = rows.column("date_delivery")
        if any(isinstance(date, str) and len(date) in {_DAY, _MONTH} for date in dates):
            return False
        if not rows.lacks("order_total") and set(map(type, rows.column("status"))) != {str}:
            return False
        return rows.encoded().rfind(_HEIGTH) < 0

    def _walk(self, node: Record, main: str | None) -> None:
        if "lang" in node and "versions" not in node:
            main = node["lang"] or main
        self._gather_texts(node, main)
        _name_codes(node)
        _flatten_delivery(node)
        _one_medium(node, main)
        _old_sizes(node)
        if "is_default" in node and "project" in node:
            node["presale"] = node.pop("project")
        for key, value in node.items():
            if isinstance(value, dict):
                if not _is_text(key, value):
                    self._walk(value, main)
                elif missing := [lang for lang in self._asked(main) if lang not in value]:
                    value.update(dict.fromkeys(missing, ""))
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        self._walk(item, main)

    def _asked(self, main: str | None) -> tuple[str, ...]:
        if self._lang == "all":
            return LANGUAGES
        return tuple(dict.fromkeys(lang for lang in (main, self._lang) if lang))

    def _gather_texts(self, node: Record, main: str | None) -> None:
        """Make one object of a text in many keys, or of a user's plain text."""
        found: dict[str, dict[str, str]] = {}
        for key in list(node):
            match = _FLAT_TEXT.fullmatch(key)
            if match and match[2] in LANGUAGES:
                found.setdefault(match[1], {})[match[2]] = node.pop(key) or ""
        for key, texts in found.items():
            asked = self._asked(main)
            node[key] = (
                {lang: texts.get(lang, "") for lang in asked}
                if asked
                else {lang: text for lang, text in texts.items() if text}
            )
        plain = (
            ("description", "presentation") if "username" in node
            else ("title", "description") if "coefficient" in node
            else ("name",) if "position" in node and "slug" in node
            else ()
        )  # fmt: skip
        for key in plain:
            if isinstance(node.get(key), str):
                lang = main or self._lang or "en"
                node[key] = {lang: node[key]}


def _is_of_other_version(record: Record) -> bool:
    """Tell by its keys whether a record has a shape from before or after version 2017-10-10."""
    if not _FLAT_TEXTS.isdisjoint(record):
        return True
    date = record.get("date_delivery")
    pictures = (record.get("avatar"), record.get("main_image"))
    return (
        (isinstance(record.get("delivery"), dict) and "stock" in record)
        or (isinstance(date, str) and len(date) in {_DAY, _MONTH})
        or any(isinstance(p, dict) and "versions" in p and "full" not in p for p in pictures)
        or any(_is_by_language(record.get(key)) for key in _MEDIA)
    )


def _spell_height(node: Record) -> None:
    """Give heights of pictures their one name."""
    if "heigth" in node:
        height = node.pop("heigth")
        node.setdefault("height", height)
    for value in node.values():
        if isinstance(value, dict):
            _spell_height(value)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _spell_height(item)


def _is_text(key: str, value: Record) -> bool:
    return key in _TEXTS and all(lang in LANGUAGES for lang in value)


def _name_codes(node: Record) -> None:
    """Give types and statuses as words, and drop what only the legacy shape has but labels."""
    proposal = "date_update" in node or "nb_products_min" in node
    if "goal" in node or proposal:
        node["type"] = _TYPES.get(node.get("type"), node.get("type"))  # type: ignore[arg-type]
        for key in ("time_left", "time_left_short"):
            node.pop(key, None)
        if not proposal and not isinstance(node.get("image"), dict):
            node.pop("image", None)
    names = _ORDER_STATUSES if "order_total" in node else _PROPOSAL_STATUSES if proposal else None
    if names:
        node["status"] = names.get(node.get("status"), node.get("status"))  # type: ignore[arg-type]


def _flatten_delivery(node: Record) -> None:
    """Bring back what a reward says of its delivery, and what its variants share with it."""
    delivery = node.get("delivery")
    if isinstance(delivery, dict) and "stock" in node:
        for key in _DELIVERY:
            if key in delivery:
                node.setdefault(key, delivery.pop(key))
        if not delivery:
            del node["delivery"]
    date = node.get("date_delivery")
    if isinstance(date, str) and len(date) in {_DAY, _MONTH}:
        node["date_delivery"] = f"{date if len(date) == _DAY else f'{date}-01'}T00:00:00Z"
    for variant in node.get("variants") or ():
        for key in ("price", "date_delivery"):
            if isinstance(variant, dict) and key in node:
                variant.setdefault(key, node[key])


def _one_medium(node: Record, main: str | None) -> None:
    """Take the main language's image and video out of objects by language."""
    for key in _MEDIA:
        value = node.get(key)
        if _is_by_language(value):
            node[key] = value.get(main or "") or next(iter(value.values()), None)


def _is_by_language(value: object) -> t.TypeGuard[Record]:
    return isinstance(value, dict) and bool(value) and all(lang in LANGUAGES for lang in value)


def _old_sizes(node: Record) -> None:
    """Give avatars and main images their flat size keys again."""
    avatar, image = node.get("avatar"), node.get("main_image")
    if isinstance(avatar, dict) and isinstance(avatar.get("versions"), dict):
        for size, version in avatar["versions"].items():
            avatar.setdefault(size.partition("x")[0], version.get("url"))
    if isinstance(image, dict) and isinstance(image.get("versions"), dict):
        for size, name in _IMAGE_SIZES.items():
            if name in image["versions"]:
                image.setdefault(size, image["versions"][name].get("url"))
