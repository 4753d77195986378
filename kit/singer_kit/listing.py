"""One list, page after page, the next pages fetched ahead where their number is known."""

from __future__ import annotations

import collections
import typing as t

from .errors import IncompleteError
from .paginators import same_page, with_query

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .paginators import UrlPaginator
    from .resume import Position
    from .session import Answer

    Pending = Callable[[], Answer]
    Start = Callable[["str | None"], Pending]


# Seconds to wait before an empty page is read again.
PAUSES = (0.5, 1.0, 2.0)
# Pages behind us that are remembered, should rows move there.
LOOK_BACK = 8


class Listing:
    """The pages of one list in order.

    Opening it starts the first request, so that a caller who knows that it will need a list soon
    can open it early and read it later.

    Args:
        paginator: Tells the next page.
        start: Starts the request of a page and returns what gives its answer.
        depth: Pages fetched ahead at most; 0 for none.
        scarce: Tells whether the budget will end soon: what is fetched ahead then is lost.
        pause: Waits for some seconds, or until the run should end.
        name: Name of the list, for errors.
        first_url: URL of the first page.
        query: Fingerprint of the list's query.
        position: Where an earlier run stopped in this list; reading begins with its page.

    Attributes:
        url: URL of the page at hand; None for the first one.
        newest: Latest timestamp of a newest-first list, once its first page is read.
        signal: What the parent said when this reading of the list began.
        rows: Rows read so far.
        incomplete: Rows slipped by, more than could be looked for.
        gap: A page stayed empty although others follow it.
        told: Number of rows of the whole list as its latest page tells it, if it does.
    """

    def __init__(  # noqa: PLR0913 - what only its stream knows
        self,
        paginator: UrlPaginator,
        start: Start,
        *,
        depth: int,
        scarce: Callable[[], bool],
        pause: Callable[[float], object],
        name: str,
        first_url: str,
        query: str,
        position: Position | None = None,
    ) -> None:
        """Start the first request."""
        self.first_url = first_url
        self.query = query
        self.position = position
        self.newest: str | None = None
        self.signal: str | None = None
        self.rows = 0
        self.incomplete = False
        self.gap = False
        self.told: int | None = None
        self.url: str | None = None
        if position and position["page"]:
            self.url = with_query(first_url, **position["page"])
            paginator.start_at(self.url)
        self._paginator = paginator
        self._start = start
        self._depth = depth
        self._scarce = scarce
        self._pause = pause
        self._name = name
        self._resumed = position is not None
        self._passed_over = False
        self._ahead = collections.deque([(self.url or first_url, start(self.url))])
        self._guesses: Iterator[str] | None = None
        self._read: collections.deque[str | None] = collections.deque(maxlen=LOOK_BACK)

    def pages(
        self, *, count: Callable[[Answer], int], go_on: Callable[[Answer], bool]
    ) -> Iterator[tuple[str | None, Answer]]:
        """Yield each page's URL (None for the first) and its answer.

        Args:
            count: Called with each answer; returns the number of its rows.
            go_on: Asked with each answer before the next page is requested; False ends the list,
                so that no page is fetched that nobody needs.
        """
        pending = self._ahead.popleft()[1]
        while True:
            self.url = url = self._paginator.current_value
            answer = self._settled(pending(), count)
            if go_on(answer):
                self._paginator.advance(answer.response)
                if not self._paginator.finished:
                    pending = self._next(answer)
                    yield url, answer
                    # A page ends before the next one is decoded, which then lies in its place:
                    # that is half the memory, and what is in the processor's cache already.
                    del answer
                    continue
            yield url, answer
            return

    def _settled(self, answer: Answer, count: Callable[[Answer], int]) -> Answer:
        """Return a page that can be believed: an empty one that should not be is read again.

        One that stays empty is passed over if its link goes on; a second one after it is the end.

        Raises:
            IncompleteError: If the list ends with an empty page, or had one, and rows are missing.
        """
        rows, before = count(answer), self.told
        for seconds in PAUSES:
            # What the page before promised may have been removed meanwhile: then once is enough.
            fell = before is not None and before > self.rows
            if rows or self._hides_rows(answer) or not (fell or self._promises(answer)):
                break
            before = None
            self._pause(seconds)
            answer = self._start(self.url)()
            rows = count(answer)
        self.told = self.total(answer)
        if not self._hides_rows(answer):
            self._check_missing(answer, rows)
        return answer

    def _promises(self, answer: Answer) -> bool:
        """Tell whether rows are still to come after an empty page: by a link, or by the total."""
        total = self.total(answer)
        more = total is not None and total > self.rows
        return more or self._links_on(answer)

    def _links_on(self, answer: Answer) -> bool:
        try:
            return self._paginator.goes_on(answer.response)
        except ValueError:
            # No URL: that is told by whoever follows it.
            return True

    def _check_missing(self, answer: Answer, rows: int) -> None:
        """Pass over an empty page, or check that the list may end here."""
        second, self._passed_over = self._passed_over and not rows, False
        if rows and not self.gap:
            return
        if self._links_on(answer) and not second:
            self._passed_over = not rows
            self.gap = True
            return
        if self.told is None or self.told <= self.rows + rows:
            return
        if self._resumed:
            # The rows before are not counted.
            self.incomplete = True
            return
        raise IncompleteError(
            f"The list '{self._name}' ended after {self.rows + rows} rows, although the API says "
            f"that it has {self.told}."
        )

    def pages_before(self, answer: Answer, rows: int) -> Iterator[Answer]:
        """Yield pages anew to which rows have moved from the page at hand, the nearest first.

        Rows that somebody removes while a list is read make all that follow move up: some then lie
        on pages that were read before.

        Args:
            answer: The page at hand.
            rows: Rows on it.
        """
        slipped = self._paginator.slipped(answer.response)
        # One page at least, and the whole way that so many rows can have moved.
        pages = -(-slipped // max(rows, 1))
        if pages > LOOK_BACK:
            self.incomplete = True
        for url in list(self._read)[::-1][:pages]:
            again = self._start(url)()
            # Removed again meanwhile: the walk could go on for ever.
            if self._paginator.slipped(again.response):
                self.incomplete = True
            yield again
        self._read.append(self.url)

    def goes_on(self, answer: Answer, rows: int) -> bool:
        """Tell whether a page is not the end of this list, for all that its rows tell.

        Args:
            answer: The page.
            rows: Rows on it.
        """
        return bool(rows) or self._passed_over or self._hides_rows(answer)

    def _hides_rows(self, answer: Answer) -> bool:
        """Tell whether an empty page is not the end of this list."""
        return self._paginator.hides_rows(answer.response)

    def total(self, answer: Answer) -> int | None:
        """Return the number of rows of the whole list, where the API tells it."""
        return self._paginator.total(answer.response)

    def _later(self, url: str) -> Pending:
        """Return what requests a page only when it is asked for."""
        return lambda: self._start(url)()  # noqa: PLW0108 - not yet

    def _next(self, answer: Answer) -> Pending:
        """Return the pending answer of the page that the paginator names now."""
        url = self._paginator.current_value or ""
        if self._ahead and not same_page(self._ahead[0][0], url):
            # The list is not as long, or not as numbered, as we guessed: back to its own links.
            self._ahead.clear()
            self._guesses = iter(())
        if self._scarce():
            return self._ahead.popleft()[1] if self._ahead else self._later(url)
        if self._depth and self._guesses is None:
            self._guesses = self._paginator.ahead(answer.response)
        if not self._ahead:
            guess = next(self._guesses, None) if self._guesses else None
            if guess is None or not same_page(guess, url):
                self._guesses = iter(())
                return self._start(url)
            self._ahead.append((url, self._start(url)))
        for guess in self._guesses or ():
            self._ahead.append((guess, self._start(guess)))
            if len(self._ahead) > self._depth:
                break
        return self._ahead.popleft()[1]
