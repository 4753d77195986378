"""The two examples of the README, run as they stand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
README = (ROOT / "sandbox" / "README.md").read_text(encoding="utf-8")


def take_block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert found is not None, language
    return found[1]


def test_the_command_says_where_it_listens() -> None:
    command, answer = take_block("console").splitlines()
    port = str(json.loads(answer)["url"].rpartition(":")[2])
    assert port in command
    # Any free port: somebody may listen on that of the README.
    words = command.removeprefix("$ python ").replace(port, "0").split()

    with subprocess.Popen(
        [sys.executable, *words, "--until-eof"], cwd=ROOT, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        status = requests.get(f"{url}/moco/api/v1/users", timeout=60).status_code

    assert status == 401
    assert process.returncode == 0


def test_the_sandbox_in_a_test() -> None:
    done = subprocess.run(
        [sys.executable, "-c", take_block("python")],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
