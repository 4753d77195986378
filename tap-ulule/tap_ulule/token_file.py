"""Keeps OAuth2 tokens between runs, in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import json
import math
import typing as t
from contextlib import contextmanager
from pathlib import Path

from tap_ulule._kit.errors import ConfigError
from tap_ulule._kit.private_files import ForeignPathError, real_path, replacing_private
from tap_ulule._kit.setting_checks import can_be_header

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Keep: t.TypeAlias = Callable[..., None]

# Room on the disk for the tokens to come, before anybody asks for them.
RESERVED_BYTES = 64 * 1024
_BEGINS = b'{"grant": '


class TokenFile:
    """The file in ``token_path``.

    It names the configured grant by a hash: with other credentials in the configuration the kept
    tokens do not count.

    Args:
        config: The tap's settings; without ``token_path`` nothing is kept.
    """

    def __init__(self, config: Mapping[str, t.Any]) -> None:
        """Keep path and hash."""
        path = config.get("token_path")
        self._path = real_path(Path(path).expanduser()) if path else None
        names = ("token_url", "client_id", "username", "refresh_token", "access_token")
        grant = "\n".join(str(config.get(name) or "") for name in names)
        self._grant = hashlib.sha256(grant.encode()).hexdigest()[:16]

    def read(self) -> dict[str, t.Any]:
        """Return what the last run kept; empty if nothing, or for other credentials.

        Returns:
            ``access_token`` and ``refresh_token``, text or None, and ``expires_at``, epoch seconds.

        Raises:
            ConfigError: If the file is there and cannot be read, or holds no tokens.
        """
        if self._path is None:
            return {}
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8") or "{}")
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError):
            raise ConfigError("The file that 'token_path' names cannot be read.") from None
        if not isinstance(kept, dict) or kept.get("grant") != self._grant:
            return {}
        if not _holds_tokens(kept):
            raise ConfigError(
                "The file that 'token_path' names is damaged: without it the tap begins again "
                "with the credentials of the configuration."
            )
        return kept

    @contextmanager
    def replacing(self) -> Iterator[Keep]:
        """Make sure that tokens can be kept, before they are asked for.

        Yields:
            What replaces the kept tokens by those that it is called with.

        Raises:
            ConfigError: If the file cannot be written.
        """
        if self._path is None:
            yield lambda **_: None
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing_private(self._path, _is_ours, reserve=RESERVED_BYTES) as replace:
                yield lambda **tokens: replace(json.dumps({"grant": self._grant, **tokens}))
        except ForeignPathError as error:
            raise ConfigError(
                f"Setting 'token_path' cannot be used: what is there {error.strerror}."
            ) from None
        except OSError as error:
            raise ConfigError(
                f"The file that 'token_path' names cannot be written ({error.strerror})."
            ) from None


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_BEGINS)) == _BEGINS


def _holds_tokens(kept: dict[str, t.Any]) -> bool:
    tokens = [kept.get(name) for name in ("access_token", "refresh_token")]
    ends = kept.get("expires_at")
    return (
        all(token is None or (isinstance(token, str) and can_be_header(token)) for token in tokens)
        and isinstance(ends, (int, float))
        and math.isfinite(ends)
    )
