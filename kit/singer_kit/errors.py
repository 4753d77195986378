"""What can go wrong in a way that a user can do something about.

Every :class:`KitError` carries one clear line, free of secrets and personal data, and the exit code
of the process. Anything else that is raised is a bug and keeps its traceback.
"""

from __future__ import annotations

EXIT_FAILED = 1
EXIT_CONFIG = 2
EXIT_TERMINATED = 143


class KitError(Exception):
    """A failure that is told in one line, without a traceback."""

    exit_code: int = EXIT_FAILED


class ConfigError(KitError):
    """A setting is missing or wrong; the message names it and never prints its value."""

    exit_code = EXIT_CONFIG


class ApiError(KitError):
    """The API answered, or failed to answer, in a way that ends the stream.

    Attributes:
        status: HTTP status of the answer, or None if there was none.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        """Make an error, with the HTTP status if there was an answer."""
        super().__init__(message)
        self.status = status


class DeniedError(ApiError):
    """401, 403, 404 or 410: this credential may not read this, or it is not there.

    Attributes:
        received: When it came, on the clock of :meth:`.session.ApiSession.accepted_since`.
        later_page: Whether pages of the same list could be read before: so it is no list that may
            not be read, but one that broke off.
        elsewhere: Whether it is about where the rows of a list may be that have left it: the list
            itself may be read.
    """

    def __init__(self, message: str, *, status: int | None = None, received: int = 0) -> None:
        """Make an error of an answer."""
        super().__init__(message, status=status)
        self.received = received
        self.later_page = False
        self.elsewhere = False


class OriginError(ApiError):
    """A request was about to leave the configured origin and was not sent."""


class ContentError(ApiError):
    """A 200 whose body is not what the API promises: HTML, null, an error object, cut JSON."""


class IncompleteError(ContentError):
    """A list that ended before all rows came that it should have."""


class PaginationError(ApiError):
    """A list that never ends: a page or link came back that was read before."""


class BudgetError(KitError):
    """Waiting for the request budget would take longer than ``max_wait``."""


class Abandoned(BaseException):
    """Carries a KitError out of the SDK's sync, which would log an Exception once per stream.

    Attributes:
        error: What ended the run.
    """

    def __init__(self, error: KitError) -> None:
        """Carry ``error``."""
        super().__init__(str(error))
        self.error = error


class Terminated(SystemExit):
    """SIGTERM or SIGINT arrived: exit code 143, after the record in hand and a last STATE."""

    def __init__(self) -> None:
        """Set the exit code of a process ended by SIGTERM."""
        super().__init__(EXIT_TERMINATED)
