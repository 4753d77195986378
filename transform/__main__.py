"""dbt on the warehouse of `WAREHOUSE_URL`: `python transform build`, for example.

All arguments are dbt's. It runs from its own environment, `.transform`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

HERE = Path(__file__).resolve().parent
DBT = HERE.parent / ".transform" / "bin" / "dbt"


def build_environment(url: str) -> dict[str, str]:
    """Return the variables of profiles.yml, and where project and profile are.

    Args:
        url: SQLAlchemy URL of the warehouse; `?host=` names the folder of a socket.
    """
    parts = make_url(url)
    host = parts.query.get("host", parts.host)
    found = {
        "DBT_HOST": host if isinstance(host, str) else "localhost",
        "DBT_PORT": str(parts.port or 5432),
        "DBT_USER": parts.username or "postgres",
        "DBT_PASSWORD": parts.password or "",
        "DBT_DBNAME": parts.database or "postgres",
        "DBT_PROJECT_DIR": str(HERE),
        "DBT_PROFILES_DIR": str(HERE),
        "PGTZ": "UTC",
    }
    return found | {name: os.environ[name] for name in found if os.environ.get(name)}


def main() -> int:
    """Become dbt; return an exit code if that cannot be."""
    try:
        found = build_environment(os.environ["WAREHOUSE_URL"])
        os.execve(DBT, [str(DBT), *sys.argv[1:]], {**os.environ, **found})  # noqa: S606 - no shell
    except KeyError:
        sys.stderr.write("WAREHOUSE_URL is not set\n")
    except ArgumentError:
        sys.stderr.write("WAREHOUSE_URL is no SQLAlchemy URL\n")
    except FileNotFoundError:
        sys.stderr.write(f"{DBT} is not there: make .transform/.installed\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
