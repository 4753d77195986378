"""Which accounts the models of ``transform/`` are made of, for whom."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from accounts.names import NAME_FORM, is_name, is_texts

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIELDS = ("name", "accounts", "leads", "schedule")


@dataclass(frozen=True)
class Mart:
    """One set of marts.

    Attributes:
        name: Schema of the marts; that of the staging models is the same with ``_staging``.
        accounts: Names of the accounts whose tables are read, one of each plugin at most.
        leads: Whether the journal of leads is read, too.
        schedule: A cron expression; None if they are made by hand.
    """

    name: str
    accounts: tuple[str, ...]
    leads: bool
    schedule: str | None


def parse_marts(
    entries: object, plugins: Mapping[str, str], where: str
) -> tuple[tuple[Mart, ...], list[str]]:
    """Return the sets of marts of a table, and one message per mistake.

    Args:
        entries: The member ``marts`` of the table.
        plugins: The plugin of each account.
        where: The file, for messages.
    """
    if not isinstance(entries, list):
        return (), [f"{where}: 'marts' must be a list."]
    marts, messages = [], []
    for number, entry in enumerate(entries):
        found = list(_find_mistakes(entry, plugins))
        messages += [f"{where}: marts[{number}]: {message}" for message in found]
        if not found:
            leads, schedule = bool(entry.get("leads")), entry.get("schedule")
            marts.append(Mart(entry["name"], tuple(entry["accounts"]), leads, schedule))
    if len({mart.name for mart in marts}) < len(marts):
        messages.append(f"{where}: two entries of 'marts' have the same 'name'.")
    return tuple(marts), messages


def _find_mistakes(entry: object, plugins: Mapping[str, str]) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield "must be an object with 'name' and 'accounts'."
        return
    for field in entry:
        if field not in FIELDS:
            yield f"'{field}' is not known; there are {', '.join(FIELDS)}."
    if not is_name(entry.get("name")):
        yield f"'name' must be {NAME_FORM}."
    if not isinstance(entry.get("leads", False), bool):
        yield "'leads' must be true or false."
    if not isinstance(entry.get("schedule", ""), str):
        yield "'schedule' must be text."
    if not is_texts(entry.get("accounts")):
        yield "'accounts' must be a list of names."
        return
    unknown = [name for name in entry["accounts"] if name not in plugins]
    if unknown:
        yield f"'accounts' names what is no account: {', '.join(unknown)}."
    of = [plugins[name] for name in entry["accounts"] if name in plugins]
    if len(set(of)) < len(of):
        yield "'accounts' names two accounts of one plugin, whose tables are the same."
