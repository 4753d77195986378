"""Runs of tap-miimosa against a sandbox, and what they brought."""

from __future__ import annotations

import logging
import typing as t

from tap_miimosa._kit.errors import KitError
from tap_miimosa.tap import TapMiiMosa
from tests.harness.catalog import select
from tests.harness.run import run_tap, unpack_extra

if t.TYPE_CHECKING:
    from sandbox.testing import RunningSandbox
    from tests.harness.run import Record, Run

KEY = "sandbox-miimosa-key"


def people(box: RunningSandbox, *, birthdates: bool = False) -> list[Record]:
    """Return the setting ``users`` for all people of the sandbox."""
    users = box.world.miimosa.users
    if birthdates:
        return [{"email": name, "birthdate": user["birthdate"]} for name, user in users.items()]
    return [{"email": name} for name in users]


def config_for(box: RunningSandbox, **settings: t.Any) -> Record:  # noqa: ANN401
    """Return a configuration; a setting that is None is left out."""
    config = {"api_url": f"{box.url}/miimosa", "api_key": KEY, "users": people(box), **settings}
    return {name: value for name, value in config.items() if value is not None}


def run_miimosa(config: Record, *streams: str, state: Record | None = None) -> Run:
    """Run tap-miimosa with these streams selected, or all of them, and with all logs."""
    return run_tap(
        TapMiiMosa,
        config,
        expected=KitError,
        catalog=select(TapMiiMosa, *streams),
        state=state,
        level=logging.DEBUG,
    )


def read_rows(run: Run, stream: str) -> dict[tuple[str, ...], Record]:
    """Return the rows that a run read of a stream, in the API's form, by key."""
    rows = run.keyed(stream).items()
    return {key: unpack_extra(row) for key, row in rows if "_status" not in row}
