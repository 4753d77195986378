"""Reads Singer messages without ever repeating one in a log or an exception.

The SDK's readers print the whole line, a person's data, when they cannot parse it.
"""

from __future__ import annotations

import logging
import sys
import traceback
import typing as t
from collections import Counter
from decimal import Decimal
from pathlib import Path

import msgspec.json
from singer_sdk.exceptions import SingerSDKError
from singer_sdk.singerlib.encoding import GenericSingerReader

from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import KitError, Terminated
from target_miimosa_leads.errors import InputError

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from target_miimosa_leads._kit.runtime.termination import Termination

logger = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class LeadReader(GenericSingerReader[str]):
    """Reads until the input ends, a signal arrives, or nothing more is to be sent.

    Args:
        termination: Tells of signals.
        is_stopping: Called before each message; true ends the reading.
        abandon: Called when the input turns out to be unusable.
    """

    def __init__(
        self,
        termination: Termination,
        *,
        is_stopping: Callable[[], bool],
        abandon: Callable[[], None],
    ) -> None:
        """Begin before the first line."""
        super().__init__()
        self._termination = termination
        self._is_stopping = is_stopping
        self._abandon = abandon
        self._line = 0

    @property
    @override
    def default_input(self) -> t.IO[str]:
        """Standard input, as UTF-8 whatever the locale is."""
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(encoding="utf-8", errors="strict")
        return sys.stdin

    @override
    def process_lines(
        self,
        file_input: t.IO[str] | None,
        callbacks: dict[str, t.Callable[[dict[str, t.Any]], None]],
    ) -> Counter[str]:
        """Pass each message to its callback.

        Args:
            file_input: Messages, one a line; standard input by default.
            callbacks: What to call for each type of message.

        Returns:
            How many messages of each type there were.

        Raises:
            InputError: If a line is not a Singer message.
        """
        counter: Counter[str] = Counter()
        lines = iter(file_input or self.default_input)
        try:
            while not self._is_stopping() and (line := self._next(lines)) is not None:
                self._line += 1
                if not line.strip():
                    continue
                message = self.deserialize_json(line)
                self.assert_line_requires(message, {"type"})
                kind = str(message["type"])
                callbacks.get(kind, self._refuse_type)(message)
                counter[kind] += 1
        except Terminated:
            pass
        except (KitError, SingerSDKError):
            self._abandon()
            raise
        except Exception as error:  # noqa: BLE001 - its message may quote a record
            self._abandon()
            raise self._build_unforeseen(error) from None
        return counter

    def _build_unforeseen(self, error: Exception) -> KitError:
        """Return the error for a bug, without its message, which may quote the current record."""
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.debug("%s\n%s", type(error).__name__, where)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return KitError(
            f"Line {self._line} of the input could not be handled: {type(error).__name__} "
            f"in {Path(frame.filename).name}, line {frame.lineno}."
        )

    def _refuse_type(self, message: dict[str, t.Any]) -> t.NoReturn:  # noqa: ARG002
        raise InputError(f"Line {self._line} of the input has an unknown type.")

    def _next(self, lines: t.Iterator[str]) -> str | None:
        try:
            with self._termination.waiting():
                return next(lines, None)
        except UnicodeDecodeError:
            raise InputError(f"Line {self._line + 1} of the input is not UTF-8 text.") from None

    @override
    def deserialize_json(self, line: str) -> dict[str, t.Any]:
        """Return the message of a line.

        Raises:
            InputError: If it is not a JSON object.
        """
        try:
            message = _decoder.decode(line)
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            message = None
        if not isinstance(message, dict):
            # Raised outside of the handler: the decoder's error must not be shown as its context.
            raise InputError(f"Line {self._line} of the input is not a JSON object.")
        return message

    @override
    @staticmethod
    def assert_line_requires(line_dict: dict[str, t.Any], requires: set[str]) -> None:
        """Check that a message has these keys.

        Raises:
            InputError: If not; it names the keys.
        """
        if missing := requires - line_dict.keys():
            kind = str(line_dict.get("type", ""))
            what = f"A {kind} message" if kind in {"SCHEMA", "RECORD", "STATE"} else "A message"
            raise InputError(f"{what} of the input lacks {', '.join(sorted(missing))}.")
