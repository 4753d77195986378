"""Files that only their owner can read, and that never take the place of something else.

What is at a path is checked before anything is done to it. A device, a folder, a file that has a
second name or is not ours stays as it is, its mode too. Symbolic links are followed where a user
names a file, so that the link stays; the files that are put beside it are never links.
"""

from __future__ import annotations

import errno
import os
import stat
import typing as t
from contextlib import contextmanager
from pathlib import Path

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    IsOurs: t.TypeAlias = Callable[[Path], bool]

OWNER_ONLY = 0o600
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISLNK, "is a symbolic link"),
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
)


class ForeignPathError(OSError):
    """What is at a path is not a file of ours; ``strerror`` says what it is."""

    def __init__(self, path: Path, what: str) -> None:
        """Say of ``path`` what it is, as the end of a sentence."""
        super().__init__(errno.EPERM, what, str(path))


def real_path(path: Path) -> Path:
    """Return the path of what a path leads to, whether that exists or not."""
    return Path(os.path.realpath(path))


def is_stream(path: Path) -> bool:
    """Tell whether a path leads to a pipe or a terminal, the null device or the like."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISCHR(mode) or stat.S_ISFIFO(mode)


def check_ours(path: Path, is_ours: IsOurs) -> bool:
    """Return whether there is a file.

    Args:
        path: Where; not followed if it is a symbolic link.
        is_ours: Tells from its content whether a file is ours; an empty one always is.

    Raises:
        ForeignPathError: If something else is there.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    _check_kind(path, status)
    if status.st_size and not is_ours(path):
        raise ForeignPathError(path, "holds something else")
    return True


def _check_kind(path: Path, status: os.stat_result) -> None:
    for is_kind, what in _KINDS:
        if is_kind(status.st_mode):
            raise ForeignPathError(path, what)
    if status.st_nlink > 1:
        raise ForeignPathError(path, "has a second name (a hard link)")


def open_private(path: Path, flags: int, is_ours: IsOurs) -> int:
    """Open or create a file with mode 0600 and return its descriptor.

    Raises:
        ForeignPathError: If something else is there.
    """
    check_ours(path, is_ours)
    # Should it have changed since: no link is followed, no pipe waited for.
    careful = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    descriptor = os.open(path, flags | careful, OWNER_ONLY)
    try:
        status = os.fstat(descriptor)
        _check_kind(path, status)
        if status.st_mode & 0o077:
            os.fchmod(descriptor, OWNER_ONLY)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_stream(path: Path) -> int:
    """Open a pipe or a character device for writing, as it is, and return its descriptor.

    Raises:
        OSError: If nobody reads the pipe, for example.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_NOCTTY | os.O_CLOEXEC
    # A pipe that nobody reads would be waited for without end.
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor


def write_private(path: Path, text: str, is_ours: IsOurs) -> None:
    """Replace a file as a whole, durably: after a crash it is the old one or the new one.

    Raises:
        ForeignPathError: If something else is there, or where the new one is written first.
    """
    with replacing_private(path, is_ours) as replace:
        replace(text)


@contextmanager
def replacing_private(
    path: Path, is_ours: IsOurs, *, reserve: int = 0
) -> Iterator[Callable[[str], None]]:
    """Prepare to replace a file as a whole, durably, before its text is known.

    Args:
        path: The file.
        is_ours: Tells from its content whether a file is ours.
        reserve: Bytes for which there will be room on the disk.

    Yields:
        What replaces the file by a text. If it is not called, the file stays as it is.

    Raises:
        ForeignPathError: If something else is there, or where the new one is written first.
        OSError: If it cannot be written, or there is no room.
    """
    temporary = path.with_name(path.name + ".new")
    # Of a run that was killed: written, or with nothing but the room that it had reserved.
    if check_ours(temporary, lambda left: is_ours(left) or not left.read_bytes().strip()):
        temporary.unlink()
    check_ours(path, is_ours)
    descriptor = open_private(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, is_ours)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:

        def replace(text: str) -> None:
            file.write(text)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)

        try:
            file.write("\n" * reserve)
            file.flush()
            os.fsync(descriptor)
            file.seek(0)
            yield replace
        finally:
            # Still there only if it did not take its place.
            temporary.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
