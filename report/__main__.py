"""Writes the page: ``python -m report --url URL --output FILE``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import psycopg

from report.figures import read
from report.page import render

SETTINGS = {
    "url": "URL of the warehouse",
    "schema": "schema of the marts",
    "summaries": "folder of the files that summary_path of the other programs names",
    "output": "file to write",
}
DEFAULTS = {"schema": "analytics", "output": "report.html"}


def read_settings() -> argparse.Namespace:
    """Return what the command line says, or else the environment that Meltano makes."""
    parser = argparse.ArgumentParser(prog="python -m report", description=__doc__)
    for name, meaning in SETTINGS.items():
        given = os.environ.get(f"REPORT_PAGE_{name.upper()}") or DEFAULTS.get(name)
        parser.add_argument(f"--{name}", default=given, help=meaning)
    found = parser.parse_args()
    if not found.url:
        parser.error("--url, or the environment variable REPORT_PAGE_URL, must name the warehouse.")
    return found


def main() -> None:
    """Write the page, and say where it is."""
    given = read_settings()
    url = given.url.replace("postgresql+psycopg://", "postgresql://", 1)
    output = Path(given.output)
    try:
        figures = read(url, given.schema, Path(given.summaries) if given.summaries else None)
    except psycopg.OperationalError:
        # The message holds the host and the user of the URL.
        sys.exit("The warehouse cannot be reached: check the host, user and password of --url.")
    if not any(figures.rows.values()):
        sys.exit(f"There are no marts in the schema '{given.schema}': run dbt build first.")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(render(figures), encoding="utf-8")
    print(output.resolve())  # noqa: T201


main()
