"""Searches all that the programs under test write for credentials and personal data of the tests.

What tests read of a program passes one of three places, and is searched there: what a process
leaves in its pipes (:class:`SearchedPopen`), what a run in the tests' own process says
(:class:`tests.harness.run.Run`), and files in a test's folder. What is found fails the test.

RECORD messages may hold personal data, and so may all of standard output in a test that has the
mark ``prints_data``, which says what prints it. Credentials may be nowhere but in what a program is
given, and in the file of its tokens, which are no files that are searched.
"""

from __future__ import annotations

import base64
import re
import subprocess
import typing as t
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.apis import miimosa
from sandbox.apis.moco import api as moco
from sandbox.apis.ulule import auth as ulule

if t.TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SECRETS = (
    moco.KEY, moco.READONLY_KEY, moco.PASSWORD,
    ulule.KEY, ulule.STAFF_KEY, ulule.PASSWORD, ulule.CLIENT_SECRET,
    miimosa.KEY,
)  # fmt: skip
_BEGINNING = "sandbox-"
_HOSTS = r"(?:@|%40)example\.(?:org|net)"
# Of a range reserved for fiction, as the sandbox's people have them, and as the tests' leads.
_PHONES = r"\+33[ .]?6[ .]?39[ .]?98|\+49[ ]?171[ ]?39200|\b0600\d{6}\b"
_BIRTH_DATES = r"(?:19[5-9]\d|200[01])-\d\d-\d\d(?!\d)"
# An access token of the sandbox.
_TOKEN = r"-[0-9a-f]{32}\b"
# As taps write them, and as Meltano repeats them in its log.
_RECORD = re.compile(r'\{\\?"type\\?": ?\\?"RECORD.*')
# What programs write beside their messages: searched for all.
_TOLD = re.compile(r"summary.*\.json|budget.*|.*\.log|log|err|.*\.state\.json")
# What holds leads, or those that could not be delivered: searched for credentials.
_KEPT = re.compile(r"journal.*|dead-?letter.*")
_MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Leak:
    """Something that was let out.

    Attributes:
        where: By which way.
        what: The value, and what stands around it.
        may_be_meant: It is personal data on standard output.
    """

    where: str
    what: str
    may_be_meant: bool


_found: list[Leak] = []


def _spell(secret: str) -> Iterator[str]:
    """Yield a secret in its spellings, percent-encoding aside, without what depends on the rest."""
    data = secret.encode()
    yield from (secret, data.hex())
    # At any place within what was encoded: the characters at both ends depend on its neighbours.
    for offset in range(3):
        encoded = base64.b64encode(bytes(offset) + data).decode().rstrip("=")
        yield encoded[4 if offset else 0 : -2]


class _Values:
    """Values that are searched in long texts.

    Args:
        needles: Texts of which a value has one, for a look that costs little; all of them if empty.
        pattern: What the values are.
    """

    def __init__(self, needles: Iterable[str], pattern: str) -> None:
        self._needles = list(needles)
        self._pattern = re.compile(pattern)

    def find(self, text: str) -> re.Match[str] | None:
        if self._needles and not any(needle in text for needle in self._needles):
            return None
        return self._pattern.search(text)


# Without its end, as where it was cut.
_CREDENTIALS = [
    _Values(_spell(_BEGINNING), "|".join(re.escape(f) for s in SECRETS for f in _spell(s[:-2]))),
    _Values([], _TOKEN),
]
_PERSONAL = [
    _Values(["@example.", "%40example."], _HOSTS),
    _Values(["39 98", "3998", "39.98", "39200", "0600"], _PHONES),
    _Values([], _BIRTH_DATES),
]


def search(text: str, wanted: Iterable[_Values]) -> str | None:
    """Return the first value in a text, percent-encoded or not, with what stands around it."""
    for spelling in [text, unquote(text)] if "%" in text else [text]:
        for values in wanted:
            if match := values.find(spelling):
                around = spelling[max(0, match.start() - 100) : match.end() + 60]
                return f"{match[0]!r} in {around!r}"
    return None


def note(
    where: str, text: str | bytes | None, *, personal: bool = True, may_be_meant: bool = False
) -> None:
    """Keep what a text holds that it should not, for the end of the test.

    Args:
        where: What it is.
        text: It.
        personal: Search for personal data, too, but in RECORD messages.
        may_be_meant: Personal data may be there in tests that say so.
    """
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text or ""
    if what := search(text, _CREDENTIALS):
        _found.append(Leak(where, what, may_be_meant=False))
    if personal and (what := search(_RECORD.sub("", text), _PERSONAL)):
        _found.append(Leak(where, what, may_be_meant))


def note_files(folder: Path) -> None:
    """Do so for the files in a test's folder that programs write by themselves."""
    for path in folder.rglob("*"):
        told = _TOLD.fullmatch(path.name)
        # What still runs may take a file away.
        with suppress(OSError):
            if (told or _KEPT.fullmatch(path.name)) and 0 < path.stat().st_size <= _MOST_BYTES:
                where = str(path.relative_to(folder))
                note(where, path.read_bytes() if path.is_file() else b"", personal=bool(told))


class SearchedPopen(subprocess.Popen[t.Any]):
    """A process whose pipes are searched when they are read to their end.

    But for modules of the tests, which hand on what is in a warehouse.
    """

    def communicate(self, *args: t.Any, **kwargs: t.Any) -> tuple[t.Any, t.Any]:  # noqa: ANN401
        out, log = super().communicate(*args, **kwargs)
        arguments = self.args if isinstance(self.args, (list, tuple)) else [self.args]
        if not any(str(each).startswith("tests.") for each in arguments):
            note(f"standard output of {self.args!r}", out, may_be_meant=True)
            note(f"standard error of {self.args!r}", log)
        return out, log


def take(*, prints_data: bool) -> list[str]:
    """Return what was let out since the last time.

    Args:
        prints_data: Personal data on standard output are meant.
    """
    leaks, _found[:] = list(dict.fromkeys(_found)), []
    return [
        f"{leak.where}: {leak.what}" for leak in leaks if not (prints_data and leak.may_be_meant)
    ]
