"""The dead letter: rejected records with the reason, as valid Singer messages to be corrected.

The file is valid input of the target. During a run new entries go to ``<path>.partial``, each
flushed to the disk. At the end they are merged into the file; entries whose lead has been delivered
in the meantime, or rejected again, are dropped. So a run may read the file that it writes, and a
replay empties it.

A pipe or a device cannot be rewritten: new entries are written to it, and nothing else.
"""

from __future__ import annotations

import os
import threading
import typing as t
from contextlib import contextmanager
from decimal import Decimal

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
from target_miimosa_leads.leads.damage import DAMAGED
from target_miimosa_leads.timestamps import format_now

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from target_miimosa_leads.leads.offer import Origin

_FIRST_BYTES = b'{"type":"SCHEMA"'
REASON = "_sdc_dead_letter_reason"
REJECTED_AT = "_sdc_dead_letter_rejected_at"
LEAD_ID = "_sdc_dead_letter_lead_id"
JOURNAL_ID = "_sdc_dead_letter_journal_id"

_EXTRA = {
    REASON: {"type": "string"},
    REJECTED_AT: {"type": "string"},
    LEAD_ID: {"type": "integer"},
    JOURNAL_ID: {"type": "string"},
    DAMAGED: {"type": "array", "items": {"type": "string"}},
}
_TYPES = frozenset({"SCHEMA", "RECORD", "STATE"})
_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class _Entry(t.NamedTuple):
    """Which lead an entry is: ids begin at 1 again in a new journal."""

    journal_id: str
    lead_id: int


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
        self._settled: set[_Entry] = set()
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
        schema["properties"] = {**schema.get("properties", {}), **_EXTRA}
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
        with self._lock, self._writing():
            if self._file is None:
                self._file = self._open()
            if self._schemas.get(origin.stream) != announcement:
                self._file.write(_encoder.encode(announcement) + b"\n")
                self._schemas[origin.stream] = announcement
            self._file.write(_encoder.encode(record) + b"\n")
            self._file.flush()
            if not self._is_stream:
                os.fsync(self._file.fileno())

    def _open(self) -> t.BinaryIO:
        if self._is_stream:
            return os.fdopen(open_stream(self._path), "wb")
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.fdopen(open_private(self._partial, flags, is_dead_letter), "ab")

    def settle(self, lead_id: int) -> None:
        """Drop the entry of a lead that has been delivered or erased, if there is one.

        Args:
            lead_id: Its id in this journal.
        """
        self._settled.add(_Entry(self._journal_id, lead_id))

    def replace(self, record: dict[str, t.Any]) -> int | None:
        """Drop the entry that a record was read from, also one of another lead or journal.

        Mended, a record may be another lead to the journal than before.

        Returns:
            The entry's id in this journal; None if it has none.
        """
        entry = _find_entry(record)
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
        return sum(message.get("type") == "RECORD" for message in _read_messages(self._path))

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
        new = list(_read_messages(self._partial))
        gone = {_read_entry(message) for message in new} - {None} | self._settled
        old = (each for each in _read_messages(self._path) if _read_entry(each) not in gone)
        kept = _compact([*old, *_drop_superseded(new)])
        lines = [_encoder.encode(message).decode() for message in kept]
        if lines:
            write_private(self._path, "\n".join(lines) + "\n", is_dead_letter)
        else:
            self._path.unlink(missing_ok=True)
        self._partial.unlink(missing_ok=True)


def _check_filled(path: Path) -> None:
    if not path.stat().st_size:
        raise ForeignPathError(path, "is a symbolic link to an empty file")


def is_dead_letter(path: Path) -> bool:
    """Tell whether a file holds Singer messages, and some with the reason of a dead letter.

    Its last line may have been cut by a crash.
    """
    found = False
    with path.open("rb") as file:
        for line in file:
            try:
                message = _decoder.decode(line) if line.strip() else {"type": "STATE"}
            except msgspec.DecodeError:
                begins = found or line.startswith(_FIRST_BYTES[: len(line)])
                return begins and not line.endswith(b"\n")
            if not isinstance(message, dict) or message.get("type") not in _TYPES:
                return False
            found = found or _has_reason(message)
    return found


def _has_reason(message: dict[str, t.Any]) -> bool:
    schema = message.get("schema")
    members = schema.get("properties") if isinstance(schema, dict) else message.get("record")
    return isinstance(members, dict) and REASON in members


def _read_messages(path: Path) -> Iterator[dict[str, t.Any]]:
    """Yield the messages of a file; a last line that was cut by a crash is left out."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                message = _decoder.decode(line)
            except msgspec.DecodeError:
                continue
            if isinstance(message, dict):
                yield message


def _read_entry(message: dict[str, t.Any]) -> _Entry | None:
    record = message.get("record")
    if message.get("type") != "RECORD" or not isinstance(record, dict):
        return None
    return _find_entry(record)


def _find_entry(record: dict[str, t.Any]) -> _Entry | None:
    """Return which lead a record of a dead letter is; None if it does not say, so that it stays."""
    journal_id, lead_id = record.get(JOURNAL_ID), record.get(LEAD_ID)
    if isinstance(journal_id, str) and isinstance(lead_id, int):
        return _Entry(journal_id, lead_id)
    return None


def _drop_superseded(messages: list[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    """Yield the messages with only the last entry of each lead."""
    latest = {_read_entry(message): index for index, message in enumerate(messages)}
    for index, message in enumerate(messages):
        if (entry := _read_entry(message)) is None or latest[entry] == index:
            yield message


def _compact(messages: Iterable[dict[str, t.Any]]) -> Iterator[dict[str, t.Any]]:
    """Yield RECORDs, each after its SCHEMA; a SCHEMA only where it changes."""
    current: dict[str, t.Any] = {}
    written: dict[str, t.Any] = {}
    for message in messages:
        stream = message.get("stream", "")
        if message.get("type") == "SCHEMA":
            current[stream] = message
        elif message.get("type") == "RECORD":
            if stream in current and written.get(stream) != current[stream]:
                yield current[stream]
                written[stream] = current[stream]
            yield message
