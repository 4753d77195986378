"""Steps inside the warehouse: `python -m pipelines leads-view`, `… load-csv` and `… comments`.

``WAREHOUSE_URL`` is the SQLAlchemy URL of the warehouse, ``WAREHOUSE_LEADS_CSV`` the file of leads,
``WAREHOUSE_CATALOGS`` an object that names the tap of each schema.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from pipelines.comments import write_comments

HERE = Path(__file__).parent
KEY = "reference"


def leads_view(connection: psycopg.Connection) -> str:
    """Make the view of the deals that are leads, and say so."""
    connection.execute((HERE / "miimosa_leads.sql").read_bytes())
    return "leads.miimosa_leads is the view of pipelines/miimosa_leads.sql"


def load_csv(connection: psycopg.Connection) -> str:
    """Make the table of leads what the file is, all or nothing; say how many rows that are.

    The table has the columns of the header, all of them text: PostgreSQL's COPY reads the rows,
    and its primary key sees to it that no reference is there twice.

    Raises:
        ValueError: the header lacks the column that says which lead a row is.
    """
    path = Path(os.environ.get("WAREHOUSE_LEADS_CSV", HERE / "leads.csv"))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        header = next(csv.reader(lines), [])
        if KEY not in header:
            raise ValueError(f"WAREHOUSE_LEADS_CSV: the header has no column {KEY}")
        columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c)) for c in header)
        names = sql.SQL(", ").join(map(sql.Identifier, header))
        connection.execute("create schema if not exists leads")
        connection.execute("drop table if exists leads.csv_leads")
        connection.execute(
            sql.SQL("create table leads.csv_leads ({}, primary key ({}))").format(
                columns, sql.Identifier(KEY)
            )
        )
        cursor = connection.cursor()
        copy = sql.SQL("copy leads.csv_leads ({}) from stdin (format csv)").format(names)
        with cursor.copy(copy) as rows:
            while block := lines.read(65536):
                rows.write(block)
    return f"leads.csv_leads has {cursor.rowcount} rows"


def main() -> int:
    """Run one step; return the exit code."""
    steps = {"leads-view": leads_view, "load-csv": load_csv, "comments": write_comments}
    parser = argparse.ArgumentParser(prog="pipelines", description=__doc__)
    parser.add_argument("step", choices=steps)
    step = steps[parser.parse_args().step]
    if not os.environ.get("WAREHOUSE_URL"):
        return _say("WAREHOUSE_URL is not set", 2)
    url = make_url(os.environ["WAREHOUSE_URL"]).set(drivername="postgresql")
    try:
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            return _say(step(connection), 0)
    except psycopg.Error as error:
        # Its detail, and the context of a COPY, quote rows.
        return _say(error.diag.message_primary or "The warehouse cannot be reached", 1)
    except (OSError, ValueError) as error:
        return _say(str(error), 1)


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
