"""Hours of leads: contacts of MOCO that become leads of MiiMOSA, whatever goes wrong.

What nobody knows of a lead is settled once a day, as a person would do it, by asking the API.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import typing as t
from collections import Counter
from pathlib import Path

from reliability.figures import ROOT
from reliability.hours import DISTURBED, FAULTY, pass_hours, world_process
from simulation.disturbances import draw
from simulation.plugins import Stage, keep_state, run_pipe
from simulation.processes import TAPS
from target_miimosa_leads.singer.target import TargetMiimosaLeads

if t.TYPE_CHECKING:
    from sandbox.process import SandboxClient
    from simulation.plugins import Running

EXAMPLE = ROOT / "pipelines" / "bare_pipe"
DAY = 24
FAULTS: tuple[dict[str, t.Any], ...] = (
    {"kind": "reset_after", "api": "miimosa", "path": "/leads"},
    {"kind": "reset_before", "api": "miimosa", "path": "/leads"},
    {"kind": "status", "status": 503, "api": "miimosa", "path": "/leads"},
    {"kind": "timeout_after", "api": "miimosa", "path": "/leads"},
    {"kind": "status", "status": 503, "api": "moco", "path": "/contacts/people"},
)
# Delivered; some are in doubt.
ENDS = (0, 4)


class Leads:
    """tap-moco into target-miimosa-leads, as in pipelines/README.md.

    Args:
        box: The APIs.
        folder: Takes configurations, state, journal and logs.
    """

    def __init__(self, box: SandboxClient, folder: Path) -> None:
        """Begin with an empty journal."""
        self._box, self._folder = box, folder
        folder.mkdir()
        moco, target = (
            json.loads((EXAMPLE / f"{name}.json").read_text("utf-8"))
            for name in ("tap-moco", "target-miimosa-leads")
        )
        moco |= {"api_url": f"{box.url}/moco/api/v1", "api_key": "sandbox-moco-key"}
        moco |= {"rate_limits": []}
        target |= {"api_url": f"{box.url}/miimosa", "api_key": "sandbox-miimosa-key"}
        target |= {"journal_url": f"sqlite:///{folder / 'journal.db'}", "on_changed": "send"}
        target |= {"dead_letter_path": str(folder / "dead-letter.singer"), "request_timeout": 5}
        self._moco, self._target = self._write("moco", moco), self._write("target", target)
        self.runs = self.refused = 0
        self.kinds: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.differences: list[str] = []

    def _write(self, name: str, content: object) -> Path:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def live(self, hour: int, chance: random.Random) -> None:
        """Deliver what is new, whatever goes wrong."""
        if hour and chance.random() < FAULTY:
            fault = chance.choice(FAULTS)
            self._box.control("POST", "faults", fault)
            self.faults[fault["kind"]] += 1
        disturbed = hour and chance.random() < DISTURBED
        codes = self._run(chance if disturbed else None)
        self._box.control("DELETE", "faults")
        if codes[0] != 0 or codes[1] not in ENDS:
            codes = self._run(None)
        if codes[0] != 0 or codes[1] not in ENDS:
            self.differences.append(f"hour {hour}: ended with {codes}")
        if hour % DAY == 0:
            self.settle()
        stats = self._box.control("GET", "stats")
        self.refused += stats["moco"]["refused"] + stats["miimosa"]["refused"]

    def _run(self, chance: random.Random | None) -> tuple[int, int]:
        self.runs += 1
        state, saved = self._folder / "state.json", self._folder / "saved.jsonl"
        arguments = [f"--config={self._moco}", f"--catalog={EXAMPLE / 'contacts.catalog.json'}"]
        if state.exists():
            arguments.append(f"--state={state}")
        source = Stage(TAPS["moco"], arguments, self._folder / "tap.log")
        sink = Stage(TargetMiimosaLeads, [f"--config={self._target}"], self._folder / "target.log")
        disturbance = draw(chance, 4) if chance else None
        met, before = [], self._count()

        def disturb(running: Running) -> None:
            if disturbance:
                met.append(disturbance.meet(running, lambda: self._count() - before))

        codes = run_pipe(source, sink, saved, disturb)
        keep_state(saved, state)
        if disturbance:
            self.kinds[disturbance.kind] += met[0]
        return codes

    def _count(self) -> int:
        stats = self._box.control("GET", "stats")
        made: int = stats["moco"]["requests"] + stats["miimosa"]["requests"]
        return made

    def journal(self, *arguments: str) -> str:
        """Run a command of the journal, and return what it prints."""
        program = Path(sys.executable).with_name("target-miimosa-leads-journal")
        return subprocess.run(
            [str(program), "--config", str(self._target), *arguments],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    def settle(self) -> None:
        """Say of each lead in doubt whether it has arrived, and send those that have not."""
        unknown = ("list", "--status", "unknown", "--with-data", "--format", "json")
        there = {_key(lead["body"]) for lead in self._box.control("GET", "leads")}
        for row in json.loads(self.journal(*unknown)):
            answer = "--delivered" if _key(row["lead"]) in there else "--not-delivered"
            self.journal("resolve", str(row["id"]), answer)
        self.journal("replay")

    def count(self) -> dict[str, int]:
        """Return how many leads have arrived, how many of them twice, and how many have not."""
        arrived = self._box.control("GET", "leads")
        keys = Counter(_key(lead["body"]) for lead in arrived)
        wanted = {
            (row["work_email"] or row["home_email"], row["custom_properties"]["Project name"])
            for row in self._box.control("GET", "world/moco/contacts")["records"]
            if "MiiMOSA" in row["tags"]
        }
        return {
            "leads": len(keys),
            "twice": sum(lead["times"] > 1 for lead in arrived),
            "lost": len(wanted - keys.keys()),
        }


def _key(lead: dict[str, t.Any]) -> tuple[str, str]:
    return lead["email"], lead["project_name"]


def live(folder: Path, hours: range, seed: int, scale: float) -> dict[str, t.Any]:
    """Live the hours; return what was counted, and what went wrong."""
    with world_process(scale) as box:
        leads = Leads(box, folder / "leads")
        for hour in pass_hours(box, hours[-1], hours[0]):
            leads.live(hour, random.Random(f"{seed} leads {hour}"))
        leads.settle()
        counted = leads.count()
    for name in ("twice", "lost"):
        if counted[name]:
            leads.differences.append(f"{counted[name]} leads {name}")
    return {
        "hours": len(hours),
        "runs": leads.runs,
        "refused": leads.refused,
        "signals": leads.kinds,
        "faults": leads.faults,
        **counted,
        "differences": leads.differences,
    }
