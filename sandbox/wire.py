"""What an API of the sandbox is given and what it answers, free of any web framework."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, urlencode

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sandbox.options import Options

Record = dict[str, t.Any]
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Call:
    """One request: `path` is what follows the API's prefix, `base` the address of that prefix."""

    method: str
    path: str
    query_string: str
    headers: Mapping[str, str]
    body: bytes
    base: str
    peer: str

    @cached_property
    def pairs(self) -> Pairs:
        """The query parameters in the order of the request, decoded."""
        return parse_qsl(self.query_string, keep_blank_values=True)

    @cached_property
    def query(self) -> dict[str, str]:
        """The query parameters by name; of a repeated one the last value counts."""
        return dict(self.pairs)

    @property
    def authorization(self) -> str:
        """The Authorization header, empty when absent."""
        return self.headers.get("Authorization", "").strip()

    def json(self) -> t.Any:  # noqa: ANN401 - JSON is anything
        """The body as JSON.

        Raises:
            ValueError: the body is not JSON in UTF-8.
        """
        return json.loads(self.body.decode("utf-8"))


@dataclass
class Reply:
    """One answer, with what the statistics want to know about it."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    template: str = ""
    served: list[tuple[str, list[str]]] = field(default_factory=list)

    @classmethod
    def of(cls, value: object, status: int = 200, *, kind: str = "application/json") -> Reply:
        """Answer with a JSON body."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(status=status, body=body, content_type=f"{kind}; charset=utf-8")

    def on(self, template: str) -> Reply:
        """Name the path template that was answered, for the statistics."""
        self.template = template
        return self

    def having_served(self, stream: str, keys: Iterable[str]) -> Reply:
        """Note which records of a stream this answer carries."""
        self.served.append((stream, list(keys)))
        return self


@dataclass(frozen=True)
class Budget:
    """What the limiter knew when a request arrived; `reset_in` is in seconds."""

    allowed: bool
    limit: int = 0
    remaining: int = 0
    reset_in: float = 0.0


class Api(t.Protocol):
    """One of the four APIs."""

    name: str
    prefix: str

    def records(self, stream: str) -> tuple[Sequence[str], list[Record]] | None:
        """The key and all records of a stream as served now, hidden ones too; None: not served."""

    def credential(self, call: Call) -> str:
        """Name whom the request counts against."""

    def answer(self, call: Call, options: Options) -> Reply:
        """Serve the request."""

    def refuse(self, call: Call) -> Reply:
        """Answer a request beyond the limits."""

    def mark(self, reply: Reply, budget: Budget, options: Options) -> None:
        """Add the headers that tell the client about its limits."""


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """Encode query parameters as the APIs do (a space becomes `+`)."""
    return urlencode(list(pairs))


def key_text(parts: Iterable[object]) -> str:
    """Write a record's key as text, for the list of what was served."""
    return "|".join("" if part is None else str(part) for part in parts)
