"""Kubernetes manifests of the table of accounts: ``python -m deploy.accounts > …/accounts.yaml``.

One CronJob for each account with a schedule, like that of the job `warehouse` but for name,
schedule and job; and a ConfigMap with `accounts.meltano.yml`, which all of them see in the project.
Secrets are looked up in the secret `connectors`, by the names that the table has.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
import typing as t
from pathlib import Path

import yaml
from meltano.core.schedule import CRON_INTERVALS

from accounts.checks import check_settings
from accounts.project import render
from accounts.table import TableError, read_table

if t.TYPE_CHECKING:
    from accounts.table import Account, Table

TEMPLATE = Path(__file__).parent / "kubernetes" / "warehouse-cronjob.yaml"
PROJECT_FILE = "accounts.meltano.yml"
NAME = re.compile(r"[a-z][a-z0-9-]{0,50}[a-z0-9]")
"""Of a CronJob: it and the number of a run are the name of a pod."""
Manifest = dict[str, t.Any]


def manifests(table: Table) -> list[Manifest]:
    """Return a ConfigMap and CronJobs; accounts without a schedule have none.

    Raises:
        TableError: A name that is none in Kubernetes.
    """
    template = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    config: Manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "accounts"},
        "data": {PROJECT_FILE: render(table)},
    }
    # Some of Meltano's aliases, such as @manual, stand for nothing.
    scheduled = [
        (account, schedule)
        for account in table.accounts
        if account.schedule and (schedule := CRON_INTERVALS.get(account.schedule, account.schedule))
    ]
    wrong = [account.name for account, _ in scheduled if not NAME.fullmatch(_name(account))]
    if wrong:
        form = "must have 44 characters at most for a CronJob, and end in a letter or digit."
        raise TableError([f"account '{name}': The name {form}" for name in wrong])
    return [config, *(_define_cronjob(template, *each) for each in scheduled)]


def _name(account: Account) -> str:
    """Names in Kubernetes have no underscores."""
    return account.job.replace("_", "-")


def _define_cronjob(template: Manifest, account: Account, schedule: str) -> Manifest:
    found = copy.deepcopy(template)
    found["metadata"]["name"] = _name(account)
    found["spec"]["schedule"] = schedule
    pod = found["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    container["args"] = [account.job]
    container["volumeMounts"].append(
        {"name": "accounts", "mountPath": f"/project/{PROJECT_FILE}", "subPath": PROJECT_FILE}
    )
    pod["volumes"].append({"name": "accounts", "configMap": {"name": "accounts"}})
    return found


def main() -> int:
    """Print the manifests; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.accounts", description=__doc__)
    parser.add_argument("--table", type=Path, default=Path("accounts.yml"), help="the table")
    given = parser.parse_args()
    try:
        table = read_table(given.table)
        check_settings(table, str(given.table))
        found = manifests(table)
    except TableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"# Made by `python -m deploy.accounts` from {given.table}.\n")
    yaml.safe_dump_all(found, sys.stdout, sort_keys=False, width=100)
    return 0


if __name__ == "__main__":
    sys.exit(main())
