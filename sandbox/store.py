"""What a sandbox needs to be the same world after a restart, as JSON lines in one file.

Leads and advances are on disk before they are answered; a last line torn by a kill is dropped.
"""

from __future__ import annotations

import json
import os
import typing as t

if t.TYPE_CHECKING:
    from pathlib import Path

    from sandbox.wire import Record


class StoreError(Exception):
    """The file holds something else than a sandbox's store, or another world."""


class Store:
    """An append-only file of events, each a JSON object with a `kind`."""

    def __init__(self, path: Path) -> None:
        """Open the file, read its events and cut off a torn last line.

        Raises:
            StoreError: a line that is not the last one cannot be read.
        """
        self.path = path
        self.events: list[Record] = []
        raw = path.read_bytes() if path.exists() else b""
        whole, newline, _torn = raw.rpartition(b"\n")
        for number, line in enumerate(whole.split(b"\n") if newline else (), start=1):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if not isinstance(event, dict) or "kind" not in event:
                raise StoreError(f"--store: line {number} of {path} is not an event of a sandbox")
            self.events.append(event)
        self._file = path.open("ab")
        self._file.truncate(len(whole) + len(newline))
        self._file.seek(0, os.SEEK_END)

    def append(self, event: Record, *, durable: bool) -> None:
        """Write an event; a durable one survives a power cut, the others a kill."""
        self._file.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        if durable:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
