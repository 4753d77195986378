"""The rows of a list as they come, held against what the API says that there are."""

from __future__ import annotations

import typing as t

from ..errors import IncompleteError

if t.TYPE_CHECKING:
    import requests

    from .paginators import UrlPaginator


class RowCount:
    """Counts the rows of one list, and knows whether an empty page can be its end.

    Args:
        stream: Name of the stream, for errors.
        paginator: Tells totals and links.
        resumed: The list is read from a later page on: the rows before are not counted.

    Attributes:
        rows: Rows of the pages read so far.
        after_gap: A page stayed empty although others follow it.
        unsure: Rows may be missing, but whoever began later cannot tell.
    """

    def __init__(self, stream: str, paginator: UrlPaginator, *, resumed: bool) -> None:
        """Start with no row."""
        self.rows = 0
        self.after_gap = False
        self.unsure = False
        self._stream = stream
        self._paginator = paginator
        self._resumed = resumed
        self._told: int | None = None
        self._passed_over = False

    def is_promised(self, response: requests.Response) -> bool:
        """Tell whether rows are to come on or after an empty page: by a link, or by a total.

        What the page before promised counts too, though it may have been removed meanwhile.
        """
        if self._paginator.hides_rows(response):
            return False
        total = self._paginator.total(response)
        told = [each for each in (total, self._told) if each is not None]
        # Asked again, only the page itself counts: see note_reread.
        return any(each > self.rows for each in told) or self._links_on(response)

    def note_reread(self) -> None:
        """Note that an empty page is read again: what the page before promised counts no more."""
        self._told = None

    def add(self, response: requests.Response, rows: int) -> None:
        """Count a page; one that stays empty is passed over if its link goes on, but not twice.

        Raises:
            IncompleteError: If the list ends with an empty page, or had one, and rows are missing.
        """
        self._told = self._paginator.total(response)
        if not self._paginator.hides_rows(response):
            self._check(response, rows)
        self.rows += rows

    def goes_on(self, response: requests.Response, rows: int) -> bool:
        """Tell whether a page is not the end of the list, for all that its rows tell."""
        return bool(rows) or self._passed_over or self._paginator.hides_rows(response)

    def _check(self, response: requests.Response, rows: int) -> None:
        second, self._passed_over = self._passed_over and not rows, False
        if rows and not self.after_gap:
            return
        if self._links_on(response) and not second:
            self._passed_over = not rows
            self.after_gap = True
            return
        if self._told is None or self._told <= self.rows + rows:
            return
        if self._resumed:
            self.unsure = True
            return
        raise IncompleteError(
            f"The list '{self._stream}' ended after {self.rows + rows} rows, although the API says "
            f"that it has {self._told}."
        )

    def _links_on(self, response: requests.Response) -> bool:
        try:
            return self._paginator.goes_on(response)
        except ValueError:
            # Not a URL: that is told by whoever follows it.
            return True
