"""How a run ends that has delivered everything that it could."""

from __future__ import annotations

import json
import typing as t

from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record, state

if t.TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path


def test_rejects_within_the_thresholds_are_no_failure(work: Workplace) -> None:
    messages = [*leads(1, 2), record(lead(3, phone=None)), state("end")]
    assert work.run(messages).code == 3
    within = work.run(messages, max_rejected=1)
    assert within.code == 0
    assert within.states[-1] == "end"
    assert work.run(messages, max_rejected=1, max_rejected_ratio=0.2).code == 3
    assert work.run(messages, max_rejected=1, max_rejected_ratio=0.34).code == 0


def test_everything_else_is_delivered_before_rejects_fail_the_run(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    wrong = [record(lead(number, phone=None)) for number in range(1, 16)]
    good = [record(lead(number)) for number in range(16, 21)]
    result = work.run([SCHEMA, *wrong, *good, state("end")])
    assert result.code == 3
    assert len(arrived()) == 5
    assert result.states[-1] == "end"
    # Ten are told one by one, the others by their reason.
    assert result.err.count("was rejected: phone is missing or empty") == 10
    assert "5 more leads were rejected: phone is missing or empty (5)" in result.err
    assert "15 leads rejected" in result.last_line


def test_leads_that_are_not_delivered_come_before_those_that_are_rejected(
    tmp_path: Path, closed_port: socket.socket
) -> None:
    """The code of rejected leads says that everything else is delivered."""
    port = closed_port.getsockname()[1]
    work = Workplace(tmp_path, api_url=f"http://127.0.0.1:{port}", connection_retry_seconds=0)
    result = work.run([*leads(1), record(lead(2, phone=None))])
    assert result.code == 6
    assert "1 lead rejected" in result.last_line
    assert "1 lead not delivered yet" in result.last_line


def test_the_last_line_counts_what_waits_from_this_run_and_earlier_ones(
    work: Workplace, fault: Callable[..., None]
) -> None:
    wrong = record(lead(1, phone=None))
    allowed = {"max_rejected": 9}
    first = work.run([SCHEMA, wrong, record(lead(2))], **allowed)
    assert (first.code, first.summary["rejected"]) == (0, 1)
    assert "1 lead rejected" in first.last_line
    # A delivered lead that has changed is still acknowledged to the journal.
    assert work.run([SCHEMA, record(lead(2, city="Angers"))], **allowed).code == 0
    later = work.run(leads(3), **allowed)
    assert later.code == 0
    assert "2 leads rejected" in later.last_line
    assert str(work.dead_letter) in later.last_line
    fault("reset_before")
    assert work.run(leads(4), **allowed).code == 4
    assert work.journal("resolve", "4", "--not-delivered").code == 0
    waiting = work.run(leads(3), **allowed)
    assert waiting.code == 0
    assert "2 leads rejected" in waiting.last_line
    assert "1 lead not delivered yet" in waiting.last_line
    assert "nothing is left" not in waiting.err
    assert work.run([SCHEMA, *(record(lead(number)) for number in (1, 4))]).code == 0
    assert "1 lead rejected" in work.run(leads(3)).last_line


def test_nothing_waits_after_everything_is_delivered(work: Workplace) -> None:
    assert work.run([SCHEMA, record(lead(1, phone=None))]).code == 3
    assert "nothing is left" in work.run(leads(1)).last_line


def test_the_summary_in_a_file(work: Workplace) -> None:
    path = work.folder / "summary.json"
    done = work.run([*leads(1), record(lead(2, phone=None))], summary_path=str(path))
    found = json.loads(path.read_text())
    assert done.code == 3
    assert found | done.summary == found
    assert (found["program"], found["outcome"]) == ("target-miimosa-leads", "failed")
    assert (found["exit_code"], found["created"], found["rejected"]) == (3, 1, 1)
    assert found["error"] in done.last_line
    assert work.run(leads(1), dry_run=True, summary_path=str(path)).code == 0
    planned = json.loads(path.read_text())
    assert (planned["outcome"], planned["plan"]["skip"]) == ("complete", 1)
    wrong = work.run(leads(1), summary_path=str(path), dryrun=True)
    assert wrong.code == json.loads(path.read_text())["exit_code"] == 2
