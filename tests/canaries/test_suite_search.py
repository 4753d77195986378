"""What the whole suite is searched for is found, by whichever way a program lets it out."""

from __future__ import annotations

import base64
import subprocess
import sys
import typing as t
from urllib.parse import quote

import pytest

from sandbox.apis.ulule import auth
from tests.harness import leaks
from tests.harness.run import Run

if t.TYPE_CHECKING:
    from pathlib import Path

KEY = "sandbox-moco-key"
EMAIL = "lise.morvan.7@example.org"
PAIR = f"agence-exemple:{auth.PASSWORD}"
SECRETS = {
    "key": KEY,
    "cut key": KEY[:-1],
    "quoted key": "sandbox%2Dmoco%2Dkey",
    "password in base64": base64.b64encode(PAIR.encode()).decode(),
    "token": auth.Tokens(7).issue(3600),
}
PERSONAL = {
    "e-mail": EMAIL,
    "quoted e-mail": quote(EMAIL),
    "phone": "+33 6 39 98 12 34",
    "German phone": "+49 171 3920012",
    "phone of a lead": "0600000012",
    "birth date": "1951-11-23",
}


def let_out(*, prints_data: bool = False) -> int:
    return len(leaks.take(prints_data=prints_data))


@pytest.mark.parametrize(
    "value", [*SECRETS.values(), *PERSONAL.values()], ids=[*SECRETS, *PERSONAL]
)
def test_in_a_log(value: str) -> None:
    Run(out="", log=f"before {value} after")
    assert let_out(prints_data=True) == 1


@pytest.mark.parametrize("value", SECRETS.values(), ids=SECRETS)
def test_a_secret_in_a_record(value: str) -> None:
    Run(out=f'{{"type":"RECORD","record":"{value}"}}\n')
    assert let_out(prints_data=True) == 1


@pytest.mark.parametrize("value", PERSONAL.values(), ids=PERSONAL)
def test_personal_data_belong_in_records_alone(value: str) -> None:
    Run(out=f'{{"type":"RECORD","record":"{value}"}}\n')
    assert let_out() == 0
    state = f'{{"type":"RECORD","record":1}}\n{{"type":"STATE","value":"{value}"}}\n'
    Run(out=state)
    assert let_out() == 1
    Run(out=state)
    assert let_out(prints_data=True) == 0


def test_by_a_process() -> None:
    program = f"import sys; print({EMAIL!r}); print({KEY!r}, file=sys.stderr)"
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    # Its arguments hold both; what is searched is what it has printed.
    assert let_out() == 2


def test_in_files(tmp_path: Path) -> None:
    for name in ("config.json", "summary.json", "journal.db"):
        (tmp_path / name).write_text(f"{KEY} of {EMAIL}", encoding="utf-8")
    leaks.note_files(tmp_path)
    assert let_out() == 3, "the key in two of them, and the e-mail address in the summary"
    for path in tmp_path.iterdir():
        # Or this test would be one that lets them out.
        path.unlink()


def test_harmless_texts() -> None:
    Run(out="", log="GET /users?email=<e-mail>&key=*** of 2026-03-01, 100% of sandbox-moco")
    assert let_out() == 0
