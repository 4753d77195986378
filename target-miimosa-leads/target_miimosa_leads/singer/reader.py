"""Reads Singer messages without ever repeating one in a log or an exception.

The SDK's readers print the whole line, a person's data, when they cannot parse it.
"""

from __future__ import annotations

import codecs
import logging
import sys
import traceback
import typing as t
from collections import Counter
from pathlib import Path

from singer_sdk.exceptions import SingerSDKError
from singer_sdk.singerlib.encoding import GenericSingerReader

from target_miimosa_leads._kit.compat import override
from target_miimosa_leads._kit.errors import KitError, Terminated
from target_miimosa_leads.errors import InputError, UnreadableError
from target_miimosa_leads.singer.lines import decode, require

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from target_miimosa_leads._kit.runtime.termination import Termination

logger = logging.getLogger(__name__)


class _Refused(t.NamedTuple):
    text: str
    problem: str


class LeadReader(GenericSingerReader[bytes]):
    """Reads until the input ends, a signal arrives, or nothing more is to be sent.

    Args:
        termination: Tells of signals.
        is_stopping: Called before each message; true ends the reading.
        abandon: Called when the input turns out to be unusable.
        reject: Called with a line that is of no use, as text, and what is wrong with it.

    Attributes:
        line: Number of the line in hand, from 1.
        bytes_read: How much was read, the line in hand included.
    """

    def __init__(
        self,
        termination: Termination,
        *,
        is_stopping: Callable[[], bool],
        abandon: Callable[[], None],
        reject: Callable[[str, str], None],
    ) -> None:
        """Begin before the first line."""
        super().__init__()
        self._termination = termination
        self._is_stopping = is_stopping
        self._abandon = abandon
        self._reject = reject
        self.line = 0
        self.bytes_read = 0

    @property
    @override
    def default_input(self) -> t.IO[bytes]:
        """Standard input: bytes, so that one line that is not UTF-8 does not end the reading."""
        return sys.stdin.buffer

    @override
    def process_lines(
        self,
        file_input: t.IO[t.Any] | None,
        callbacks: dict[str, t.Callable[[dict[str, t.Any]], None]],
    ) -> Counter[str]:
        """Pass each message to its callback.

        Args:
            file_input: Messages, one a line, as bytes or as text; standard input by default.
            callbacks: What to call for each type of message.

        Returns:
            How many messages of each type there were.

        Raises:
            InputError: If the input was cut off.
        """
        counter: Counter[str] = Counter()
        lines = _read_bytes(file_input or self.default_input)
        try:
            self._process_all(lines, callbacks, counter)
        except Terminated:
            pass
        except (KitError, SingerSDKError):
            self._abandon()
            raise
        except Exception as error:  # noqa: BLE001 - its message may quote a record
            self._abandon()
            raise self._build_unforeseen(error) from None
        return counter

    def _process_all(
        self,
        lines: Iterator[bytes],
        callbacks: dict[str, t.Callable[[dict[str, t.Any]], None]],
        counter: Counter[str],
    ) -> None:
        unfinished: _Refused | None = None
        while not self._is_stopping() and (line := self._next(lines)) is not None:
            self.line += 1
            self.bytes_read += len(line)
            if not line.strip():
                continue
            if unfinished is not None:
                self._reject(*unfinished)
            unfinished = self._process(line, callbacks, counter)
        if unfinished is not None and not self._is_stopping():
            raise InputError(f"The input was cut off: {unfinished.problem}.")

    def _process(
        self,
        line: bytes,
        callbacks: dict[str, t.Callable[[dict[str, t.Any]], None]],
        counter: Counter[str],
    ) -> _Refused | None:
        """Process a line; return it if it may be the beginning of a message that was cut off."""
        if self.line == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        try:
            message = decode(line)
            kind = str(message["type"])
            callbacks.get(kind, _refuse_type)(message)
        except UnreadableError as error:
            text = line.decode("utf-8", "backslashreplace").strip()
            refused = _Refused(text, f"line {self.line} of the input {error}")
            if error.is_unfinished:
                return refused
            self._reject(*refused)
        else:
            counter[kind] += 1
        return None

    def _build_unforeseen(self, error: Exception) -> KitError:
        """Return the error for a bug, without its message, which may quote the current record."""
        where = "".join(traceback.format_tb(error.__traceback__))
        logger.debug("%s\n%s", type(error).__name__, where)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return KitError(
            f"Line {self.line} of the input could not be handled: {type(error).__name__} "
            f"in {Path(frame.filename).name}, line {frame.lineno}."
        )

    def _next(self, lines: Iterator[bytes]) -> bytes | None:
        with self._termination.waiting():
            return next(lines, None)

    @override
    def deserialize_json(self, line: bytes) -> dict[str, t.Any]:
        """Return the message of a line."""
        return decode(line)

    @override
    @staticmethod
    def assert_line_requires(line_dict: dict[str, t.Any], requires: set[str]) -> None:
        """Check that a message has these members."""
        require(line_dict, requires)


def _refuse_type(_: dict[str, t.Any]) -> t.NoReturn:
    raise UnreadableError("has an unknown type")


def _read_bytes(file: t.IO[t.Any]) -> Iterator[bytes]:
    """Yield the lines of a file, also of one that was opened as text."""
    lines: Iterable[str | bytes] = getattr(file, "buffer", file)
    for line in lines:
        yield line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
