"""Through which glasses a request sees the records: version, language, extra fields, viewer."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from sandbox.world.ulule.texts import LANGUAGES, I18n

if t.TYPE_CHECKING:
    from sandbox.wire import Record

MISSING_LEFT_OUT = "2019-11-07"


@dataclass(frozen=True)
class View:
    """`version` is empty without the header; a version is active from its own date on."""

    version: str = "2017-10-10"
    lang: str = ""
    extra: frozenset[str] = frozenset()
    viewer: Record | None = None
    staff: bool = False

    def at_least(self, version: str) -> bool:
        """Whether the changes of a version are active."""
        return self.version >= version

    def text(self, value: I18n, main: str) -> dict[str, str]:
        """Cut a text down to the languages of the answer."""
        if self.lang == "all":
            languages: tuple[str, ...] = LANGUAGES
        else:
            languages = (main, self.lang) if self.lang else (main,)
        found = {lang: value.get(lang, "") for lang in languages}
        if self.at_least(MISSING_LEFT_OUT):
            return {lang: text for lang, text in found.items() if text}
        return found
