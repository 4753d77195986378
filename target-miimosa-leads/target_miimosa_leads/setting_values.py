"""How values of settings are read, and checked where a JSON schema cannot.

Every function raises a ConfigError that names the setting and never prints its value.
"""

from __future__ import annotations

import typing as t
from importlib import metadata
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from target_miimosa_leads._kit.errors import ConfigError
from target_miimosa_leads._kit.setting_checks import check_encrypted, check_url
from target_miimosa_leads.leads.journaled import EXPORT_COLUMNS
from target_miimosa_leads.leads.spelling import to_text

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from target_miimosa_leads.leads.contract import Contract

_PORTS = range(1, 1 << 16)
# Of PostgreSQL, in bytes; it would cut a longer one.
_LONGEST_IDENTIFIER = 63
KEY_PLACEHOLDER = "{api_key}"


def read_base_url(value: str) -> str:
    """Return ``api_url`` without a trailing slash."""
    base = value.strip().rstrip("/")
    check_url("api_url", base)
    check_encrypted("api_url", base)
    return base


def read_journal_url(value: str) -> str:
    """Return ``journal_url``."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ConfigError(
            "Setting 'journal_url' is not a SQLAlchemy URL: sqlite:///path or "
            "postgresql+psycopg://user:password@host:port/database, the port a number."
        ) from None
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise ConfigError(
            "Setting 'journal_url' must begin with sqlite:/// or postgresql+psycopg://."
        )
    if url.port is not None and url.port not in _PORTS:
        raise ConfigError("Setting 'journal_url' has a port that is not between 1 and 65535.")
    return value


def read_lead_key(value: Sequence[str] | None) -> tuple[str, ...]:
    """Return the fields of ``lead_key``; none if it is not given."""
    if value is None:
        return ()
    if not value or len(set(value)) != len(value) or not all(value):
        raise ConfigError("Setting 'lead_key' must name at least one field, and each one once.")
    return tuple(value)


def read_journal_schema(value: str | None) -> str | None:
    """Return ``journal_schema``; None if it is not given."""
    if value is None:
        return None
    if not value or not value.isprintable() or len(value.encode()) > _LONGEST_IDENTIFIER:
        raise ConfigError("Setting 'journal_schema' must be a name of 1 to 63 bytes.")
    if value.startswith("pg_") or value == "information_schema":
        raise ConfigError("Setting 'journal_schema' must not be a schema of PostgreSQL itself.")
    return value


def read_keep_fields(value: Sequence[str] | None) -> tuple[str, ...]:
    """Return ``keep_fields``; none if it is not given."""
    names = tuple(value or ())
    # Many databases do not tell columns apart by their case.
    folded = [name.strip().casefold() for name in names]
    if len(set(folded)) != len(folded) or not all(folded):
        raise ConfigError("Setting 'keep_fields' must name fields, and each one once.")
    for name, same in zip(names, folded, strict=True):
        if not name.isprintable() or name != name.strip():
            raise ConfigError(
                "Setting 'keep_fields' must name fields without control characters and outer "
                "white space."
            )
        if same in EXPORT_COLUMNS or same.startswith("_sdc_"):
            raise ConfigError(
                f"Setting 'keep_fields' must not name '{name}': what the journal is exported as "
                "has a column of that name. Give the field another one with stream_maps."
            )
    return names


def read_path(value: str) -> Path:
    """Return a path that no later change of the working directory affects."""
    return Path(value).absolute()


def read_user_agent(value: str | None) -> str:
    """Return ``user_agent``; by default package and version."""
    return value or f"target-miimosa-leads/{metadata.version('target-miimosa-leads')}"


def read_defaults(value: Mapping[str, t.Any] | None) -> dict[str, t.Any]:
    """Return the values of ``defaults`` as they are sent."""
    return {name: to_text(each) for name, each in (value or {}).items()}


def check_defaults(defaults: Mapping[str, t.Any], contract: Contract) -> None:
    """Check ``defaults`` against the contract of the API variant."""
    for name, value in defaults.items():
        if name not in contract.fields:
            raise ConfigError(f"Setting 'defaults.{name}' is not a field of a lead.")
        if not isinstance(value, str):
            raise ConfigError(f"Setting 'defaults.{name}' must be text or a number.")
        if any(problem.startswith(f"{name} ") for problem in contract.find_errors({name: value})):
            raise ConfigError(f"Setting 'defaults.{name}' is not a value that the API documents.")


def build_authorization(template: str, api_key: str) -> str:
    """Return the Authorization header of ``authorization_format`` and ``api_key``."""
    if KEY_PLACEHOLDER not in template:
        raise ConfigError("Setting 'authorization_format' must contain {api_key}.")
    key = api_key.strip()
    if not key:
        raise ConfigError("Setting 'api_key' is required and empty.")
    value = template.replace(KEY_PLACEHOLDER, key)
    if not (value.isascii() and value.isprintable()):
        raise ConfigError(
            "Settings 'api_key' and 'authorization_format' must make a header of printable ASCII."
        )
    return value
