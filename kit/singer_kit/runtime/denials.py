"""What becomes of a list that may not be read: skipped and said, or the end of the run."""

from __future__ import annotations

import typing as t
from collections import Counter
from http import HTTPStatus

from ..errors import DeniedError, IncompleteError

if t.TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    import requests

    from .context import RunContext

# Each is in the run summary; of hundreds of lines, one for each parent, nobody finds the others.
TOLD_ONE_BY_ONE = 10
_NOT_THERE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class Denials:
    """Goes on without denied lists.

    Args:
        run: What belongs to the run.
        logger: Where denials are told.
        fail: Whether any of them ends the run.
    """

    def __init__(self, run: RunContext, logger: logging.Logger, *, fail: bool) -> None:
        """Start with none."""
        self._run = run
        self._logger = logger
        self._fail = fail
        self._told: Counter[str] = Counter()

    def skip(
        self, stream: str, context: str, error: DeniedError, check: Callable[[DeniedError], None]
    ) -> None:
        """Go on without a list, or fail.

        Args:
            stream: Name of the stream.
            context: Which parent or configured id, as text; may be empty.
            error: The denial.
            check: Raises if the credentials do not work.

        Raises:
            DeniedError: If any denial ends the run, or the credentials do not work at all.
            IncompleteError: If pages of the list could be read before.
        """
        if self._fail:
            raise error
        check(error)
        if error.later_page:
            checked = error.status == HTTPStatus.UNAUTHORIZED
            works = ", and the credentials still work" if checked else ""
            raise IncompleteError(
                f"The list '{stream}' broke off: {error} Its first page could be read{works}."
            ) from error
        where = f"{stream} ({context})" if context else stream
        self._run.summary.denied.append(f"{where}: {error.status}")
        self._told[stream] += 1
        if self._told[stream] <= TOLD_ONE_BY_ONE:
            self._logger.warning("Skipped '%s': %s", where, error)
        elif self._told[stream] == TOLD_ONE_BY_ONE + 1:
            self._logger.warning(
                "More lists of '%s' are skipped: the run summary names all of them.", stream
            )

    def credentials_work(
        self, error: DeniedError, probe: Callable[[], requests.PreparedRequest | None]
    ) -> bool:
        """Tell whether the credentials work, with one request where nothing else tells.

        Credentials may end at any time, so a 401 is only a missing permission if a request that was
        sent after it had come succeeds: any of the run that happened to be, or else the probe. That
        is one probe per 401 at most, and none for 403, which no API answers to credentials that it
        does not know.

        Args:
            error: The denial.
            probe: Returns a cheap request that any working credential may make, or None.
        """
        if error.status in _NOT_THERE:
            return True
        succeeded = self._run.summary.succeeded
        request = probe()
        if error.status == HTTPStatus.UNAUTHORIZED and request is not None:
            if self._run.session.accepted_since(error):
                return True
        elif succeeded:
            return True
        if request is None:
            return False
        try:
            self._run.wait_for(lambda: self._run.session.fetch(request))
        except DeniedError as refusal:
            # The probe itself may need a permission; 401 is about the credentials.
            return succeeded and refusal.status != HTTPStatus.UNAUTHORIZED
        return True

    def refuse(self, error: DeniedError) -> t.NoReturn:
        """End the run because the credentials do not work, or not any more.

        Raises:
            DeniedError: Always.
        """
        what = "stopped accepting" if self._run.summary.succeeded else "does not accept"
        raise DeniedError(
            f"{error} The API {what} the credentials: check the configuration.",
            status=error.status,
        ) from error
