"""Errors of the target and their exit codes, one for each kind of action that a person has to take.

0 delivered or skipped; 1 unusable input; 2 configuration; 143 after SIGTERM (all three from the
kit); the others are here.
"""

from __future__ import annotations

from singer_sdk.singerlib.exceptions import InvalidInputLine

from target_miimosa_leads._kit.errors import KitError

EXIT_REJECTED = 3
EXIT_UNKNOWN = 4
EXIT_REFUSED = 5
EXIT_UNDELIVERED = 6
EXIT_JOURNAL = 7


class RejectedError(KitError):
    """More leads were rejected than the thresholds allow."""

    exit_code = EXIT_REJECTED


class UnknownOutcomeError(KitError):
    """Nobody knows whether some leads arrived; a person has to look."""

    exit_code = EXIT_UNKNOWN


class RefusedError(KitError):
    """The API refuses every lead: wrong key, wrong address, or a rate limit without end."""

    exit_code = EXIT_REFUSED


class UndeliveredError(KitError):
    """The API could not be reached, or failed too many times in a row."""

    exit_code = EXIT_UNDELIVERED


class JournalError(KitError):
    """The journal is missing, in use, broken, or cannot be written."""

    exit_code = EXIT_JOURNAL


class JournalInUseError(JournalError):
    """Another process holds the journal's lock."""


class JournalNotWritableError(JournalError):
    """Nothing can be written to the journal any more; it may still be readable."""


class InputError(KitError, InvalidInputLine):
    """The input is not what a Singer tap writes."""


class UnreadableError(InputError):
    """One line of the input is of no use; the lines after it may be.

    The message continues "line 3 of the input …", and quotes nothing of the line.

    Attributes:
        is_unfinished: The line may be the beginning of a longer one.
    """

    def __init__(self, problem: str, *, is_unfinished: bool = False) -> None:
        """Say what is wrong with the line."""
        super().__init__(problem)
        self.is_unfinished = is_unfinished
