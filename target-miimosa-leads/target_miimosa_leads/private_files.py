"""Files that only their owner may read, from the moment at which they exist."""

from __future__ import annotations

import os
import typing as t

if t.TYPE_CHECKING:
    from pathlib import Path

OWNER_ONLY = 0o600


def open_private(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """Open or create a file with mode 0600 and return its descriptor."""
    descriptor = os.open(path, flags | os.O_CLOEXEC, OWNER_ONLY)
    if os.fstat(descriptor).st_mode & 0o077:
        os.fchmod(descriptor, OWNER_ONLY)
    return descriptor


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, durably: after a crash it is the old one or the new one."""
    temporary = path.with_name(path.name + ".new")
    descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
