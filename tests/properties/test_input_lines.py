"""Whatever comes in, each line is a message or in the dead letter, and no log quotes it."""

from __future__ import annotations

import io
import json
import logging
import tempfile
import typing as t
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from target_miimosa_leads._kit.errors import KitError
from target_miimosa_leads._kit.runtime.termination import Termination
from target_miimosa_leads.singer.reader import LeadReader
from tests.harness.run import capture
from tests.target_miimosa_leads.servers import serving
from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, record, state

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.target_miimosa_leads.servers import Server

# Stands in everything that is made up; no line of a log may hold it.
CANARY = "Zebulon"
TYPES = ("SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION")
TEXTS = st.text(max_size=8).map(lambda text: CANARY + text)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
GOOD = st.integers(1, 5).map(lambda number: record(lead(number, lastname=CANARY)))
ODD = st.fixed_dictionaries(
    {"type": st.sampled_from([*TYPES, "EVENT", CANARY, None, 7])},
    optional={
        "stream": st.one_of(st.just("leads"), VALUES),
        "record": st.one_of(st.just(lead(9, lastname=CANARY)), VALUES),
        "schema": VALUES,
        "key_properties": VALUES,
        "value": VALUES,
    },
)
MESSAGES = st.one_of(GOOD, ODD, st.builds(state, TEXTS), VALUES).map(
    lambda value: json.dumps(value).encode()
)


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A message, or what is left of one."""
    line = draw(MESSAGES)
    match draw(st.sampled_from(["whole", "whole", "cut", "spoiled", "bytes"])):
        case "cut":
            line = line[: draw(st.integers(0, len(line)))]
        case "spoiled":
            at = draw(st.integers(0, len(line)))
            line = line[:at] + draw(st.binary(min_size=1, max_size=2)) + line[at + 1 :]
        case "bytes":
            line = CANARY.encode() + draw(st.binary(max_size=20))
    return line.replace(b"\n", b" ")


INPUTS = st.lists(lines(), max_size=8)


@given(INPUTS)
def test_each_line_is_handed_on_or_refused(given_lines: list[bytes]) -> None:
    handled: list[dict[str, t.Any]] = []
    refused: list[str] = []
    reader = LeadReader(
        Termination(),
        is_stopping=lambda: False,
        abandon=lambda: None,
        reject=lambda text, _: refused.append(text),
    )

    done = capture(
        lambda: reader.process_lines(
            io.BytesIO(b"\n".join(given_lines)), dict.fromkeys(TYPES, handled.append)
        ),
        expected=KitError,
        level=logging.DEBUG,
    )

    cut_off = done.error is not None
    filled = [line for line in given_lines if line.strip()]
    assert len(handled) + len(refused) + cut_off == len(filled)
    assert not cut_off or f"line {reader.line} of the input" in str(done.error)
    assert CANARY not in f"{done.error} {done.log}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


# A few long inputs: to begin and end a run takes longer than to read it, so nothing is shrunk.
@settings(max_examples=4, phases=[Phase.generate])
@given(given_lines=st.lists(lines().filter(lambda line: b"SCHEMA" not in line), min_size=20))
def test_no_line_is_lost_or_told(
    server: Server, monkeypatch: pytest.MonkeyPatch, given_lines: list[bytes]
) -> None:
    monkeypatch.setenv("TARGET_MIIMOSA_LEADS_LOGLEVEL", "DEBUG")
    # The last line is whole, so that no input ends in the middle of a message.
    whole = [json.dumps(SCHEMA).encode(), *given_lines, json.dumps(record(lead(7))).encode()]
    with tempfile.TemporaryDirectory() as folder:
        work = Workplace(Path(folder), api_url=server.url)

        done = work.run_bytes(b"\n".join(whole))

        kept = work.dead_letters()
    assert done.code in {0, 3}, done.err
    assert "Traceback" not in done.err
    assert CANARY not in done.err
    told = {each["line"] for each in kept if "line" in each}
    refused = {_as_kept(line) for line in given_lines if not _is_object(line)}
    assert refused <= told
    assert done.summary["rejected"] >= len(kept)


def _is_object(line: bytes) -> bool:
    try:
        message = json.loads(line.decode("utf-8", "surrogateescape") or "{}")
    except ValueError:
        return not line.strip()
    return isinstance(message, dict)


def _as_kept(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").strip()
