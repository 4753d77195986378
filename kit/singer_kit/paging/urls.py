"""Query strings: changed, and compared."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def with_query(url: str, **values: object) -> str:
    """Return the URL with query parameters set, each in place of its old value."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    texts = {name: str(value) for name, value in values.items()}
    changed = [(name, texts.pop(name) if name in texts else value) for name, value in pairs]
    return urlunsplit(parts._replace(query=urlencode([*changed, *texts.items()])))


def same_page(one: str, other: str) -> bool:
    """Tell whether two URLs differ in nothing but spelling: encoding, order of parameters."""
    return _canonical(one) == _canonical(other)


def _canonical(url: str) -> tuple[object, ...]:
    parts = urlsplit(url)
    query = sorted(parse_qsl(parts.query, keep_blank_values=True))
    return (parts.scheme, parts.netloc, parts.path, query)
