"""Types of msgspec that say what a JSON schema says."""

from __future__ import annotations

import datetime as dt
import sys
import typing as t
from itertools import count

import msgspec

from .values import INTEGERS

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    from .outline import Outline

INTEGER: t.Any = t.Annotated[int, msgspec.Meta(ge=INTEGERS[0], le=INTEGERS[-1])]
# No bound lets NaN through.
_FINITE: t.Any = t.Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
_PLAIN: Mapping[str, t.Any] = {
    "null": None,
    "boolean": bool,
    "integer": INTEGER,
    "number": int | _FINITE,
    "string": str,
}
_FORMATS: Mapping[str, t.Any] = {
    "date": dt.date,
    "date-time": t.Annotated[dt.datetime, msgspec.Meta(tz=True)],
}


def list_types(schema: Mapping[str, t.Any]) -> list[str]:
    """Return the JSON types that a schema allows; empty if it does not tell."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


class RowTypes:
    """Makes the types of one schema.

    Attributes:
        exact: Whether the types say all that the schema says.
    """

    def __init__(self) -> None:
        """Start without a type."""
        self.exact = True
        self._numbers = count()

    def struct(
        self, schema: Mapping[str, t.Any], outline: Outline | None = None
    ) -> type[msgspec.Struct]:
        """Return the type of an object.

        Args:
            schema: Its JSON schema.
            outline: The fields that it has, in their order; those of the schema by default. Others
                are ignored, and those that a row lacks are unset.
        """
        properties: Mapping[str, t.Any] = schema.get("properties", {})
        names = list(properties if outline is None else outline)
        fields = [
            (attribute(index), self._field(properties.get(name), outline, name), msgspec.UNSET)
            for index, name in enumerate(names)
        ]
        rename = {attribute(index): name for index, name in enumerate(names)}
        return msgspec.defstruct(f"Row{next(self._numbers)}", fields, rename=rename, gc=False)

    def _field(
        self, schema: Mapping[str, t.Any] | None, outline: Outline | None, name: str
    ) -> t.Any:  # noqa: ANN401 - a type
        if schema is None:
            return t.Any
        return self._type(schema, (outline or {}).get(name) or None)

    def _type(self, schema: Mapping[str, t.Any], outline: Outline | None) -> t.Any:  # noqa: ANN401
        types = [self._one(each, schema, outline) for each in list_types(schema)]
        return t.Union[tuple(types)] if types else t.Any  # noqa: UP007

    def _one(self, name: str, schema: Mapping[str, t.Any], outline: Outline | None) -> t.Any:  # noqa: ANN401
        if name == "object":
            return self._object(schema, outline)
        if name == "array":
            items = schema.get("items")
            return list[self._type(items, outline)] if isinstance(items, dict) else list  # type: ignore[misc]
        if name == "string":
            return _FORMATS.get(schema.get("format", ""), str)
        return _PLAIN.get(name, t.Any)

    def _object(self, schema: Mapping[str, t.Any], outline: Outline | None) -> t.Any:  # noqa: ANN401
        others = schema.get("additionalProperties")
        closed = others is False or isinstance(others, dict)
        if schema.get("minProperties") or (closed and schema.get("properties")):
            # No type of msgspec says that.
            self.exact = False
        if schema.get("properties"):
            return self.struct(schema, outline)
        return dict[str, self._type(others, None)] if isinstance(others, dict) else dict  # type: ignore[misc]


def attribute(index: int) -> str:
    """Return the name of a struct's attribute: those of fields may be none of Python's."""
    return f"f{index}"
