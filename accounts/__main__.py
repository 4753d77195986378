"""The table of accounts as a part of the Meltano project: ``python -m accounts``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from accounts.checks import check_settings
from accounts.project import OUTPUT, render
from accounts.table import FOLDER, Table, TableError, read_table

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


def print_accounts(table: Table) -> None:
    """Print what is known of each account, in columns."""
    rows = (
        (
            account.name, account.plugin, account.job, account.schema, account.schedule or "",
            account.budget or account.key,
        )
        for account in table.accounts
    )  # fmt: skip
    lines = [COLUMNS, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())  # noqa: T201


def main() -> int:
    """Run the command; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m accounts", description=__doc__)
    parser.add_argument("step", nargs="?", choices=("write", "list", "jobs"), default="write",
                        help=f"write {OUTPUT} (default), or list accounts, or jobs")  # fmt: skip
    parser.add_argument("--table", type=Path, default=Path("accounts.yml"), help="the table")
    parser.add_argument("--project", type=Path, default=Path(),
                        help="folder of the Meltano project; default: this one")  # fmt: skip
    given = parser.parse_args()
    try:
        table = read_table(given.table)
        check_settings(table, str(given.table))
        if given.step == "write":
            write(table, given.project)
        elif given.step == "list":
            print_accounts(table)
        else:
            print("\n".join(account.job for account in table.accounts))  # noqa: T201
    except TableError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
