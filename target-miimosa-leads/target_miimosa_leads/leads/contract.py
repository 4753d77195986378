"""The documented contract of a lead, and how a record is made to meet it.

The contracts are the JSON Schema files in ``contracts/``. Values are only normalized (numbers
become text, outer white space is stripped, empty text counts as absent); nothing is guessed.
"""

from __future__ import annotations

import json
import typing as t
from importlib.resources import files

import jsonschema_rs

from target_miimosa_leads.leads.spelling import to_text

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATHS = {"v1": "/leads", "older": "/api/leads"}

_JSON_KINDS = {dict: "an object", list: "a list", bool: "a boolean"}


class Contract:
    """The fields of one API variant.

    Args:
        variant: ``v1`` or ``older``.
    """

    def __init__(self, variant: str) -> None:
        """Compile the JSON schema of the variant."""
        path = files(__package__) / "contracts" / f"{variant}.json"
        self._schema: dict[str, t.Any] = json.loads(path.read_text(encoding="utf-8"))
        self._validator = jsonschema_rs.validator_for(self._schema)
        self.fields = frozenset(self._schema["properties"])

    def build_body(
        self,
        record: Mapping[str, t.Any],
        defaults: Mapping[str, t.Any],
        as_text: Callable[[t.Any], t.Any] = to_text,
    ) -> dict[str, t.Any]:
        """Return the lead fields of a record, ready to send if :meth:`find_errors` finds none.

        Args:
            record: The record; fields that are not lead fields are left out.
            defaults: Values for fields that are absent, null or empty.
            as_text: Returns a value as it is sent.
        """
        lead: dict[str, t.Any] = {}
        for source in (defaults, record):
            for name, value in source.items():
                if name in self.fields and (clean := as_text(value)) not in (None, ""):
                    lead[name] = clean
        return lead

    def find_errors(self, lead: Mapping[str, t.Any]) -> list[str]:
        """Return what is wrong, one phrase for each field, without any value."""
        found: dict[str, str] = {}
        for error in self._validator.iter_errors(lead):
            kind = error.kind
            if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
                found.setdefault(str(kind.property), "is missing or empty")
                continue
            name = str(error.instance_path[0])
            if isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
                actual = _JSON_KINDS.get(type(lead[name]), "something else")
                found[name] = f"must be text, not {actual}"
            elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
                allowed = ", ".join(self._schema["properties"][name]["enum"])
                found.setdefault(name, f"must be one of: {allowed}")
            elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Pattern):
                found.setdefault(name, "is not an e-mail address")
        return [f"{name} {problem}" for name, problem in sorted(found.items())]
