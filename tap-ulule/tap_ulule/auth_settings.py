"""Which settings belong together to sign requests, and which way to sign they are for."""

from __future__ import annotations

import typing as t

from tap_ulule._kit.errors import ConfigError
from tap_ulule._kit.setting_checks import check_encrypted, check_header

if t.TYPE_CHECKING:
    from collections.abc import Mapping

    Config = Mapping[str, t.Any]

# Settings that are for one way to sign only.
DECISIVE = {
    "oauth2": ("access_token", "refresh_token", "client_id", "client_secret"),
    "api_key": ("api_key",),
    "basic": ("password",),
}
NEEDED = {
    "anonymous": (),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
}


# Settings with the addresses to which credentials are sent.
ADDRESSES = {
    "anonymous": (),
    "api_key": ("api_url", "discussions_url"),
    "basic": ("api_url", "discussions_url"),
    "oauth2": ("api_url", "discussions_url", "token_url"),
}


def find_method(config: Config) -> str:
    """Return the ``auth_method`` that the credentials are for; anonymous without any.

    Raises:
        ConfigError: If they are for several.
    """
    found = {
        method: name for method, names in DECISIVE.items() for name in names if config.get(name)
    }
    if "oauth2" in found:
        # It may begin with a password.
        found.pop("basic", None)
    if len(found) > 1:
        names = " and ".join(f"'{name}'" for name in found.values())
        raise ConfigError(
            f"Setting 'auth_method' is missing, and {names} are for different ones: "
            f"{' or '.join(found)}."
        )
    if config.get("username"):
        return next(iter(found), "basic")
    return next(iter(found), "anonymous")


def check(config: Config) -> None:
    """Check that the settings of the chosen ``auth_method`` are there.

    Raises:
        ConfigError: If one is missing; the message names it.
    """
    method = config["auth_method"]
    for name in ADDRESSES[method]:
        check_encrypted(name, config[name])
    for name in ("api_key", "access_token"):
        check_header(name, config.get(name) or "")
    if method == "api_key":
        check_header("username", config.get("username") or "")
    if method == "oauth2":
        _check_grants(config)
        return
    for name in NEEDED[method]:
        if not config.get(name):
            raise ConfigError(
                f"Setting '{name}' is required and missing (auth_method is {method})."
            )


def _check_grants(config: Config) -> None:
    grants = config.get("refresh_token") or (config.get("username") and config.get("password"))
    if not grants and not config.get("access_token"):
        raise ConfigError(
            "auth_method oauth2 needs 'access_token', 'refresh_token', or 'username' and "
            "'password'."
        )
    if grants:
        for name in ("client_id", "client_secret"):
            if not config.get(name):
                raise ConfigError(f"Setting '{name}' is required and missing (OAuth2 grants).")
