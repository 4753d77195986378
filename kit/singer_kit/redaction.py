"""Keeps secrets and e-mail addresses out of everything that is logged, and control characters.

A :class:`logging.Filter` on the handlers sees every message and traceback, also those of the SDK,
requests and urllib3, whatever the log configuration is. What came from outside, an id or the reason
phrase of an answer, can neither begin a line of its own nor control a terminal.
"""

from __future__ import annotations

import base64
import functools
import json
import logging
import re
import sys
import threading
import traceback
import typing as t
import unicodedata
from urllib.parse import unquote_to_bytes

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import TracebackType

MASK = "***"
# Shorter values would turn every other word of a log into stars.
SHORTEST_SECRET = 4

# The part before the @ has at most 64 characters, and so no search begins further away.
_EMAIL = re.compile(r"[\w.+%-]{1,64}(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_CREDENTIAL = re.compile(
    r"(?i)\b((?:authorization|access_token|refresh_token|api_?key|client_secret|password)"
    r"[\"']?\s*[=:]\s*[\"']?)(?:(?:token token=|bearer |apikey |basic )?[^\s\"',&}]+)",
)
_MOST_LAYERS = 8
_ENCODED = re.compile(rb"%(?:25)*([0-9A-Fa-f]{2})")
# What every LogRecord has; the rest of its dictionary came in through ``extra``.
_STANDARD = frozenset(vars(logging.makeLogRecord({})))


def escape(text: str, keep: str = "") -> str:
    r"""Return a text in which what does not print is escaped as in JSON: ``\n``, ``\u001b``.

    That is control and format characters, such as those that turn the direction of writing, line
    and paragraph separators, and halves of characters. Spaces of all widths stay.

    Args:
        text: Any text.
        keep: Characters that are left as they are.
    """
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) or each in keep else _escaped(each) for each in text)


def _is_shown(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1]


def _spellings(secret: str) -> str:
    """Return a pattern of a secret as it is, or with any of its characters percent-encoded."""
    return "".join(map(_spellings_of_one, secret))


@functools.cache
def _spellings_of_one(character: str) -> str:
    # Once, or encoded again; with letters of either case.
    octets = character.encode(errors="surrogatepass")
    encoded = "".join(f"%(?:25)*{octet:02x}" for octet in octets)
    plus = r"|\+" if character == " " else ""
    return f"(?:{re.escape(character)}|(?i:{encoded}){plus})"


@functools.lru_cache(maxsize=64)
def _compile(secrets: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_spellings, secrets)))


def _octets(text: str) -> bytes:
    """Return a text for a comparison in which a plus and a space are the same."""
    return text.encode(errors="surrogatepass").replace(b"+", b" ")


def _decode(octets: bytes) -> Iterator[bytes]:
    """Yield octets as they are, and with one layer of percent-encoding after the other less."""
    yield octets
    if b"%" not in octets:
        return
    # Characters that are encoded another number of times than their neighbours.
    yield _ENCODED.sub(lambda found: bytes([int(found[1], 16)]), octets).replace(b"+", b" ")
    for _ in range(_MOST_LAYERS):
        decoded = unquote_to_bytes(octets).replace(b"+", b" ")
        if decoded == octets:
            break
        octets = decoded
        yield octets


class RedactionFilter(logging.Filter):
    """Replaces known secrets, credentials and e-mail addresses in log records."""

    def __init__(self) -> None:
        """Start without secrets."""
        super().__init__()
        # Each in its forms, and what is looked for to tell whether a text may hold it.
        self._secrets: dict[str, bytes] = {}

    def learn(self, secrets: Iterable[str]) -> None:
        """Add values that must never be printed, in the forms in which they travel."""
        known = set(self._secrets)
        for secret in secrets:
            if len(secret) >= SHORTEST_SECRET:
                # As errors quote it, should it hold a line break.
                known |= {secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]}
                known.add(base64.b64encode(secret.encode(errors="surrogatepass")).decode())
        self._secrets = {each: _octets(each) for each in known}

    def forget(self) -> None:
        """Start again without secrets."""
        self._secrets = {}

    def redact(self, text: str) -> str:
        """Return the text with secrets, credentials and e-mail addresses masked."""
        if held := self._held(text):
            text = _compile(held).sub(MASK, text)
        return _EMAIL.sub("<e-mail>", _CREDENTIAL.sub(rf"\1{MASK}", text))

    def _held(self, text: str) -> tuple[str, ...]:
        """Return the secrets that a text may hold, in whatever spelling.

        There may be thousands, people's data among them: an expression of all spellings of all of
        them would take milliseconds for each line of a log.
        """
        held = [
            secret
            for octets in _decode(_octets(text))
            for secret, known in self._secrets.items()
            if known in octets
        ]
        # Longest first: a secret may contain another one.
        return tuple(sorted(dict.fromkeys(held), key=len, reverse=True))

    def clean(self, text: str, keep: str = "") -> str:
        """Return the text redacted, and with what does not print escaped, but for ``keep``.

        An address may be interrupted by what is escaped, and a secret may hold it.
        """
        return self.redact(escape(self.redact(text), keep))

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact message, traceback and extra fields of a record; never drop it."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            # Python would print the arguments as they are, to tell of the wrong call.
            message = f"{record.msg} (with wrong arguments)"
            record.msg, record.args = message, ()
        # The line breaks of a warning's place and source are Python's own.
        clean = self.clean(message.rstrip("\n"))
        if clean != message:
            record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[1]:
            text = "".join(traceback.format_exception(*record.exc_info))
            if any(map(self._tells, (text, *_texts(record.exc_info[1])))):
                # Formatters that take the exception itself apart would print the original.
                told = self.clean(text, keep="\n").rstrip()
                record.msg, record.args = f"{clean}\n{told}", ()
                record.exc_text = record.exc_info = None
        # The SDK names loggers after streams, whose names a target has from outside.
        record.name = self.clean(record.name)
        for name, value in vars(record).items():
            if name not in _STANDARD:
                setattr(record, name, self._redacted(value))
        return True

    def _tells(self, text: str) -> bool:
        return self.clean(text, keep="\n") != text

    def _redacted(self, value: t.Any) -> t.Any:  # noqa: ANN401
        if isinstance(value, str):
            return self.clean(value)
        if isinstance(value, dict):
            return {self._redacted(key): self._redacted(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._redacted(item) for item in value]
        return value


def _texts(error: BaseException | None) -> Iterator[str]:
    """Yield the messages of an error and of all before it, hidden ones too."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield str(error)
        error = error.__cause__ or error.__context__


_FILTER = RedactionFilter()


def redact(text: str) -> str:
    """Return the text without secrets, credentials and e-mail addresses."""
    return _FILTER.redact(text)


def clean(text: str) -> str:
    """Return the text as it may be shown on a line of a log or a terminal."""
    return _FILTER.clean(text)


def install(secrets: Iterable[str] = ()) -> None:
    """Learn secrets and put the filter on every log handler there is. Safe to call again."""
    _FILTER.learn(secrets)
    for handler in find_handlers():
        if _FILTER not in handler.filters:
            handler.addFilter(_FILTER)


def forget() -> None:
    """Forget the secrets of runs that are over: the more there are, the longer each text takes."""
    _FILTER.forget()


def cover_tracebacks() -> None:
    """Redact the tracebacks that Python itself prints, of this thread and of all others."""

    def tell(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        sys.stderr.write(_FILTER.clean(text, keep="\n"))

    sys.excepthook = tell
    threading.excepthook = lambda given: tell(given.exc_type, given.exc_value, given.exc_traceback)


def find_handlers() -> set[logging.Handler]:
    """Return every log handler there is."""
    named = logging.Logger.manager.loggerDict.values()
    loggers = [logging.getLogger(), *(lg for lg in named if isinstance(lg, logging.Logger))]
    return {handler for logger in loggers for handler in logger.handlers}


def find_secrets(config: Mapping[str, t.Any], schema: Mapping[str, t.Any]) -> Iterator[str]:
    """Yield the values of all settings that the config schema marks as secret.

    Args:
        config: The configuration, possibly invalid.
        schema: Its JSON schema; a secret property carries ``"secret": true``.

    Yields:
        Every scalar below a secret setting, as text.
    """
    for name, definition in schema.get("properties", {}).items():
        if name in config:
            if definition.get("secret"):
                yield from _leaves(config[name])
            elif isinstance(config[name], dict):
                yield from find_secrets(config[name], definition)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
