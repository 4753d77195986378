"""The sandbox in a process of its own, for programs that use it."""

from __future__ import annotations

import json
import subprocess
import sys
import typing as t
from contextlib import contextmanager
from pathlib import Path

import requests

if t.TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent


class SandboxClient:
    """Asks a running sandbox.

    Args:
        url: Where it listens.
    """

    def __init__(self, url: str) -> None:
        """Keep the address."""
        self.url = url
        self._http = requests.Session()
        # The sandbox is on this machine whatever proxy the environment names.
        self._http.trust_env = False

    def control(self, method: str, path: str, body: object = None) -> t.Any:  # noqa: ANN401
        """Call the control API and return its JSON."""
        response = self._http.request(method, f"{self.url}/_control/{path}", json=body, timeout=60)
        response.raise_for_status()
        return response.json()


@contextmanager
def sandbox_process(*options: str) -> Iterator[SandboxClient]:
    """Run the sandbox on a free port; it ends with this process, however that ends.

    Args:
        options: Further ones of ``python -m sandbox serve``.

    Raises:
        SystemExit: It did not start.
    """
    with subprocess.Popen(  # noqa: S603 - this repository's own module
        [sys.executable, "-m", "sandbox", "serve", "--port=0", "--until-eof", *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A Ctrl-C is for us: the sandbox is stopped below, after those who talk to it.
        start_new_session=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise SystemExit("The sandbox did not start.")
            yield SandboxClient(json.loads(line)["url"])
        finally:
            process.terminate()
