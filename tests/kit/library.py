"""The made-up library that the tiny tap reads: data, and how its API answers."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.kit.scripted_server import Call, Reply

Row = dict[str, t.Any]


def link_page(call: Call, rows: list[Row], size: int, total: int | None = None) -> Reply:
    """Answer with one page of rows, the others named in the Link header, the last one first."""
    page = int(call.query.get("page", 1))
    last = max(1, -(-len(rows) // size))

    def link(number: int, rel: str) -> str:
        query = urlencode({**call.query, "page": number, "per_page": size})
        return f'<{call.path}?{query}>; rel="{rel}"'

    links = [link(last, "last"), *([link(page + 1, "next")] if page < last else [])]
    headers = {
        "Link": ", ".join(links),
        "X-Total": str(len(rows) if total is None else total),
        "X-Per-Page": str(size),
    }
    return Reply(rows[(page - 1) * size : page * size], headers=headers)


def meta_page(call: Call, key: str, rows: list[Row], size: int, total: int | None = None) -> Reply:
    """Answer with one page of rows, the next one in ``meta.next`` as a query string."""
    offset = int(call.query.get("offset", 0))
    more = offset + size < len(rows)
    meta = {
        "next": f"?limit={size}&offset={offset + size}" if more else None,
        "total_count": len(rows) if total is None else total,
    }
    return Reply({"meta": meta, key: rows[offset : offset + size]})


@dataclass
class Library:
    """Authors with books with reviews; loans; shelves."""

    authors: list[Row] = field(default_factory=list)
    books: dict[str, list[Row]] = field(default_factory=dict)
    reviews: dict[str, list[Row]] = field(default_factory=dict)
    loans: list[Row] = field(default_factory=list)
    shelves: dict[str, list[Row]] = field(default_factory=dict)
    page_size: int = 2

    @classmethod
    def of(cls, authors: int, books: int, reviews: int) -> Library:
        """Return a library of a size: books per author, reviews per book."""
        made = cls()
        for a in range(1, authors + 1):
            made.authors.append({"id": a, "books_count": books, "awards": [{"id": a * 10}]})
            made.books[str(a)] = [
                {"id": a * 100 + b, "reviews_count": reviews} for b in range(1, books + 1)
            ]
            for book in made.books[str(a)]:
                made.reviews[str(book["id"])] = [
                    {"id": book["id"] * 100 + r, "written_at": f"2026-01-{r:02}T00:00:00Z"}
                    for r in range(reviews, 0, -1)
                ]
        return made

    def __call__(self, call: Call) -> object:
        match call.path.strip("/").split("/"):
            case ["me"]:
                return {"id": 1}
            case ["items", item]:
                return {"id": item, "name": f"item {item}"}
            case ["authors", author, "books"]:
                return meta_page(call, "books", self.books[author], self.page_size)
        rows = self._rows(call)
        if rows is None:
            return Reply({"error": "not found"}, status=404)
        return link_page(call, rows, self.page_size)

    def _rows(self, call: Call) -> list[Row] | None:
        match call.path.strip("/").split("/"):
            case ["authors"]:
                return self.authors
            case ["books", book, "reviews"]:
                return self.reviews.get(book)
            case ["loans"]:
                after = call.query.get("updated_after", "")
                return [row for row in self.loans if row["updated_at"] > after]
            case ["shelves", shelf]:
                return self.shelves.get(shelf)
        return None
