"""The records that the benchmark server serves and all peers declare: a contact of about 1 KB."""

from __future__ import annotations

import json
import time
import typing as t

PAGE_SIZE = 100
FIRST_ID = 10_000_001
_EPOCH = 1_672_531_200  # 2023-01-01
_TEXT = {"type": ["string", "null"]}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_INTEGER = {"type": ["integer", "null"]}


def _object(**properties: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    return {"type": ["object", "null"], "additionalProperties": True, "properties": properties}


_TEXTS = (
    "gender", "firstname", "lastname", "title", "job_position", "mobile_phone", "work_fax",
    "work_phone", "work_email", "work_address", "home_email", "home_address", "birthday",
    "salutation", "avatar_url", "info",
)  # fmt: skip

SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": ["integer"]},
        **dict.fromkeys(_TEXTS, _TEXT),
        "tags": {"type": ["array", "null"], "items": _TEXT},
        "custom_properties": _object(),
        "company": _object(id=_INTEGER, type=_TEXT, name=_TEXT),
        "user": _object(id=_INTEGER, firstname=_TEXT, lastname=_TEXT),
        "created_at": _MOMENT,
        "updated_at": _MOMENT,
    },
}

# Parents and children of the works with two levels.
SMALL_SCHEMA: dict[str, t.Any] = {
    "type": "object",
    "additionalProperties": True,
    "properties": {
        "id": {"type": ["integer"]},
        "parent_id": _INTEGER,
        "name": _TEXT,
        "children_count": _INTEGER,
        "updated_at": _MOMENT,
    },
}


def contact(number: int) -> dict[str, t.Any]:
    """Return the record with a number."""
    return {
        "id": FIRST_ID + number,
        "gender": "F",
        "firstname": "Ruth",
        "lastname": "Sander",
        "title": "Dipl.-Ing.",
        "job_position": "Leitung Informationstechnik und Digitalisierung",
        "mobile_phone": "+49 170 5550 31",
        "work_fax": "",
        "work_phone": "+49 40 5550 121",
        "work_email": "ruth.sander@example.org",
        "work_address": "Kai 14\n20457 Hamburg",
        "home_email": "",
        "home_address": "",
        "birthday": "1984-11-02",
        "salutation": "Liebe Ruth",
        "avatar_url": None,
        "tags": ["Strategisch", "Nord", "MiiMOSA"],
        "custom_properties": {"Kostenstelle": "KST-204", "Kanäle": ["Web", "Print"], "OK": "1"},
        "company": {"id": 503001, "type": "customer", "name": "Nordhafen Logistik GmbH"},
        "user": {"id": 71001, "firstname": "Mira", "lastname": "Albrecht"},
        "created_at": "2022-02-11T08:14:05Z",
        "updated_at": moment(shuffled(number)),
        "info": "Bevorzugt Telefon, am liebsten vormittags vor zehn Uhr. " * 4,
    }


def shuffled(number: int) -> int:
    """Return seconds for a timestamp that has nothing to do with the record's place."""
    return number * 7919 % 1_000_003 * 60


def moment(seconds: int) -> str:
    """Return a timestamp so many seconds after the first one."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_EPOCH + seconds))


def encode(value: object) -> bytes:
    """Encode as an API would."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
