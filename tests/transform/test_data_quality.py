"""How dbt's own tests ended, and what the marts say of the loaded tables."""

from __future__ import annotations

import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.transform.five_moves import MOVES
from tests.transform.sums import group

if t.TYPE_CHECKING:
    from tests.transform.conftest import Built

ROOT = Path(__file__).resolve().parents[2]
# The first of them makes the world and the models for all.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_all_models_are_built_and_all_tests_of_dbt_pass(built: Built) -> None:
    assert [end["bad"] for end in built.ends] == [[], []]
    ends = built.ends[-1]["ends"]
    models = list((ROOT / "transform" / "models").rglob("*.sql"))
    assert ends["success"] == len(models) + 1  # the snapshot
    assert ends["pass"] > 100


def test_a_table_has_the_rows_of_the_world_and_ghosts_of_what_is_gone(built: Built) -> None:
    found = built.mart("data_quality", "table_key")

    for stream in ("moco.deals", "moco.activities", "moco.invoices", "ulule.projects",
                   "miimosa.projects", "micropledge.pledges"):  # fmt: skip
        assert found[stream]["rows"] == len(built.world(stream)), stream
    assert found["moco.activities"]["ghosts"] > 0
    assert found["ulule.projects"]["ghosts"] > 0
    assert found["leads.leads"]["ghosts"] == 1
    assert found["moco.activities"]["loads"] > 1


def test_the_loads_of_a_table_add_up_to_its_rows(built: Built) -> None:
    loads = group(built.mart("data_quality_loads", "table_key", "load_started_at").values(),
                  lambda load: load["table_key"])  # fmt: skip

    for table, totals in built.mart("data_quality", "table_key").items():
        assert sum(load["rows"] for load in loads[table]) == totals["rows"], table
        assert sum(load["ghosts"] for load in loads[table]) == totals["ghosts"], table
        # Orders that were cancelled stay, as such; the world lists the others.
        if built.has_world(table) and table != "ulule.project_orders":
            assert totals["rows"] == len(built.world(table)), table
    # The world was loaded three times, and activities come and go with every move.
    assert len(loads["moco.activities"]) == len(MOVES)
    assert loads.keys() == built.mart("data_quality", "table_key").keys()


def test_orders_and_pledges_sum_up_to_what_the_campaign_tells(built: Built) -> None:
    found = built.mart("data_quality_campaigns", "campaign_key")

    assert found
    assert all(row["is_equal"] for row in found.values())


def test_every_mart_has_a_unit_test_and_every_column_a_description() -> None:
    marts = ROOT / "transform" / "models" / "marts"
    described, tested = {}, set()
    for path in marts.rglob("*.yml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        described |= {model["name"]: model for model in content.get("models", [])}
        tested |= {test["model"] for test in content.get("unit_tests", [])}
    names = {path.stem for path in marts.rglob("*.sql")}

    assert described.keys() == names
    # The rows of this one come from tables that only a run knows.
    assert names - tested == {"data_quality_loads"}
    for model in described.values():
        assert model["description"]
        assert all(column["description"] for column in model["columns"])


def test_staging_models_and_descriptions_are_those_of_the_schemas() -> None:
    command = [sys.executable, ROOT / "transform" / "describe.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
