"""The dead letter: rejected records with the reason, as valid Singer messages to be corrected.

The file is valid input of the target. During a run new entries go to ``<path>.partial``, each
flushed to the disk. At the end they are merged into the file; entries whose lead has been delivered
since they were written, or rejected again, are dropped. So a run may read the file that it writes,
and a replay empties it.

A pipe or a device cannot be rewritten: new entries are written to it, and nothing else.
"""

from __future__ import annotations

import os
import threading
import typing as t
from collections import Counter
from contextlib import contextmanager

import msgspec.json

from target_miimosa_leads._kit.errors import ConfigError, KitError
from target_miimosa_leads._kit.private_files import (
    ForeignPathError,
    check_ours,
    is_stream,
    open_private,
    open_stream,
    real_path,
    write_private,
)
from target_miimosa_leads.outputs.entries import (
    EXTRA,
    JOURNAL_ID,
    LEAD_ID,
    REASON,
    REJECTED_AT,
    Entry,
    build_note,
    find_entry,
    is_dead_letter,
    merge,
    read_messages,
)
from target_miimosa_leads.timestamps import format_now

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from target_miimosa_leads.leads.offer import Origin

_encoder = msgspec.json.Encoder(decimal_format="number")


class DeadLetter:
    """The file of rejected records.

    Args:
        path: Where it is; the file exists only while there are rejected records.
        journal_id: The journal whose leads are added and settled.

    Raises:
        ConfigError: If something else is there.
    """

    def __init__(self, path: Path, journal_id: str) -> None:
        """Merge what a killed run left behind."""
        self._is_stream = is_stream(path)
        self._path = path if self._is_stream else real_path(path)
        self._journal_id = journal_id
        self._partial = self._path.with_name(self._path.name + ".partial")
        self._lock = threading.Lock()
        self._file: t.BinaryIO | None = None
        self._schemas: dict[str, t.Any] = {}
        self._settled: set[Entry] = set()
        # What this run has rejected and not settled since: which rows of the source, how often.
        self._rejected: dict[Entry, Counter[tuple[str, ...]]] = {}
        if not self._is_stream and self._check(path):
            self._merge()

    def _check(self, given: Path) -> bool:
        """Refuse what is not a dead letter; return whether a killed run left something behind."""
        try:
            # What /dev/stdout and the like lead to is empty at first, and still not ours.
            if check_ours(self._path, is_dead_letter) and given.is_symlink():
                _check_filled(given)
            return check_ours(self._partial, is_dead_letter)
        except ForeignPathError as error:
            raise ConfigError(
                f"Setting 'dead_letter_path' cannot be used: {error.filename} {error.strerror}. "
                "It must name a file that only this target writes."
            ) from None
        except OSError as error:
            raise ConfigError(
                f"Setting 'dead_letter_path' cannot be used: {error.strerror}."
            ) from None

    def add(self, lead_id: int, origin: Origin, reason: str) -> None:
        """Write a rejected record; it is on the disk when this returns."""
        schema = dict(origin.schema)
        schema["properties"] = {**schema.get("properties", {}), **EXTRA}
        announcement = {
            "type": "SCHEMA",
            "stream": origin.stream,
            "schema": schema,
            "key_properties": origin.key_properties,
        }
        note = {
            REASON: reason,
            REJECTED_AT: format_now(),
            LEAD_ID: lead_id,
            JOURNAL_ID: self._journal_id,
        }
        record = {"type": "RECORD", "stream": origin.stream, "record": origin.record | note}
        with self._lock:
            if self._schemas.get(origin.stream) == announcement:
                self._write(record)
            else:
                self._write(announcement, record)
                self._schemas[origin.stream] = announcement
            entry = Entry(self._journal_id, lead_id)
            self._rejected.setdefault(entry, Counter())[origin.row] += 1

    def _write(self, *messages: dict[str, t.Any]) -> None:
        with self._writing():
            if self._file is None:
                self._file = self._open()
            self._file.writelines(_encoder.encode(message) + b"\n" for message in messages)
            self._file.flush()
            if not self._is_stream:
                os.fsync(self._file.fileno())

    def _open(self) -> t.BinaryIO:
        if self._is_stream:
            return os.fdopen(open_stream(self._path), "wb")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.fdopen(open_private(self._partial, flags, is_dead_letter), "ab")

    def settle(self, lead_id: int) -> int:
        """Drop the entry of a lead that has been delivered or erased, if there is one.

        What is rejected of the lead after this stays: it is newer.

        Args:
            lead_id: Its id in this journal.

        Returns:
            How many records of this run were rejected for that entry.
        """
        entry = Entry(self._journal_id, lead_id)
        self._settled.add(entry)
        with self._lock:
            return self._settle_new(entry)

    def supersede(self, lead_id: int, origin: Origin) -> int:
        """Drop what this run has rejected of a lead, if it was the same row of the source.

        Another row may be the same lead, too, and what comes of it later is not newer.

        Args:
            lead_id: Its id in this journal.
            origin: The row as it is now: its content was delivered before.

        Returns:
            How many records of this run were rejected for that entry.
        """
        entry = Entry(self._journal_id, lead_id)
        with self._lock:
            rows = self._rejected.get(entry)
            if rows is None or rows.keys() != {origin.row}:
                return 0
            return self._settle_new(entry)

    def _settle_new(self, entry: Entry) -> int:
        rejected = self._rejected.pop(entry, None)
        if rejected is None:
            return 0
        if not self._is_stream:
            # On the disk, as the entry is: a run that is killed leaves both behind.
            self._write(build_note(entry))
        return rejected.total()

    def replace(self, record: dict[str, t.Any]) -> int | None:
        """Drop the entry that a record was read from, also one of another lead or journal.

        Mended, a record may be another lead to the journal than before.

        Returns:
            The entry's id in this journal; None if it has none.
        """
        entry = find_entry(record)
        if entry is None:
            return None
        self._settled.add(entry)
        return entry.lead_id if entry.journal_id == self._journal_id else None

    def close(self) -> None:
        """Merge the entries of this run into the file."""
        if self._file is not None:
            file, self._file = self._file, None
            # Closing writes what an earlier failure has left in the buffer.
            with self._writing():
                file.close()
        if self._is_stream:
            return
        if self._partial.exists() or (self._settled and self._path.exists()):
            self._merge()

    def count(self) -> int:
        """Return how many entries the file has; 0 for a pipe or a device."""
        if self._is_stream:
            return 0
        return sum(message.get("type") == "RECORD" for message in read_messages(self._path))

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise KitError(
                f"The dead letter {self._path} (dead_letter_path) cannot be written: "
                f"{error.strerror}. No STATE passes a rejected lead that is not in it."
            ) from None

    def _merge(self) -> None:
        with self._writing():
            self._rewrite()

    def _rewrite(self) -> None:
        check_ours(self._path, is_dead_letter)
        new = list(read_messages(self._partial))
        kept = merge(read_messages(self._path), new, self._settled)
        lines = [_encoder.encode(message).decode() for message in kept]
        if lines:
            write_private(self._path, "\n".join(lines) + "\n", is_dead_letter)
        else:
            self._path.unlink(missing_ok=True)
        self._partial.unlink(missing_ok=True)


def _check_filled(path: Path) -> None:
    if not path.stat().st_size:
        raise ForeignPathError(path, "is a symbolic link to an empty file")
