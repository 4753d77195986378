"""The part of a Meltano project that the accounts are: ``accounts.meltano.yml``."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from accounts.table import FOLDER

if t.TYPE_CHECKING:
    from accounts.table import Account, Table

OUTPUT = "accounts.meltano.yml"
HEADER = "# Made by `python -m accounts` from the table of accounts: change that, not this.\n"
Record = dict[str, t.Any]


def render(table: Table) -> str:
    """Return the text of the file that `include_paths` of ``meltano.yml`` names."""
    accounts = table.accounts
    project = {
        "plugins": {
            "extractors": [_define_extractor(account) for account in accounts],
            "loaders": [
                {"name": table.loader_of(account), "inherit_from": table.loader}
                for account in accounts
            ],
        },
        "jobs": [
            {"name": account.job, "tasks": [f"{account.extractor} {table.loader_of(account)}"]}
            for account in accounts
        ],
        "schedules": [
            {"name": account.job, "interval": account.schedule, "job": account.job}
            for account in accounts
            if account.schedule
        ],
    }
    text: str = yaml.safe_dump(project, sort_keys=False, allow_unicode=True, width=100)
    return HEADER + text


def _define_extractor(account: Account) -> Record:
    root = Path("${MELTANO_PROJECT_ROOT}")
    found: Record = {
        "name": account.extractor,
        "inherit_from": account.plugin,
        "load_schema": account.schema,
        "config": {
            **account.config,
            "summary_path": str(root / account.summary),
            "budget_path": account.budget or str(root / FOLDER / f"{account.key}.budget.db"),
            **{setting: f"${{{variable}}}" for setting, variable in account.secrets.items()},
        },
    }
    if account.select is not None:
        found["select"] = list(account.select)
    return found
