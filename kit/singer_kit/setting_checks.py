"""Checks of settings that a JSON schema cannot make; the errors name the setting."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from .errors import ConfigError
from .times import instant

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# One part of a path: no address, nothing that the path would be cut or climbed at.
_PART = re.compile(r"(?!\.{1,2}$)[^\s/?#%]+")
# What the SDK offers, and what would break a promise of ours.
UNSUPPORTED = ("batch_config", "emit_activate_version_messages")


def check_unsupported(config: Mapping[str, t.Any]) -> None:
    """Check that nothing is set that the SDK offers and that would break a promise of ours.

    Raises:
        ConfigError: If it is.
    """
    for name in UNSUPPORTED:
        if config.get(name):
            raise ConfigError(f"Setting '{name}' is not supported; leave it out.")


def parse_start_date(value: str | None) -> datetime | None:
    """Return the setting ``start_date`` as an instant; None if it is not given.

    Raises:
        ConfigError: If it is not an ISO date, or one of the future: nothing would be read.
    """
    if not value:
        return None
    try:
        found = instant(value)
        # A time near the end of the calendar has no earlier or later one.
        _ = found - timedelta(days=366)
    except (ValueError, OverflowError):
        raise ConfigError(
            "Setting 'start_date' must be an ISO date or date-time, such as 2026-01-31."
        ) from None
    if found > datetime.now(timezone.utc) + timedelta(days=1):
        raise ConfigError("Setting 'start_date' is in the future, by the clock of this machine.")
    return found


def host_and_path(url: str) -> str:
    """Return what tells one API from another: with another port, as of a proxy, it is the same."""
    parts = urlsplit(url)
    return f"{parts.hostname}{parts.path}"


def check_url(name: str, url: str) -> None:
    """Check a setting that holds a URL.

    Raises:
        ConfigError: If it is not an http or https URL, or has parts that the kit would lose or log.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not url.isprintable() or " " in url:
        raise ConfigError(f"Setting '{name}' must be an http or https URL.")
    if parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(f"Setting '{name}' must be a URL without user, query and fragment.")


def check_encrypted(name: str, url: str) -> None:
    """Check a valid URL to which credentials are sent: only on this machine may they go in clear.

    Raises:
        ConfigError: If it is an http URL to another machine.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        raise ConfigError(f"Setting '{name}' must be an https URL: credentials are sent to it.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def check_header(name: str, value: str) -> None:
    """Check a setting that travels in a header: anything else ends in a traceback that shows it.

    Raises:
        ConfigError: If a header cannot hold it.
    """
    if not can_be_header(value):
        raise ConfigError(
            f"Setting '{name}' must be ASCII text without control characters, and without spaces "
            f"around it."
        )


def can_be_header(value: str) -> bool:
    """Tell whether a header can hold a text, and brings it as it is."""
    return value.isascii() and value.isprintable() and value == value.strip()


def check_paths(name: str, values: Sequence[object]) -> None:
    """Check a setting whose values become parts of paths: ids, slugs.

    Raises:
        ConfigError: If one is empty, or would change the path.
    """
    for number, value in enumerate(values):
        if not _PART.fullmatch(str(value)):
            raise ConfigError(
                f"Setting '{name}[{number}]' must be an id or the last part of a web address, "
                f"without slashes."
            )
