"""The file of the setting ``summary_path``: what a run did, for a program to read.

It is there from the beginning of the run on, so that nobody takes the file of the run before for
that of a run that was killed.
"""

from __future__ import annotations

import json
import time
import typing as t
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from ..errors import Abandoned, ConfigError, KitError, Terminated
from ..private_files import write_private
from ..redaction import clean
from ..times import as_text

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

RUNNING = "running"
COMPLETE = "complete"
FAILED = "failed"
TERMINATED = "terminated"


class SummaryFile:
    """Writes the summary of one run, as a whole each time.

    Args:
        path: Where to; None for nowhere.
        program: Name of the tap or target: its file is no other program's.
        version: Its version.
        logger: Where it is told that the file could not be written.

    Attributes:
        describe: Returns what the run did, as it is logged, once there is something to tell. May
            hold an ``outcome`` of its own.
    """

    def __init__(
        self, path: str | None, program: str, version: str, logger: logging.Logger
    ) -> None:
        """Write nothing yet."""
        self._path = Path(path).absolute() if path else None
        self._program = program
        self._version = version
        self._logger = logger
        self.describe: Callable[[], dict[str, t.Any]] = dict

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Write the file when the run begins, and again however it ends.

        Raises:
            ConfigError: If the file cannot be written.
        """
        if self._path is None:
            yield
            return
        began = time.monotonic()
        frame: dict[str, t.Any] = {
            "program": self._program,
            "version": self._version,
            "outcome": RUNNING,
            "exit_code": None,
            "error": None,
            "started_at": as_text(datetime.now(tz=timezone.utc)),
            "ended_at": None,
            "seconds": None,
        }
        try:
            self._write(self._path, frame)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"Setting 'summary_path' cannot be used: {_reason(error)}. It must name a file, in "
                f"a folder that exists, that only {self._program} writes."
            ) from None
        ended: BaseException | None = None
        try:
            yield
        except BaseException as error:
            ended = error
            raise
        finally:
            frame |= {
                "outcome": _outcome(ended),
                "exit_code": exit_code(ended),
                "error": _describe(ended),
                "ended_at": as_text(datetime.now(tz=timezone.utc)),
                "seconds": round(time.monotonic() - began, 1),
            }
            try:
                self._write(self._path, frame | self.describe())
            except (OSError, ValueError) as error:
                self._logger.error(  # noqa: TRY400
                    "The summary cannot be written (summary_path): %s.", _reason(error)
                )

    def _write(self, path: Path, content: dict[str, t.Any]) -> None:
        begins = f'{{\n  "program": {json.dumps(self._program)},'.encode()

        def is_ours(path: Path) -> bool:
            with path.open("rb") as file:
                return file.read(len(begins)) == begins

        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        write_private(path, text, is_ours)


def exit_code(error: BaseException | None) -> int:
    """Return the exit code of a process that ends with an error, or with none."""
    if isinstance(error, Abandoned):
        error = error.error
    if isinstance(error, KitError):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    return 0 if error is None else 1


def _outcome(error: BaseException | None) -> str:
    if isinstance(error, Terminated):
        return TERMINATED
    return FAILED if exit_code(error) else COMPLETE


def _describe(error: BaseException | None) -> str | None:
    """Return an error in one line; what was not foreseen may quote data: only its type."""
    if error is None:
        return None
    if isinstance(error, (KitError, Abandoned)):
        return clean(str(error))
    return type(error).__name__


def _reason(error: Exception) -> str:
    what = error.strerror if isinstance(error, OSError) else None
    return what or "it is no path"
