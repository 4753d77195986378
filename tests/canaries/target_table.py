"""The table of what happens to the target while canaries are everywhere.

Every row: what happens, and with which exit code. Planted are in each of them the API key in the
settings, and a person in the fields of a lead; whatever else is planted, the row says. What is
searched is in ``test_target.py``.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from tests.canaries.planted import PERSON, SECRETS, TOLD
from tests.canaries.tap_table import header, phrase, told
from tests.faults.hostile_answers import answer
from tests.target_miimosa_leads.support import SCHEMA, as_text, lead, record, state

if t.TYPE_CHECKING:
    from tests.canaries.tap_table import Answer
    from tests.harness.run import Record

NAMED = record(lead(1, **PERSON))
INPUT = as_text([SCHEMA, NAMED, state({"bookmark": 1})])
# What the API is sent.
SENT = " and ".join([SECRETS["api_key"], *PERSON.values()])
ABOUT = " and ".join(PERSON.values())
FIELDS = {"type": "object", "properties": {"id": {"type": "integer"}, "email": {"type": "string"}}}
# Five of it and a blank each, and 9,990 characters of an answer are full.
LONG = ("an orchard of old apple varieties, " * 60)[:1996] + "."


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        event: What happens.
        code: Exit code.
        answer: What the API answers.
        given: The input.
        settings: Further settings.
        interrupted: The target gets SIGTERM while it waits for the answer.
        delivered: No lead is kept, and so no personal data is in the journal, even in its file.
    """

    event: str
    code: int = 0
    answer: Answer = answer
    given: str = INPUT
    settings: tuple[tuple[str, object], ...] = ()
    interrupted: bool = False
    delivered: bool = False


def change(**fields: object) -> str:
    """Return the input with other fields of the lead."""
    return as_text([SCHEMA, record(lead(1, **{**PERSON, **fields})), state({"bookmark": 1})])


# A part of the name is in the first 10,000 characters.
CUT = f"{LONG} " * 5 + "x" + PERSON["lastname"] * 30


MAP: Record = {"leads": {"project_name": "str(int(email))"}}
DATABASE = f"me:{SECRETS['journal_url']}"
TABLE = [
    Row("a lead that is delivered", delivered=True),
    Row("an answer that repeats the lead", 4, told("200 OK", text=SENT)),
    Row("a refusal of the lead", 3, told("400 Bad Request", f"X-Sent: {SENT}", text=SENT)),
    Row("a refusal of the key", 5, told("401 Unauthorized", f'WWW-Authenticate: x="{TOLD}"')),
    Row("an error of the server", 4, told("500 Internal Server Error", f"Set-Cookie: a={TOLD}")),
    Row("a reason phrase", 3, phrase("api_key")),
    Row("a limit that never ends", 5, told("429 No", f"Retry-After: {TOLD}"),
        settings=(("max_wait", 0),)),
    Row("a redirect", 4, lambda _: answer(
        b"", "302 Found", f"Location: https://{PERSON['email']}/?q={SECRETS['api_key']}")),
    Row("no HTTP", 4, lambda _: f"{TOLD}\r\n\r\n".encode()),
    Row("odd headers", answer=header("Retry-After", TOLD), delivered=True),
    Row("a name where a long answer is cut", 3, lambda _: answer(CUT.encode(), "400 Bad Request"),
        change(project_description=LONG)),
    Row("a signal", 143, interrupted=True, settings=(("termination_grace", 0),)),
    Row("a lead that lacks fields", 3, given=change(collect_type=None, email=ABOUT)),
    Row("fields of other types", 3, given=change(
        phone=[PERSON["phone"]], firstname=dict(PERSON), lastname=True)),
    Row("fields that nobody knows", given=change(**{PERSON["email"]: 1}),
        delivered=True),
    Row("the same lead with other content", 3,
        given=INPUT + as_text([record(lead(1, **{**PERSON, "city": ABOUT}))])),
    Row("an expression that fails on data", 3, settings=(("stream_maps", MAP),),
        given=as_text([{**SCHEMA, "schema": FIELDS}, NAMED])),
    Row("a line that is cut", 1, given=INPUT + json.dumps(NAMED)[:-40]),
    Row("a line that is no message", 3, given=INPUT + f"{ABOUT}\n" + json.dumps(PERSON) + "\n"),
    Row("a stream that was not announced", 3,
        given=INPUT + as_text([record(lead(2, **PERSON), stream=PERSON["email"])])),
    Row("a schema that is none", 3, given=as_text(
        [{**SCHEMA, "key_properties": TOLD}, NAMED])),
    Row("a dry run", settings=(("dry_run", True),)),
    Row("a journal that is not reachable", 7,
        settings=(("journal_url", f"postgresql+psycopg://{DATABASE}@127.0.0.1:9/x"),)),
    Row("a journal at a port that is none", 2,
        settings=(("journal_url", f"postgresql+psycopg://{DATABASE}@x:port/x"),)),
    Row("a journal of another kind", 2,
        settings=(("journal_url", f"mysql://{DATABASE}@x/x"),)),
    Row("secrets in other settings", 2, settings=(
        ("api_variant", TOLD), ("lead_key", TOLD), ("defaults", {PERSON["email"]: TOLD}))),
    Row("defaults that are none", 2, settings=(("defaults", {"collect_type": TOLD}),)),
    Row("a header that is none", 2, settings=(("authorization_format", TOLD),)),
    Row("a key with a line break", 2, settings=(("api_key", f"{SECRETS['api_key']}\n"),)),
]  # fmt: skip
