"""The table of accounts as a part of the Meltano project: ``python -m accounts``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from accounts.checks import check_settings
from accounts.project import render
from accounts.table import FOLDER, Table, TableError, read_table

OUTPUT = "accounts.meltano.yml"
COLUMNS = ("account", "plugin", "job", "schema", "schedule", "budget")


def write(table: Table, root: Path) -> None:
    """Write the generated file as a whole, and make the folder of budgets and run summaries.

    Args:
        table: The accounts.
        root: The folder of the Meltano project.
    """
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    output = root / OUTPUT
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=root, delete=False) as file:
        file.write(render(table))
    # Readable as a file that is written in place: it holds no secret.
    Path(file.name).chmod(0o644)
    os.replace(file.name, output)  # noqa: PTH105 - as a whole
    print(f"{output.name}: {len(table.accounts)} accounts")  # noqa: T201


def list_accounts(table: Table) -> list[dict[str, str | None]]:
    """Return what is known of each account, by column."""
    rows = (
        (each.name, each.plugin, each.job, each.schema, each.schedule, each.budget or each.key)
        for each in table.accounts
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def print_accounts(rows: list[dict[str, str | None]]) -> None:
    """Print a table for people."""
    lines = [list(COLUMNS), *([row[name] or "" for name in COLUMNS] for row in rows)]
    widths = [max(len(line[number]) for line in lines) for number in range(len(COLUMNS))]
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())  # noqa: T201


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m accounts", description=__doc__)
    parser.add_argument("step", nargs="?", choices=("write", "list"), default="write",
                        help=f"write {OUTPUT} (default), or list the accounts")  # fmt: skip
    parser.add_argument("--table", type=Path, default=Path("accounts.yml"), help="the table")
    parser.add_argument("--project", type=Path, default=Path(),
                        help="folder of the Meltano project; default: this one")  # fmt: skip
    parser.add_argument("--json", action="store_true", help="list as JSON")
    given = parser.parse_args()
    try:
        table = read_table(given.table)
        check_settings(table, str(given.table))
        if given.step == "write":
            write(table, given.project)
        elif given.json:
            print(json.dumps(list_accounts(table), indent=2))  # noqa: T201
        else:
            print_accounts(list_accounts(table))
    except TableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
