"""Rows that are gone: told to the target once it is certain, together with what was below them."""

from __future__ import annotations

import typing as t

import pytest

from tests.harness.run import unpack_state
from tests.kit.library import Library
from tests.kit.running import run_tap
from tests.kit.scripted_server import Reply

if t.TYPE_CHECKING:
    from tests.harness.run import Run
    from tests.kit.scripted_server import Call, ScriptedServer

STREAMS = ["authors", "books", "reviews"]


def gone(found: Run, stream: str) -> list[t.Any]:
    return [row["id"] for row in found.records[stream] if row.get("_sdc_deleted_at")]


def remove_book(library: Library, author: str, book: int) -> None:
    library.books[author] = [row for row in library.books[author] if row["id"] != book]
    row = next(row for row in library.authors if str(row["id"]) == author)
    row["books_count"] -= 1


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_deleted_row_is_told_with_all_that_was_below_it(
    server: ScriptedServer, concurrency: int
) -> None:
    server.app = library = Library.of(authors=2, books=3, reviews=2)
    first = run_tap(server.url, STREAMS, detect=True, concurrency=concurrency)
    remove_book(library, "1", 102)

    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=concurrency)
    third = run_tap(server.url, STREAMS, state=second.state, detect=True, concurrency=concurrency)

    assert gone(second, "books") == [102]
    (book,) = (row for row in second.records["books"] if row["id"] == 102)
    assert {k: v for k, v in book.items() if v is not None}.keys() == {
        "id", "author_id", "_sdc_deleted_at",
    }  # fmt: skip
    assert gone(second, "reviews") == [10201, 10202]
    assert "_sdc_deleted_at" in second.schemas["reviews"]["schema"]["properties"]
    assert gone(third, "books") == gone(third, "reviews") == []
    assert second.summary["streams"]["books"]["deleted"] == 1


def test_a_newest_first_list_is_read_whole_when_its_total_says_so(server: ScriptedServer) -> None:
    server.app = library = Library.of(authors=1, books=1, reviews=5)
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    reviews, book = library.reviews["101"], library.books["1"][0]
    old = reviews.pop()
    reviews.insert(0, {"id": 7, "written_at": "2026-02-01T00:00:00Z"})
    reviews.insert(0, {"id": 8, "written_at": "2026-02-02T00:00:00Z"})
    book["reviews_count"] = len(reviews)
    library.authors[0]["books_changed"] = 1

    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)

    assert gone(second, "reviews") == [old["id"]]
    assert {7, 8} <= set(second.ids("reviews"))


def test_the_last_row_of_a_list_is_missed_although_its_count_is_0(server: ScriptedServer) -> None:
    server.app = library = Library.of(authors=1, books=1, reviews=1)
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    library.reviews["101"] = []
    library.books["1"][0]["reviews_count"] = 0
    library.authors[0]["books_changed"] = 1

    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)

    assert gone(second, "reviews") == [10101]


@pytest.mark.parametrize("lost", [2])
def test_half_of_a_list_is_believed_gone_only_when_a_second_reading_agrees(
    server: ScriptedServer, lost: int
) -> None:
    library = Library.of(authors=1, books=3, reviews=0)
    server.app = library
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    whole = library.books["1"]
    library.authors[0]["books_changed"] = 1
    readings: list[int] = []

    def stumbling(call: Call) -> object:
        if call.path.endswith("/books"):
            readings.append(1)
            library.books["1"] = whole[: 3 - lost] if len(readings) == 1 else whole
        return library(call)

    server.app = stumbling
    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)
    server.app = library
    third = run_tap(server.url, STREAMS, state=second.state, detect=True, concurrency=1)
    library.books["1"] = whole[: 3 - lost]
    library.authors[0]["books_changed"] = 2
    fourth = run_tap(server.url, STREAMS, state=third.state, detect=True, concurrency=1)

    assert gone(second, "books") == gone(third, "books") == []
    assert "a second reading says otherwise" in second.log
    # What did not come is not taken for read.
    assert len(third.records["books"]) == len(whole)
    assert gone(fourth, "books") == [row["id"] for row in whole[3 - lost :]]


def test_a_row_that_is_new_in_the_second_reading_contradicts_nothing(
    server: ScriptedServer,
) -> None:
    library = Library.of(authors=1, books=4, reviews=0)
    server.app = library
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    gone_ids = [row["id"] for row in library.books["1"][1:]]
    library.authors[0]["books_changed"] = 1
    del library.books["1"][1:]
    readings: list[int] = []

    def growing(call: Call) -> object:
        if call.path.endswith("/books"):
            readings.append(1)
            if len(readings) == 2:
                library.books["1"].append({"id": 190, "reviews_count": 0})
        return library(call)

    server.app = growing
    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)

    assert len(readings) == 2
    assert gone(second, "books") == gone_ids


def test_a_row_that_moved_to_another_list_is_not_gone(server: ScriptedServer) -> None:
    server.app = library = Library.of(authors=2, books=3, reviews=0)
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    library.books["2"].append(library.books["1"].pop())
    for row in library.authors:
        row["books_count"] = len(library.books[str(row["id"])])
    library.authors.reverse()

    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)

    assert gone(second, "books") == []
    assert 103 in second.ids("books")


def test_what_a_list_that_was_not_read_has_lost_is_not_known(server: ScriptedServer) -> None:
    server.app = library = Library.of(authors=1, books=2, reviews=0)
    first = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    library.books["1"].pop()

    second = run_tap(server.url, STREAMS, state=first.state, detect=True, concurrency=1)

    assert gone(second, "books") == []
    assert second.bookmark("books")["known"] == first.bookmark("books")["known"]


def test_stream_maps_apply_to_deleted_rows_and_say_where_they_cannot(
    server: ScriptedServer,
) -> None:
    server.app = library = Library.of(authors=1, books=3, reviews=0)
    maps = {
        "books": {"secret": "md5(str(id))", "name": "__NULL__"},
        "reviews": {"__filter__": "name == 'x'"},
    }
    more = {"detect": True, "concurrency": 1, "stream_maps": maps}
    first = run_tap(server.url, STREAMS, **more)
    remove_book(library, "1", 102)

    second = run_tap(server.url, STREAMS, state=first.state, **more)

    (book,) = (row for row in second.records["books"] if row.get("_sdc_deleted_at"))
    assert book["id"] == 102
    assert book["secret"]
    assert "name" not in book


def fails_at(offset: int, library: Library) -> t.Callable[[Call], object]:
    """An API whose list of books breaks off."""
    return lambda call: Reply(b"null") if call.query.get("offset") == str(offset) else library(call)


@pytest.mark.parametrize("book", [101, 106], ids=["read before the break", "read after it"])
def test_what_a_list_loses_is_told_although_its_first_reading_broke_off(
    server: ScriptedServer, book: int
) -> None:
    library = Library.of(authors=1, books=7, reviews=0)
    server.app = fails_at(4, library)
    broken = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    server.app = library
    server.calls.clear()
    resumed = run_tap(server.url, STREAMS, state=broken.state, detect=True, concurrency=1)
    asked = [call.query.get("offset") for call in server.calls if call.path.endswith("/books")]
    remove_book(library, "1", book)

    found = run_tap(server.url, STREAMS, state=resumed.state, detect=True, concurrency=1)

    assert broken.ids("books") + resumed.ids("books") == list(range(101, 108))
    assert asked == ["2", "4", "6"]
    assert gone(found, "books") == [book]
    assert "keys" not in str(resumed.state)


def test_what_goes_while_a_reading_is_broken_off_is_told_by_the_next_whole_one(
    server: ScriptedServer,
) -> None:
    library = Library.of(authors=1, books=9, reviews=0)
    server.app = library
    state = run_tap(server.url, STREAMS, detect=True, concurrency=1).state
    library.authors[0]["books_changed"] = 1
    server.app = fails_at(4, library)
    broken = run_tap(server.url, STREAMS, state=state, detect=True, concurrency=1)
    # One of the first part is gone, and one of the second has taken a place in the first.
    books = library.books["1"]
    del books[0]
    books.insert(0, books.pop())
    library.authors[0]["books_count"] -= 1
    server.app = library

    resumed = run_tap(server.url, STREAMS, state=broken.state, detect=True, concurrency=1)
    found = run_tap(server.url, STREAMS, state=resumed.state, detect=True, concurrency=1)

    assert gone(resumed, "books") == []
    assert gone(found, "books") == [101]


def test_a_position_of_an_older_version_is_gone_on_from(server: ScriptedServer) -> None:
    library = Library.of(authors=1, books=7, reviews=0)
    server.app = fails_at(4, library)
    broken = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    state = unpack_state(broken.state)
    del state["bookmarks"]["books"]["resume"]["list"]["keys"]
    server.app = library

    resumed = run_tap(server.url, STREAMS, state=state, detect=True, concurrency=1)

    assert resumed.error is None
    assert resumed.ids("books") == [105, 106, 107]
    # Who does not know the first rows does not take the others for all that there were.
    assert resumed.bookmark("books")["known"]["partial"] == ["1"]


def reviews_of_105_fail(library: Library) -> t.Callable[[Call], object]:
    """An API that fails below a row of the third page of books."""
    return lambda call: Reply(b"null") if "105" in call.path else library(call)


@pytest.mark.parametrize("breaks", [lambda library: fails_at(4, library), reviews_of_105_fail])
@pytest.mark.parametrize(
    ("book", "stale"),
    [
        pytest.param(104, {}, id="the row at the place is gone"),
        pytest.param(101, {"at": 1}, id="the place is too old"),
        pytest.param(101, {"list": {}}, id="there is no place"),
    ],
)
def test_what_is_gone_of_a_list_that_is_not_gone_on_with_is_told(
    server: ScriptedServer,
    breaks: t.Callable[[Library], t.Callable[[Call], object]],
    book: int,
    stale: dict[str, t.Any],
) -> None:
    library = Library.of(authors=1, books=9, reviews=1)
    server.app = breaks(library)
    broken = run_tap(server.url, STREAMS, detect=True, concurrency=1)
    state = unpack_state(broken.state)
    state["bookmarks"]["books"]["resume"].update(stale)
    server.app = library
    remove_book(library, "1", book)

    found = run_tap(server.url, STREAMS, state=state, detect=True, concurrency=1)
    again = run_tap(server.url, STREAMS, state=found.state, detect=True, concurrency=1)

    assert broken.error
    assert book in broken.ids("books")
    assert gone(found, "books") == [book]
    assert "partial" not in found.bookmark("books")["known"]
    assert again.records.keys() == {"authors"}
