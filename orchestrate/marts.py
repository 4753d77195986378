"""The models of ``transform/`` as assets below the tables, partitioned by the sets of the table."""

# No annotations as texts: Dagster reads them.

import importlib
import json
import os
import typing as t
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)

from accounts.marts import Mart
from accounts.table import Table
from orchestrate.accounts import find_group, name_source
from orchestrate.manifest import find_manifest
from orchestrate.places import DBT, DBT_TARGET, TRANSFORM

SOURCES = ("moco", "ulule", "miimosa", "micropledge")
POOL = "dbt"


class Translator(DagsterDbtTranslator):
    """Says which assets the sources of the models are."""

    def __init__(self, table: Table) -> None:
        """Keep which accounts belong to which sets of marts."""
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._table = table

    def get_asset_key(self, dbt_resource_props: Mapping[str, t.Any]) -> dg.AssetKey:
        """Return the group of streams in which a source's table is; a model is itself."""
        if dbt_resource_props["resource_type"] != "source":
            return super().get_asset_key(dbt_resource_props)
        source, table = dbt_resource_props["source_name"], dbt_resource_props["name"]
        if source not in SOURCES:
            return dg.AssetKey(["leads", "journal"])
        return dg.AssetKey([source, find_group(f"tap-{source}", table)])

    def get_partition_mapping(
        self,
        dbt_resource_props: Mapping[str, t.Any],  # noqa: ARG002 - of dagster-dbt
        dbt_parent_resource_props: Mapping[str, t.Any],
    ) -> dg.PartitionMapping | None:
        """Return which accounts a set of marts is made of."""
        source = dbt_parent_resource_props.get("source_name")
        if source not in SOURCES:
            return None
        sets: dict[str, list[str]] = {}
        for mart in self._table.marts:
            for account in self._table.accounts:
                if account.name in mart.accounts and name_source(account.plugin) == source:
                    sets.setdefault(account.name, []).append(mart.name)
        return dg.StaticPartitionMapping(sets)

    def get_group_name(self, dbt_resource_props: Mapping[str, t.Any]) -> str | None:
        """Return the layer of a model: staging, intermediate, marts."""
        layers = t.cast("list[str]", dbt_resource_props["fqn"])[1:]
        return layers[0] if len(layers) > 1 else "marts"


def make_assets(table: Table) -> dg.AssetsDefinition:
    """Return the models as assets.

    Args:
        table: Has one set of marts at least.
    """
    marts = {mart.name: mart for mart in table.marts}

    @dbt_assets(
        manifest=find_manifest(),
        name="marts",
        partitions_def=dg.StaticPartitionsDefinition(list(marts)),
        dagster_dbt_translator=Translator(table),
        # Two builds of one set would replace each other's tables.
        pool=POOL,
    )
    def build(context: AssetExecutionContext) -> Iterator[t.Any]:
        mart = marts[context.partition_key]
        arguments = ["build", "--exclude-resource-type", "unit_test",
                     "--vars", json.dumps(make_variables(mart, table))]  # fmt: skip
        resource = DbtCliResource(
            project_dir=str(TRANSFORM), profiles_dir=str(TRANSFORM), dbt_executable=str(DBT)
        )
        with warehouse(mart.name):
            yield from resource.cli(
                arguments, context=context, target_path=DBT_TARGET / mart.name
            ).stream()

    return build


def make_variables(mart: Mart, table: Table) -> dict[str, t.Any]:
    """Return the variables of dbt that say where a set's sources are, and which there are."""
    schemas = {
        name_source(account.plugin): account.schema
        for account in table.accounts
        if account.name in mart.accounts
    }
    return {
        **{f"using_{source}": source in schemas for source in SOURCES},
        **{f"{source}_schema": schema for source, schema in schemas.items()},
        "using_leads": mart.leads,
    }


@contextmanager
def warehouse(schema: str) -> Iterator[None]:
    """Set the variables of dbt's profile for a while: dagster-dbt hands over those of this process.

    Raises:
        dagster.Failure: WAREHOUSE_URL is not set.
    """
    url = os.environ.get("WAREHOUSE_URL")
    if not url:
        raise dg.Failure("WAREHOUSE_URL is not set", allow_retries=False)
    build_environment = importlib.import_module("transform.__main__").build_environment
    before = dict(os.environ)
    os.environ.update(build_environment(url), DBT_SCHEMA=schema)
    # dagster-dbt reads in dbt's log what was made.
    os.environ.pop("DBT_LOG_LEVEL", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def make_job(assets: dg.AssetsDefinition) -> t.Any:  # noqa: ANN401 - of a private module
    """Return the job that makes sets of marts."""
    return dg.define_asset_job(
        "build_marts", dg.AssetSelection.assets(assets), partitions_def=assets.partitions_def
    )


def make_schedule(mart: Mart, job: t.Any) -> dg.ScheduleDefinition:  # noqa: ANN401 - as above
    """Return the schedule of a set of marts."""

    @dg.schedule(job=job, name=f"marts_{mart.name}", cron_schedule=str(mart.schedule))
    def ask() -> dg.RunRequest:
        return dg.RunRequest(partition_key=mart.name)

    return ask
