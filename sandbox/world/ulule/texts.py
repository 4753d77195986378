"""Texts in several languages, and numbers of the platform that several modules share."""

from __future__ import annotations

LANGUAGES = ("en", "fr", "ca", "de", "it", "es", "nl", "pt")
"""The languages that `lang` may name."""


class I18n(dict[str, str]):
    """A text by language code, not yet cut down to the languages of an answer."""


VALID = ("awaiting-confirmation", "payment-completed", "payment-done", "shipped")
"""The orders that a list holds when no status is asked for. Assumed: no document defines them."""
