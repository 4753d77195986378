"""One list, page after page.

The next page is fetched ahead, and where their number is known several are: unless the API answers
so quickly that another thread would cost more than it saves.
"""

from __future__ import annotations

import collections
import typing as t
from dataclasses import dataclass

from ..encoded_rows import as_records
from ..errors import DeniedError
from ..sdk import utc_now
from .full_page import ask, find_url_behind
from .paginators import LoopDetector
from .row_count import RowCount
from .urls import same_page, with_query

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from ..encoded_rows import Rows
    from ..http.answer import Answer
    from ..records import Record
    from .paginators import UrlPaginator

    Pending = Callable[[], Answer]
    Start = Callable[["str | None"], Pending]

# Seconds to wait before an empty page, or one after which rows are missing, is read again.
PAUSES = (0.5, 1.0, 2.0)
# Seconds. Waiting so little for a page costs less than handing it to another thread does.
QUICK = 0.002
# Pages behind us that are remembered, should rows move there.
LOOK_BACK = 8


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        url: Its URL; None for the first one.
        rows: Its rows as they came, and before them those that have moved to pages behind it.
        total: Rows of the whole list, where the API tells.
        read_at: When it was read, UTC.
        shifted: Whether rows may be missing: they have moved further than could be looked for.
        after_gap: Whether an empty page was passed over before it.
    """

    url: str | None
    rows: Rows
    total: int | None
    read_at: datetime
    shifted: bool
    after_gap: bool


@dataclass(frozen=True)
class ListAccess:
    """How the pages of one list are asked for and understood.

    Attributes:
        stream: Name of the stream, for messages.
        first_url: URL of the first page.
        start: Starts the request of a page, None being the first; returns what gives the answer.
        start_later: The same, but the page is requested when its answer is asked for.
        extract: Returns the rows of an answer.
        identify: Returns what tells rows from others, to notice a page that comes again.
        pause: Waits for some seconds, or until the run should end.
        depth: Pages fetched ahead at most; 0 for none.
        nearly_exhausted: Whether the budget will end soon: what is fetched ahead is lost then.
        expected: Whether the parent says that there are rows.
    """

    stream: str
    first_url: str
    start: Start
    start_later: Start
    extract: Callable[[Answer], Rows]
    identify: Callable[[Rows], tuple[t.Any, ...]]
    pause: Callable[[float], object]
    depth: int
    nearly_exhausted: Callable[[], bool]
    expected: bool = False


class PageWalk:
    """The pages of one list in order.

    Making one starts the first request, so that a caller who knows that it will need a list soon
    can begin early and read later.

    Args:
        access: How pages are asked for.
        paginator: Tells the next page.
        start_at: What tells the page to begin with from the first one, empty for that one; None
            where no earlier run stopped in this list.
    """

    def __init__(
        self,
        access: ListAccess,
        paginator: UrlPaginator,
        *,
        start_at: t.Mapping[str, str] | None = None,
    ) -> None:
        """Start the first request."""
        self._access = access
        self._paginator = paginator
        url = with_query(access.first_url, **start_at) if start_at else None
        if url:
            paginator.start_at(url)
        self._loops = LoopDetector(access.stream)
        self._count = RowCount(
            access.stream, paginator, resumed=start_at is not None, expected=access.expected
        )
        self._guesses: Iterator[str] | None = None
        self._behind: collections.deque[str | None] = collections.deque(maxlen=LOOK_BACK)
        self._ahead = collections.deque([(url or access.first_url, access.start(url))])

    @property
    def url(self) -> str | None:
        """URL of the page at hand; None for the first one."""
        return self._paginator.current_value

    def pages(self, *, is_last: Callable[[Rows], bool]) -> Iterator[Page]:
        """Yield each page.

        Args:
            is_last: Asked with each page's rows before the next page is requested; True ends the
                list, so that no page is fetched that nobody needs.

        Raises:
            PaginationError: If the pages go in a circle.
            IncompleteError: If the list ended before all rows came that it should have.
            ApiError: If a page cannot be read.
        """
        try:
            yield from self._pages(is_last)
        except DeniedError as error:
            error.later_page = self.url is not None and self._paginator.one_list
            raise

    def _pages(self, is_last: Callable[[Rows], bool]) -> Iterator[Page]:
        pending: Pending | None = self._ahead.popleft()[1]
        while pending is not None:
            url = self.url
            answer, rows, last = self._believable(pending(), is_last)
            pending = None
            if not last and self._count.goes_on(answer.response, len(rows)):
                self._paginator.advance(answer.response)
                if not self._paginator.finished:
                    pending = self._next(answer)
                elif not self._paginator.tells_end(answer.response):
                    pending = self._behind_full_page(answer, rows)
            page = self._page(url, answer, rows)
            # A page ends before the next one is decoded, which then lies in its place: that is half
            # the memory, and what is in the processor's cache already.
            del answer, rows
            yield page
            del page
        self._count.check_end()

    def _believable(
        self, answer: Answer, is_last: Callable[[Rows], bool]
    ) -> tuple[Answer, Rows, bool]:
        """Return a page, its rows, and whether it is the last one that is wanted.

        One that should not be empty is read again, and so is one that ends the list too early.
        """
        rows = self._access.extract(answer)
        for seconds in PAUSES:
            if rows or not self._count.is_promised(answer.response):
                break
            answer, rows = self._read_again(seconds)
        last = is_last(rows)
        if rows and not last and self._count.falls_short(answer.response, len(rows)):
            answer, rows = self._read_again(PAUSES[0])
            last = is_last(rows)
        self._count.add(answer.response, len(rows), is_last=last)
        return answer, rows, last

    def _read_again(self, seconds: float) -> tuple[Answer, Rows]:
        self._count.note_reread()
        self._access.pause(seconds)
        answer = self._access.start(self.url)()
        return answer, self._access.extract(answer)

    def _behind_full_page(self, answer: Answer, rows: Rows) -> Pending | None:
        """Return the page behind a full one that says nothing of it, if there is one."""
        url = find_url_behind(answer.response.url, len(rows))
        found = ask(self._access.start(url)) if url else None
        if url is None or found is None:
            return None
        known = set(self._access.identify(rows))
        if known.issuperset(self._access.identify(self._access.extract(found))):
            # No rows; or the same ones, from an API that does not go by the page.
            return None
        self._paginator.start_at(url)
        return lambda: found

    def _page(self, url: str | None, answer: Answer, rows: Rows) -> Page:
        total = self._paginator.total(answer.response)
        self._loops.check(url, self._access.identify(rows), total)
        moved, shifted = self._rows_behind(url, answer, len(rows))
        rows = [*moved, *as_records(rows)] if moved else rows
        shifted = shifted or self._count.unsure
        return Page(url, rows, total, utc_now(), shifted, self._count.after_gap)

    def _rows_behind(
        self, url: str | None, answer: Answer, count: int
    ) -> tuple[list[Record], bool]:
        """Return the rows of pages to which some of this one's have moved, and whether all did.

        Rows that somebody removes while a list is read make all that follow move up: some then lie
        on pages that were read before.
        """
        shifted_rows = self._paginator.shifted_rows(answer.response)
        # One page at least, and the whole way that so many rows can have moved.
        pages = -(-shifted_rows // max(count, 1))
        incomplete = pages > LOOK_BACK
        moved: list[Record] = []
        for behind in list(self._behind)[::-1][:pages]:
            again = self._access.start(behind)()
            # Removed again meanwhile: the walk could go on for ever.
            incomplete = incomplete or bool(self._paginator.shifted_rows(again.response))
            moved = [*as_records(self._access.extract(again)), *moved]
        self._behind.append(url)
        return moved, incomplete

    def _next(self, answer: Answer) -> Pending:
        """Return the pending answer of the page that the paginator names now."""
        url = self._paginator.current_value or ""
        if self._ahead and not same_page(self._ahead[0][0], url):
            # The list is not as long, or not as numbered, as we guessed: back to its own links.
            self._ahead.clear()
            self._guesses = iter(())
        if answer.seconds < QUICK or self._access.nearly_exhausted():
            return self._ahead.popleft()[1] if self._ahead else self._access.start_later(url)
        if self._access.depth and self._guesses is None:
            self._guesses = self._paginator.ahead(answer.response)
        if not self._ahead:
            guess = next(self._guesses, None) if self._guesses else None
            if guess is None or not same_page(guess, url):
                self._guesses = iter(())
                return self._access.start(url)
            self._ahead.append((url, self._access.start(url)))
        for guess in self._guesses or ():
            self._ahead.append((guess, self._access.start(guess)))
            if len(self._ahead) > self._access.depth:
                break
        return self._ahead.popleft()[1]
