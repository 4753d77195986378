"""The form of names: of accounts, schemas and marts."""

from __future__ import annotations

import re

NAME = re.compile(r"[a-z][a-z0-9_]*")
LONGEST_NAME = 63
"""PostgreSQL cuts longer names of schemas."""
NAME_FORM = (
    "lower-case letters, digits and underscores, begin with a letter, and be no longer than 63"
)


def is_name(value: object) -> bool:
    """Tell whether a value may name something."""
    return isinstance(value, str) and bool(NAME.fullmatch(value)) and len(value) <= LONGEST_NAME


def is_texts(value: object) -> bool:
    """Tell whether a value is a list of texts, and not an empty one."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
