"""The rows of a list as they come, held against what the API says that there are."""

from __future__ import annotations

import typing as t

from ..errors import IncompleteError

if t.TYPE_CHECKING:
    import requests

    from .paginators import UrlPaginator


class RowCount:
    """Counts the rows of one list, and knows whether a page can be its end.

    Args:
        stream: Name of the stream, for errors.
        paginator: Tells totals and links.
        resumed: The list is read from a later page on: the rows before are not counted.
        expected: Something else says that the list has rows.

    Attributes:
        rows: Rows of the pages read so far.
        after_gap: A page stayed empty although others follow it.
        unsure: Rows may be missing, but nobody can tell: somebody removes some, or the list was
            begun by an earlier run.
    """

    def __init__(
        self, stream: str, paginator: UrlPaginator, *, resumed: bool, expected: bool = False
    ) -> None:
        """Start with no row."""
        self.rows = 0
        self.after_gap = False
        self.unsure = False
        self._stream = stream
        self._paginator = paginator
        self._resumed = resumed
        # What the pages before this one promised; a second reading is believed without it.
        self._promised: int | None = int(expected) or None
        self._told: int | None = None
        self._removed = False
        self._passed_over = False
        self._has_hole = False
        self._shortfall = ""

    def is_promised(self, response: requests.Response) -> bool:
        """Tell whether rows are to come on or after an empty page: by a link, or by a total.

        What the page before promised counts too, though it may have been removed meanwhile.
        """
        if self._paginator.hides_rows(response):
            return False
        told = (self._paginator.total(response), self._promised)
        return any(each is not None and each > self.rows for each in told) or self._links_on(
            response
        )

    def falls_short(self, response: requests.Response, rows: int) -> bool:
        """Tell whether the list would end with a page although rows are missing."""
        if self._paginator.hides_rows(response) or self._links_on(response):
            return False
        return self._missing(self._total(response), response, rows)

    def note_reread(self) -> None:
        """Note that a page is read again: what the page before promised counts no more."""
        self._promised = None

    def add(self, response: requests.Response, rows: int, *, is_last: bool = False) -> None:
        """Count a page; one that stays empty is passed over if its link goes on, but not twice.

        Args:
            response: The page.
            rows: Its rows.
            is_last: Whether nothing behind it is wanted.
        """
        total = self._total(response)
        self._removed = self._removed or (self._told is not None and (total or 0) < self._told)
        self._told = self._promised = total
        if not is_last and not self._paginator.hides_rows(response):
            self._check(response, rows)
        self.rows += rows

    def check_end(self) -> None:
        """Check that no row is missing, all pages being read.

        Raises:
            IncompleteError: If some are.
        """
        if self._shortfall:
            raise IncompleteError(self._shortfall)

    def goes_on(self, response: requests.Response, rows: int) -> bool:
        """Tell whether a page is not the end of the list, for all that its rows tell."""
        return bool(rows) or self._passed_over or self._paginator.hides_rows(response)

    def _check(self, response: requests.Response, rows: int) -> None:
        second, self._passed_over = self._passed_over and not rows, False
        self._has_hole = self._has_hole or (self.after_gap and bool(rows))
        if self._links_on(response) and not second:
            self._passed_over = not rows
            self.after_gap = self.after_gap or not rows
            return
        if not self._missing(self._told, response, rows):
            return
        if self._resumed or self._removed:
            self.unsure = True
            return
        told = "others follow an empty page" if self._told is None else f"it has {self._told}"
        self._shortfall = (
            f"The list '{self._stream}' ended after {self.rows + rows} rows, although the API says "
            f"that {told}."
        )

    def _missing(self, told: int | None, response: requests.Response, rows: int) -> bool:
        """Tell whether rows are missing if a page is the last one."""
        if not self._paginator.one_list:
            return False
        if told is None:
            return self._has_hole
        before = self._paginator.rows_before(response) if self._resumed else self.rows
        if before is None:
            return self.after_gap
        return before + rows < told

    def _total(self, response: requests.Response) -> int | None:
        """Return the total that a page tells, or else the one of the pages before."""
        total = self._paginator.total(response)
        return self._told if total is None else total

    def _links_on(self, response: requests.Response) -> bool:
        try:
            return self._paginator.goes_on(response)
        except ValueError:
            # Not a URL: that is told by whoever follows it.
            return True
