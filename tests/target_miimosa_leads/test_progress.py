"""How far a run on a file is: a line and a table on a terminal."""

from __future__ import annotations

import sys
import threading
import typing as t

from tests.harness.terminal import run_on_terminal
from tests.target_miimosa_leads.servers import OK, serving
from tests.target_miimosa_leads.support import Workplace, as_text, leads

if t.TYPE_CHECKING:
    import socket
    from pathlib import Path


def test_a_file_of_leads_on_a_terminal(tmp_path: Path) -> None:
    released = threading.Event()

    def answer(connection: socket.socket, lead: dict[str, t.Any]) -> None:
        if lead["lastname"] == "Morvan 3":
            assert released.wait(30), "the line does not come"
        connection.sendall(OK)

    source = tmp_path / "leads.singer"
    source.write_text(as_text(leads(1, 2, 3)))
    with serving(answer) as server, source.open("rb") as file:
        work = Workplace(tmp_path, api_url=server.url, concurrency=1)
        shown = run_on_terminal(
            [sys.executable, "-m", "target_miimosa_leads", "--config", str(work.configure())],
            stdin=file,
            wait_for=(b"2 created", released),
        )
    assert shown.code == 0, shown.screen
    assert "records 3, 100% of the input, " in shown.screen
    assert ["leads", "delivered", "3"] in [line.split() for line in shown.lines]
    assert not any("of the input" in line for line in shown.lines)
    assert shown.lines[-2].endswith("Every lead is delivered; nothing is left to do.")
    assert shown.out.splitlines()[-1] == b'{"bookmark":3}'
