"""The table of accounts, ``accounts.yml``, and its form.

Needs nothing but PyYAML, so that other environments can read the table, too. Whether the settings
are those of the plugins is the business of :mod:`accounts.checks`.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import yaml

from accounts.marts import Mart, parse_marts
from accounts.names import NAME_FORM, is_name, is_texts

if t.TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PLUGINS = ("tap-moco", "tap-ulule", "tap-miimosa", "tap-micropledge")
DEFAULT_LOADER = "target-postgres"
FIELDS = ("name", "plugin", "config", "secrets", "select", "schema", "schedule", "budget")
MEMBERS = {"accounts", "loader", "marts"}
FOLDER = Path(".meltano") / "accounts"
"""Where budgets and run summaries are, below the Meltano project."""
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Who is counted by a limit. MOCO does not say whether keys of one domain are counted together.
COUNTED_BY = {
    "tap-moco": ("domain", "api_url"),
    "tap-ulule": ("api_url", "api_key", "username", "client_id", "refresh_token", "access_token"),
    "tap-miimosa": ("api_url", "api_key"),
    "tap-micropledge": ("api_url",),
}


class TableError(Exception):
    """The table is wrong.

    Attributes:
        messages: One line per mistake; each names account and field, and no value of a setting.
    """

    def __init__(self, messages: list[str]) -> None:
        """Hold all mistakes that were found."""
        super().__init__("\n".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Account:
    """One row of the table.

    Attributes:
        name: Of the account, unique in the table.
        plugin: Name of the tap.
        config: Its settings that are no secrets; ``$NAME`` in a text is Meltano's to expand.
        secrets: For each other setting the name of the environment variable that holds it.
        select: Rules of Meltano; None for those of the plugin in ``meltano.yml``.
        schema: Where the loader puts the tables.
        schedule: A cron expression or an alias of Meltano's; None if it has none.
        budget: File or URL of its own budget; None for that of all who are counted together.
    """

    name: str
    plugin: str
    config: Mapping[str, t.Any]
    secrets: Mapping[str, str]
    select: tuple[str, ...] | None
    schema: str
    schedule: str | None
    budget: str | None

    @property
    def extractor(self) -> str:
        """Name of its plugin in Meltano, which gives it a catalog and a state of its own."""
        return f"{self.plugin}--{self.name}"

    @property
    def job(self) -> str:
        """Name of its job, and of its schedule."""
        return f"account-{self.name}"

    @property
    def key(self) -> str:
        """Whose requests the API counts together: the same for all accounts with one key."""
        parts = [self.plugin]
        for setting in COUNTED_BY[self.plugin]:
            parts += [setting, str(self.config.get(setting)), str(self.secrets.get(setting))]
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"{self.plugin.removeprefix('tap-')}-{digest[:10]}"

    @property
    def summary(self) -> Path:
        """File of its run summary, below the Meltano project."""
        return FOLDER / f"{self.name}.summary.json"


@dataclass(frozen=True)
class Table:
    """All accounts, and the loader that they share.

    Attributes:
        loader: Name of a loader in ``meltano.yml``.
        accounts: In the order of the file.
        marts: Sets of models that are made of them.
    """

    loader: str
    accounts: tuple[Account, ...]
    marts: tuple[Mart, ...] = ()

    def loader_of(self, account: Account) -> str:
        """Return the name of an account's loader: it, too, keeps files by its name."""
        return f"{self.loader}--{account.name}"


def read_table(path: Path) -> Table:
    """Return the table in a file.

    Raises:
        TableError: It cannot be read, or has another form.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TableError([f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise TableError([f"{path} is not UTF-8."]) from None
    except yaml.YAMLError as error:
        # Its own text quotes the file.
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise TableError([f"{path}{where}: not valid YAML."]) from None
    return parse_table(data, str(path))


def parse_table(data: object, where: str) -> Table:
    """Return the table that the contents of a file are.

    Args:
        data: What YAML has made of it.
        where: The file, for messages.

    Raises:
        TableError: It has another form.
    """
    if not isinstance(data, dict) or not isinstance(data.get("accounts"), list):
        raise TableError([f"{where}: 'accounts' must be a list."])
    messages = [
        f"{where}: '{name}' is not known." for name in data.keys() - {"accounts", "loader", "marts"}
    ]
    loader = data.get("loader", DEFAULT_LOADER)
    if not isinstance(loader, str) or not loader:
        messages.append(f"{where}: 'loader' must be the name of a loader in meltano.yml.")
    accounts: list[Account] = []
    for number, entry in enumerate(data["accounts"]):
        place = _name_place(entry, number, where)
        found = list(_find_mistakes(entry))
        messages += [f"{place}: {message}" for message in found]
        if not found:
            account = _make(entry)
            messages += [f"{place}: {message}" for message in _find_clashes(account, accounts)]
            accounts.append(account)
    # What is wrong with an account says so itself: its marts are not told, too.
    plugins = {name: plugin for name, plugin in map(_name_and_plugin, data["accounts"]) if name}
    marts, mistakes = parse_marts(data.get("marts", []), plugins, where)
    if messages or mistakes:
        raise TableError([*messages, *mistakes])
    return Table(loader, tuple(accounts), marts)


def _name_and_plugin(entry: object) -> tuple[str, str]:
    found = entry if isinstance(entry, dict) else {}
    return str(found.get("name", "")), str(found.get("plugin", ""))


def _name_place(entry: object, number: int, where: str) -> str:
    name = entry.get("name") if isinstance(entry, dict) else None
    if is_name(name):
        return f"{where}: account '{name}'"
    return f"{where}: accounts[{number}]"


def _make(entry: dict[str, t.Any]) -> Account:
    select = entry.get("select")
    return Account(
        name=entry["name"],
        plugin=entry["plugin"],
        config={k: v for k, v in (entry.get("config") or {}).items() if v is not None},
        secrets=entry.get("secrets") or {},
        select=tuple(select) if select is not None else None,
        schema=entry.get("schema") or entry["name"],
        schedule=entry.get("schedule"),
        budget=entry.get("budget"),
    )


def _find_mistakes(entry: object) -> Iterator[str]:
    """Yield a message for each field that has another form than it should."""
    if not isinstance(entry, dict):
        yield "must be an object with 'name' and 'plugin'."
        return
    for field in entry:
        if field not in FIELDS:
            yield f"'{field}' is not known; there are {', '.join(FIELDS)}."
    yield from _find_wrong_texts(entry)
    if entry.get("select") is not None and not is_texts(entry["select"]):
        yield "'select' must be a list of rules, such as [contacts.*]."
    yield from _find_wrong_maps(entry)


def _find_wrong_texts(entry: dict[str, t.Any]) -> Iterator[str]:
    if entry.get("plugin") not in PLUGINS:
        yield f"'plugin' must be one of: {', '.join(PLUGINS)}."
    if not is_name(entry.get("name")):
        yield f"'name' must be {NAME_FORM}."
    if entry.get("schema") is not None and not is_name(entry["schema"]):
        yield f"'schema' must be {NAME_FORM}."
    for field in ("schedule", "budget"):
        if entry.get(field) is not None and not isinstance(entry[field], str):
            yield f"'{field}' must be text."
    if _has_password(entry.get("budget")):
        yield "'budget' has a password: name a variable for 'budget_path' in 'secrets' instead."


def _has_password(budget: object) -> bool:
    """Tell whether a URL has a password that does not come from the environment."""
    if not isinstance(budget, str):
        return False
    try:
        parts = urlsplit(budget)
        passwords = [parts.password, *parse_qs(parts.query).get("password", [])]
    except ValueError:
        return False
    return any(each and not each.startswith("$") for each in passwords)


def _find_wrong_maps(entry: dict[str, t.Any]) -> Iterator[str]:
    config, secrets = entry.get("config") or {}, entry.get("secrets") or {}
    if not isinstance(config, dict) or not all(isinstance(name, str) for name in config):
        yield "'config' must be an object of settings."
        config = {}
    if not isinstance(secrets, dict):
        yield "'secrets' must be an object: setting, and name of its environment variable."
        return
    for setting, variable in secrets.items():
        if not isinstance(variable, str) or not VARIABLE.fullmatch(variable):
            yield f"'secrets.{setting}' must be the name of an environment variable."
        if setting in config:
            yield f"'{setting}' is in 'config' and in 'secrets'."


def _find_clashes(account: Account, others: list[Account]) -> Iterator[str]:
    """Yield a message for each thing that an account must not share with one before it."""
    for other in others:
        if other.name == account.name:
            yield "there is another account of this name."
        elif other.schema == account.schema and other.key != account.key:
            yield f"account '{other.name}' has the same 'schema', and would fill the same tables."
