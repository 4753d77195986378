"""The setting ``budget_path`` where it names a PostgreSQL server instead of a file."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from ..errors import ConfigError

_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_KEYWORD = re.compile(r"[a-z_]+")
LONGEST_NAME = 100


@dataclass(frozen=True)
class BudgetAddress:
    """Where a budget is kept.

    Attributes:
        budget: Its name.
        connection: Parameters of the connection by the names that libpq gives them; what is
            missing, libpq takes from its own defaults, environment and password file.
        password: Of the URL, if it has one.
    """

    budget: str
    connection: dict[str, t.Any] = field(repr=False)
    password: str | None = field(repr=False)


def is_url(setting: str) -> bool:
    """Tell whether the setting is a URL, and no path of a file."""
    return _URL.match(setting) is not None


def parse_budget_url(setting: str) -> BudgetAddress:
    """Return where a budget is kept.

    Args:
        setting: ``postgresql://user:password@host:port/database?budget=name``, with any parameter
            of libpq in the query.

    Raises:
        ConfigError: If the setting is another URL. No part of it is told: a password in which a
            character should be percent-encoded looks like any other part.
    """
    try:
        parts = urlsplit(setting)
        if parts.scheme not in _SCHEMES:
            raise ConfigError(
                "Setting 'budget_path' must be the path of a file or begin with postgresql://."
            )
        query = dict(parse_qsl(parts.query, strict_parsing=True) if parts.query else [])
        database = parts.path.removeprefix("/")
        if parts.fragment or "/" in database or "@" in database:
            raise ValueError  # noqa: TRY301 - told as the others
        password = _decode(parts.password)
        found = {
            "host": parts.hostname,
            "port": parts.port,
            "user": _decode(parts.username),
            "password": password,
            "dbname": _decode(database),
        }
        budget = query.pop("budget", "")
        if not all(map(_KEYWORD.fullmatch, query)):
            raise ValueError  # noqa: TRY301
    except ValueError:
        raise ConfigError(
            "Setting 'budget_path' is no URL: postgresql://user:password@host:port/database"
            "?budget=name, with special characters of the password percent-encoded."
        ) from None
    if not budget or len(budget) > LONGEST_NAME or not budget.isprintable():
        raise ConfigError(
            "Setting 'budget_path' must name the budget: add ?budget=name to the URL, the same for "
            "all runs on one key."
        )
    connection = {name: value for name, value in found.items() if value} | query
    return BudgetAddress(budget, connection, password or query.get("password"))


def _decode(text: str | None) -> str | None:
    return text and unquote(text, errors="strict")
