"""Query strings: changed, and compared."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

# Written as urlencode writes it, names without any quoting.
_PLAIN_PAIR = r"[A-Za-z0-9_.~-]+=(?:[A-Za-z0-9_.~+-]|%2[BCF]|%3[AD]|%40|%7C)*"
_PLAIN = re.compile(rf"{_PLAIN_PAIR}(?:&{_PLAIN_PAIR})*")


def is_plain(query: str) -> bool:
    """Tell whether a query string comes out of being taken apart and joined as it was."""
    return _PLAIN.fullmatch(query) is not None


def with_query(url: str, **values: object) -> str:
    """Return the URL with query parameters set, each in place of its old value."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    texts = {name: str(value) for name, value in values.items()}
    changed = [(name, texts.pop(name) if name in texts else value) for name, value in pairs]
    return urlunsplit(parts._replace(query=urlencode([*changed, *texts.items()])))


def same_page(one: str, other: str) -> bool:
    """Tell whether two URLs differ in nothing but spelling: encoding, order of parameters."""
    return one == other or _canonical(one) == _canonical(other)


def _canonical(url: str) -> tuple[object, ...]:
    parts = urlsplit(url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return (parts.scheme, parts.netloc, parts.path, query)
