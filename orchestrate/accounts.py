"""One asset for each group of streams, partitioned by account; one run loads an account."""

# No annotations as texts: Dagster reads them.

import json
import typing as t
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import dagster as dg
import yaml
from dagster import AssetExecutionContext

from accounts.project import OUTPUT, render
from accounts.table import Account, Table
from orchestrate.places import PROJECT
from orchestrate.retries import raise_failure
from orchestrate.runs import Outcome, run_jobs

API_KEY = "api_key"
"""Tag of the runs that the API counts together; `dagster.yaml` limits them."""
# What Meltano does not start by itself.
BY_HAND = {"@once", "@manual", "@none"}


@cache
def read_groups() -> dict[str, dict[str, list[str]]]:
    """Return the streams of each group, by plugin."""
    text = Path(__file__).with_name("groups.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return found


def name_source(plugin: str) -> str:
    """Return what the assets of a plugin's streams begin with: moco, ulule and so on."""
    return plugin.removeprefix("tap-")


def find_group(plugin: str, stream: str) -> str:
    """Return the group of a stream."""
    groups = read_groups()[plugin]
    return next(group for group, streams in groups.items() if stream in streams)


def list_accounts(table: Table) -> dict[str, dict[str, Account]]:
    """Return the accounts by plugin and name."""
    found: dict[str, dict[str, Account]] = {}
    for account in table.accounts:
        found.setdefault(account.plugin, {})[account.name] = account
    return found


def make_assets(plugin: str, accounts: Mapping[str, Account], table: Table) -> dg.AssetsDefinition:
    """Return the assets of a plugin.

    Args:
        plugin: The tap.
        accounts: Its accounts by name.
        table: All accounts.
    """
    source, groups = name_source(plugin), read_groups()[plugin]
    specs = [
        dg.AssetSpec(
            [source, group],
            # A group of which an account selects nothing has nothing to show.
            skippable=True,
            group_name=source,
            kinds={"meltano", "postgres"},
            description=f"Tables: {', '.join(streams)}.",
        )
        for group, streams in groups.items()
    ]
    partitions = dg.StaticPartitionsDefinition(list(accounts))

    @dg.multi_asset(specs=specs, name=source, partitions_def=partitions, can_subset=True)
    def load(context: AssetExecutionContext) -> Iterator[dg.MaterializeResult[t.Any]]:
        account = accounts[context.partition_key]
        wanted = {key.path[-1] for key in context.selected_asset_keys}
        check_generated(table)
        outcome = run_jobs(
            [account.job],
            {plugin: PROJECT / account.summary},
            {} if wanted == groups.keys() else _select(account, wanted),
        )
        if not outcome.done:
            raise_failure(outcome)
        for group in sorted(wanted):
            yield from _tell(source, group, outcome)

    return load


def check_generated(table: Table) -> None:
    """Check that Meltano knows the accounts as they are in the table.

    Raises:
        dagster.Failure: It does not.
    """
    path = PROJECT / OUTPUT
    if not path.is_file() or path.read_text(encoding="utf-8") != render(table):
        description = f"{OUTPUT} is not made of the table: python -m accounts"
        raise dg.Failure(description, allow_retries=False)


def _select(account: Account, groups: set[str]) -> dict[str, str]:
    """Return the variable by which Meltano leaves out all other groups."""
    names = read_groups()[account.plugin]
    streams = [stream for group in sorted(groups) for stream in names[group]]
    variable = f"{account.extractor}__select_filter".upper().replace("-", "_")
    return {variable: json.dumps(streams)}


def _tell(source: str, group: str, outcome: Outcome) -> Iterator[dg.MaterializeResult[t.Any]]:
    """Yield the materialization of a group, if any of its streams was read."""
    streams = read_groups()[f"tap-{source}"][group]
    told = {name: told for name, told in outcome.streams.items() if name in streams}
    if told:
        yield dg.MaterializeResult(
            asset_key=[source, group],
            metadata={
                "records": sum(each["records"] for each in told.values()),
                "requests": sum(each["requests"] for each in told.values()),
                "streams": dg.MetadataValue.json(told),
                **outcome.metadata(),
            },
        )


def make_job(source: str, assets: dg.AssetsDefinition, accounts: Mapping[str, Account]) -> t.Any:  # noqa: ANN401 - a type of a private module of Dagster
    """Return the job that loads accounts of a plugin; its runs say whose requests they count to."""
    partitions = assets.partitions_def
    config = dg.PartitionedConfig(
        partitions_def=t.cast("t.Any", partitions),
        run_config_for_partition_key_fn=lambda _: {},
        tags_for_partition_key_fn=lambda name: {API_KEY: accounts[name].key},
    )
    return dg.define_asset_job(
        f"load_{source}", dg.AssetSelection.assets(assets), config=config, partitions_def=partitions
    )


def make_schedule(account: Account, job: t.Any) -> dg.ScheduleDefinition:  # noqa: ANN401 - as above
    """Return the schedule of an account, which is switched on in Dagster."""

    @dg.schedule(
        job=job,
        name=account.job.replace("-", "_"),
        cron_schedule=str(account.schedule),
        description=f"Loads {account.name} ({account.plugin}).",
    )
    def ask() -> dg.RunRequest:
        return dg.RunRequest(partition_key=account.name, tags={API_KEY: account.key})

    return ask
