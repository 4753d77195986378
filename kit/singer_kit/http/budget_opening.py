"""Which budget a run has: its own, or one that it shares."""

from __future__ import annotations

import time
import typing as t

from ..errors import ConfigError, KitError
from .budget import Budget
from .budget_store import StoreAwayError
from .budget_url import is_url, parse_budget_url

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .budget import Window
    from .budget_store import BudgetStore

# As for an API that has not answered yet: such an address is more likely wrong than down.
FIRST_CONTACT_SECONDS = 10.0


def open_budget(
    windows: Sequence[Window],
    *,
    max_wait: float,
    path: str | None,
    patience: float,
    package: str,
    is_stopping: Callable[[], bool],
) -> Budget:
    """Return a budget of this run's own, or the one that a file or a database holds.

    Args:
        windows: The limits.
        max_wait: Longest wait for one slot, in seconds.
        path: The file, or the URL of the database; None for a budget of this run's own.
        patience: Seconds for which a database that is away is waited for.
        package: Whose extra has the driver of the database.
        is_stopping: True ends the waiting.

    Raises:
        ConfigError: If the file or the database cannot be used.
        KitError: If the database cannot be reached.
    """
    if not path:
        return Budget(windows, max_wait=max_wait)
    # Most runs need neither SQLite nor psycopg, and so import none.
    from .shared_budget import SharedBudget  # noqa: PLC0415

    if is_url(path):
        first = min(patience, FIRST_CONTACT_SECONDS)
        store: BudgetStore = _open_table(path, windows, first, package, is_stopping)
    else:
        from .budget_file import BudgetFile  # noqa: PLC0415

        store = BudgetFile(path, windows)
    return SharedBudget(store, max_wait=max_wait, patience=patience)


def _open_table(
    url: str,
    windows: Sequence[Window],
    patience: float,
    package: str,
    is_stopping: Callable[[], bool],
) -> BudgetStore:
    from .budget_table import BudgetTable  # noqa: PLC0415

    address = parse_budget_url(url)
    deadline = time.monotonic() + patience
    pause = 0.5
    while True:
        try:
            return BudgetTable(address, windows)
        except ImportError:
            raise ConfigError(
                f"Setting 'budget_path' needs psycopg for PostgreSQL: install {package}[postgres]."
            ) from None
        except StoreAwayError as error:
            if time.monotonic() + pause > deadline or is_stopping():
                raise KitError(f"The server in 'budget_path' cannot be used: {error}.") from None
            time.sleep(pause)
            pause *= 2
