"""Leads that are made up, and ways to run the target on them."""

from __future__ import annotations

import io
import json
import subprocess
import typing as t
from contextlib import redirect_stderr, redirect_stdout

from target_miimosa_leads.journal_cli import main as journal_command
from target_miimosa_leads.singer.target import TargetMiimosaLeads
from tests.harness.preloaded import PYTHON, start_programs
from tests.harness.run import Run, undo_process_settings

if t.TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEY = "sandbox-miimosa-key"
# The content of a lead that changes.
FIRST, SECOND, THIRD = "0600000001", "0600000002", "0600000003"
SCHEMA = {
    "type": "SCHEMA",
    "stream": "leads",
    "key_properties": ["id"],
    "schema": {"type": "object", "properties": {"id": {"type": "integer"}}},
}


def lead(number: int = 1, **fields: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    """Return a record that is a complete lead; fields that are None are left out."""
    record = {
        "id": number,
        "email": f"lise.morvan{number}@example.org",
        "firstname": "Lise",
        "lastname": f"Morvan {number}",
        "phone": f"0600{number:06}",
        "collect_type": "donation",
        "project_description": "Replant an orchard of old apple varieties",
        "project_total_budget": "18000",
        "publication_timeframe": "next_months",
    } | fields
    return {name: value for name, value in record.items() if value is not None}


def record(fields: dict[str, t.Any], stream: str = "leads") -> dict[str, t.Any]:
    return {"type": "RECORD", "stream": stream, "record": fields}


def state(value: t.Any) -> dict[str, t.Any]:  # noqa: ANN401
    return {"type": "STATE", "value": value}


def leads(*numbers: int) -> list[dict[str, t.Any]]:
    """Return the messages of a stream with these leads, a STATE after each."""
    found: list[dict[str, t.Any]] = [SCHEMA]
    for number in numbers:
        found += [record(lead(number)), state({"bookmark": number})]
    return found


def come(phone: str | None) -> list[dict[str, t.Any]]:
    """Return the messages of one lead with this content, and a STATE after it."""
    return [SCHEMA, record(lead(1, phone=phone)), state("after it")]


def as_text(messages: Iterable[dict[str, t.Any] | str]) -> str:
    lines = (m if isinstance(m, str) else json.dumps(m) for m in messages)
    return "".join(f"{line}\n" for line in lines)


class Result(Run):
    """What a command of the target said; a target writes bare states."""

    @property
    def err(self) -> str:
        return self.log

    @property
    def states(self) -> list[t.Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def call(command: t.Any, arguments: list[str]) -> Result:  # noqa: ANN401
    """Call a command, or the target's if it is None, in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with undo_process_settings(), redirect_stdout(out), redirect_stderr(err):
        try:
            (command or TargetMiimosaLeads.cli).main(arguments)
        except SystemExit as exit_:
            code = exit_.code
    return Result(out.getvalue(), err.getvalue(), code if isinstance(code, int) else 1)


class Workplace:
    """A folder with a configuration, a journal and a dead letter."""

    def __init__(self, folder: Path, **settings: t.Any) -> None:  # noqa: ANN401
        self.folder = folder
        self.journal_file = folder / "journal.db"
        self.dead_letter = folder / "dead-letter.singer"
        self.settings: dict[str, t.Any] = {
            "api_key": KEY,
            "journal_url": f"sqlite:///{self.journal_file}",
            "dead_letter_path": str(self.dead_letter),
            **settings,
        }

    def configure(self, **settings: t.Any) -> Path:  # noqa: ANN401
        path = self.folder / "config.json"
        path.write_text(json.dumps(self.settings | settings))
        return path

    def run(self, messages: Iterable[dict[str, t.Any] | str], **settings: t.Any) -> Result:  # noqa: ANN401
        """Run the target's command line in this process."""
        return self.run_bytes(as_text(messages).encode(), **settings)

    def run_bytes(self, content: bytes, **settings: t.Any) -> Result:  # noqa: ANN401
        """Run the target on an input as it is, which may be no text."""
        source = self.folder / "input.singer"
        source.write_bytes(content)
        return self.run_file(source, **settings)

    def run_file(self, source: Path, **settings: t.Any) -> Result:  # noqa: ANN401
        config = self.configure(**settings)
        return call(None, ["--config", str(config), "--input", str(source)])

    def start(
        self,
        *arguments: str,
        python: str | Path = "",
        **settings: t.Any,  # noqa: ANN401
    ) -> subprocess.Popen[str]:
        """Start the target's command line as a process of its own.

        Args:
            arguments: Of the command line.
            python: What runs it; by default, a process that has imported it forks it.
            settings: More configuration.
        """
        program = [python or start_programs() / PYTHON, "-m", "target_miimosa_leads"]
        return subprocess.Popen(
            [*program, "--config", self.configure(**settings), *arguments],
            cwd=self.folder,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def journal(self, *arguments: str, **settings: t.Any) -> Result:  # noqa: ANN401
        """Run the journal's command line in this process."""
        return call(journal_command, ["--config", str(self.configure(**settings)), *arguments])

    def rows(self, *arguments: str) -> list[dict[str, t.Any]]:
        result = self.journal("list", "--format", "json", *arguments)
        assert result.code == 0, result.err
        rows: list[dict[str, t.Any]] = json.loads(result.out)
        return rows

    def statuses(self) -> list[str]:
        return [row["status"] for row in self.rows()]

    def dead_letters(self) -> list[dict[str, t.Any]]:
        """Return the records in the dead letter."""
        if not self.dead_letter.exists():
            return []
        messages = [json.loads(line) for line in self.dead_letter.read_text().splitlines()]
        return [message["record"] for message in messages if message["type"] == "RECORD"]
