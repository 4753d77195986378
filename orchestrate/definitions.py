"""What Dagster loads: ``dagster dev -m orchestrate.definitions``."""

from __future__ import annotations

import typing as t

import dagster as dg

from accounts.table import Table, read_table
from orchestrate import accounts, marts
from orchestrate.leads import journal
from orchestrate.places import TABLE


def define(table: Table) -> dg.Definitions:
    """Return assets, jobs and schedules.

    Args:
        table: The accounts, and the sets of marts.
    """
    assets: list[dg.AssetsDefinition] = [journal]
    jobs: list[t.Any] = [dg.define_asset_job("deliver_leads", dg.AssetSelection.assets(journal))]
    schedules: list[dg.ScheduleDefinition] = []
    for plugin, of_plugin in accounts.list_accounts(table).items():
        loaded = accounts.make_assets(plugin, of_plugin, table)
        job = accounts.make_job(accounts.name_source(plugin), loaded, of_plugin)
        assets.append(loaded)
        jobs.append(job)
        schedules += [
            accounts.make_schedule(account, job)
            for account in of_plugin.values()
            if account.schedule and account.schedule not in accounts.BY_HAND
        ]
    if table.marts:
        built = marts.make_assets(table)
        job = marts.make_job(built)
        assets.append(built)
        jobs.append(job)
        schedules += [marts.make_schedule(mart, job) for mart in table.marts if mart.schedule]
    return dg.Definitions(assets=assets, jobs=jobs, schedules=schedules)


defs = define(read_table(TABLE))
