"""Starts the benchmark server and the peers, and measures what a process cost."""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

HERE = Path(__file__).parent
BENCH = HERE.parent / ".bench"
# Peers may keep their compiled bytecode, as any installation does.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


@dataclass(frozen=True)
class Peer:
    """A program under measurement.

    Attributes:
        name: As the tables call it.
        environment: Folder of its Python environment.
        script: File under ``peers``.
        options: How many of concurrency, requests and seconds it takes.
    """

    name: str
    environment: str
    script: str
    options: int = 0

    def command(
        self, work: str, url: str, concurrency: int = 1, window: tuple[int, int] = (0, 0)
    ) -> list[str]:
        """Return the command line for a work."""
        given = [str(value) for value in (concurrency, *window)][: self.options]
        python = BENCH / self.environment / "bin" / "python"
        return [str(python), str(HERE / "peers" / self.script), work, url, *given]


LOOP = Peer("loop (requests + orjson)", "singer", "loop.py")
OURS = Peer("**ours**", "singer", "ours.py", options=3)
PLAIN = Peer("plain SDK tap", "singer", "plain_sdk.py")
AIRBYTE = Peer("Airbyte CDK", "airbyte", "airbyte_source.py", options=3)
DLT = Peer("dlt rest_api", "dlt", "dlt_rest.py", options=1)
MSDK = Peer("tap-rest-api-msdk", "msdk", "msdk.py")


@dataclass
class Run:
    """What a process cost, those that it started included: seconds, and peak memory in MB."""

    code: int
    cpu: float
    wall: float
    peak: float
    records: int = 0
    asked: int = 0
    refused: int = 0
    state_bytes: int = 0
    server_cpu: float = 0


def run(command: Sequence[str], consume: Callable[[t.IO[bytes]], None] | None = None) -> Run:
    """Run a command to its end, by `launch.py`.

    Args:
        command: Its arguments.
        consume: Reads its standard output, which otherwise goes to the null device.
    """
    with tempfile.TemporaryFile() as errors, tempfile.NamedTemporaryFile() as report:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "launch.py"), report.name, *command],
            stdout=subprocess.PIPE if consume else subprocess.DEVNULL,
            stderr=errors,
            env=ENVIRONMENT,
        )
        if consume and process.stdout:
            with process.stdout as output:
                consume(output)
        if process.wait():
            raise SystemExit(f"{command[0]} could not be started.")
        result = Run(**json.load(report))
        if result.code:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            print(f"  exit {result.code}: {' '.join(last)[:300]}", file=sys.stderr)
    return result


def run_counting(command: Sequence[str]) -> Run:
    """Run a command and count the records and the bytes of STATE that it writes."""
    counts = {"records": 0, "state": 0}

    def consume(output: t.IO[bytes]) -> None:
        for line in output:
            if b'"RECORD"' in line[:40]:
                counts["records"] += 1
            elif b'"STATE"' in line[:40]:
                counts["state"] += len(line)
            elif line.endswith(b" items\n"):
                counts["records"] += int(line.split()[0])

    result = run(command, consume)
    result.records, result.state_bytes = counts["records"], counts["state"]
    return result


class Server:
    """The benchmark server, running."""

    def __init__(self, url: str) -> None:
        """Keep its URL."""
        self.url = url

    def set(self, **options: float) -> None:
        """Set its options and forget its counts."""
        given = {name: json.dumps(value) for name, value in (options or {"total": 1000}).items()}
        self._control("POST", urlencode(given))

    def counts(self) -> tuple[int, int]:
        """Return how many requests were made and how many refused."""
        answer = self._control("GET", "")
        return answer["asked"], answer["refused"]

    def served(self) -> dict[str, list[float]]:
        """Return when requests with each Authorization were admitted, in monotonic seconds."""
        times: dict[str, list[float]] = self._control("GET", "")["served"]
        return times

    def _control(self, method: str, query: str) -> dict[str, t.Any]:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        connection.request(method, f"/_control?{query}")
        answer: dict[str, t.Any] = json.loads(connection.getresponse().read())
        connection.close()
        return answer


@contextmanager
def server() -> Iterator[Server]:
    """Run the benchmark server as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server"],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout  # noqa: S101 - for the type checker
        yield Server(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait()


Labelled = tuple[str, t.Callable[[], Run]]


def interleave(programs: Sequence[Labelled], rounds: int) -> dict[str, list[Run]]:
    """Run all programs in turn, so that a slow minute of the machine meets all of them."""
    results: dict[str, list[Run]] = {label: [] for label, _ in programs}
    for number in range(rounds):
        for label, program in programs:
            result = program()
            results[label].append(result)
            print(
                f"  {number + 1}/{rounds} {label}: {result.wall:.1f} s, CPU {result.cpu:.2f} s, "
                f"{result.asked} requests, {result.refused} refused, exit {result.code}",
                flush=True,
            )
    return results


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return ``median (min to max)``, or the value where there is only one."""
    low, high = min(values), max(values)
    if len(values) == 1:
        return f"{low:.{digits}f}"
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
