"""The five command lines, called in this process with files as a user writes them."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import typing as t
from importlib import import_module
from unittest import mock

from tests.harness.run import Run, undo_process_settings

if t.TYPE_CHECKING:
    from pathlib import Path

Record = dict[str, t.Any]

NOWHERE = "http://127.0.0.1:9"
# What each program needs at least; nobody listens at the address.
CONFIGS: dict[str, Record] = {
    "tap-moco": {"api_url": NOWHERE, "api_key": "moco-k3y"},
    "tap-ulule": {
        "api_url": NOWHERE,
        "discussions_url": NOWHERE,
        "search_query": "sort:new",
    },
    "tap-miimosa": {"api_url": NOWHERE, "api_key": "miimosa-k3y"},
    "tap-micropledge": {"api_url": NOWHERE, "project_slugs": ["my-project"]},
    "target-miimosa-leads": {"api_url": NOWHERE, "api_key": "miimosa-k3y"},
}
CLASSES = {
    "tap-moco": ("tap_moco.tap", "TapMoco"),
    "tap-ulule": ("tap_ulule.tap", "TapUlule"),
    "tap-miimosa": ("tap_miimosa.tap", "TapMiiMosa"),
    "tap-micropledge": ("tap_micropledge.tap", "TapMicroPledge"),
    "target-miimosa-leads": ("target_miimosa_leads.singer.target", "TargetMiimosaLeads"),
}


def call(
    program: str,
    folder: Path,
    *options: str,
    environment: dict[str, str] | None = None,
    **files: object,
) -> Run:
    """Call a program's command.

    Args:
        program: Its name.
        folder: Where its files are written.
        options: Further options.
        environment: Environment variables; with any, settings are read from there too.
        files: Content of ``config``, ``catalog`` and ``state``: text as it is, all else as JSON.
    """
    module, name = CLASSES[program]
    arguments = list(options) + (["--config", "ENV"] if environment else [])
    for option, content in files.items():
        path = folder / f"{option}.json"
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")
        arguments += [f"--{option}", str(path)]
    out, log = io.StringIO(), io.StringIO()
    logger = logging.getLogger(program)
    level = logger.level
    command = getattr(import_module(module), name).get_singer_command()
    code = 0
    with (
        undo_process_settings(),
        mock.patch.dict(os.environ, environment or {}),
        mock.patch("sys.stdin", io.StringIO()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(log),
    ):
        logging.getLogger().addHandler(logging.StreamHandler(log))
        logger.setLevel(logging.WARNING)
        try:
            command.main(arguments)
        except SystemExit as end:
            code = t.cast("int", end.code or 0)
    logger.setLevel(level)
    return Run(out.getvalue(), log.getvalue(), code)
