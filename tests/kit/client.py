"""A session on one server, with all that belongs to it."""

from __future__ import annotations

import typing as t

import requests

from singer_kit.http.budget import Budget, Window
from singer_kit.http.session import ApiSession
from singer_kit.runtime.summary import RunSummary

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from singer_kit.http.answer import Answer

    NewClient = Callable[..., "Client"]


class Client:
    """An ApiSession with all that belongs to it, on one server."""

    def __init__(
        self,
        url: str,
        *,
        windows: Iterable[Window] = (),
        max_wait: float = 10.0,
        timeout: float = 5.0,
        retry_seconds: float = 5.0,
    ) -> None:
        self.url = url
        self.summary = RunSummary()
        self.budget = Budget(windows, max_wait=max_wait)
        self.session = ApiSession(
            [url],
            budget=self.budget,
            timeout=timeout,
            is_stopping=lambda: False,
            log=self.summary,
            retry_seconds=retry_seconds,
            concurrency=8,
        )

    def get(self, target: str, **headers: str) -> Answer:
        """Fetch a path of the server, or a whole URL."""
        url = target if target.startswith("http") else self.url + target
        request = requests.Request("GET", url, headers=headers).prepare()
        return self.session.fetch(request, stream="things")
