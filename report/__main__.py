"""Writes the page: ``python -m report --url URL --output FILE``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg

from report.figures import read
from report.page import render

parser = argparse.ArgumentParser(prog="python -m report", description=__doc__)
parser.add_argument("--url", default=os.environ.get("WAREHOUSE_URL"), help="of the warehouse")
parser.add_argument("--schema", default="analytics", help="of the marts (default: analytics)")
parser.add_argument("--summaries", type=Path, help="folder of the files that summary_path names")
parser.add_argument("--output", type=Path, default=Path("report.html"), help="file to write")


def main() -> None:
    """Write the page, and say where it is."""
    given = parser.parse_args()
    if not given.url:
        parser.error("--url, or the environment variable WAREHOUSE_URL, must name the warehouse.")
    url = given.url.replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        figures = read(url, given.schema, given.summaries)
    except psycopg.OperationalError:
        # The message holds the host and the user of the URL.
        sys.exit("The warehouse cannot be reached: check the host, user and password of --url.")
    if not any(figures.rows.values()):
        sys.exit(f"There are no marts in the schema '{given.schema}': run dbt build first.")
    given.output.parent.mkdir(parents=True, exist_ok=True)
    given.output.write_text(render(figures), encoding="utf-8")
    print(given.output.resolve())  # noqa: T201


main()
