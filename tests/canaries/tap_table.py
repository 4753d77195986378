"""The table of what happens to a tap while canaries are everywhere.

Every row: what happens, to which taps, with which exit code. Planted are in each of them the
secrets of the login, in its settings; whatever else is planted, the row says. What is searched is
in ``test_taps.py``.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

from tests.canaries.planted import MASKED, PERSON, SECRETS, TOLD
from tests.faults.hostile_answers import answer

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.run import Record

    # From the list as it should be to the bytes that the API sends.
    Answer = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Login:
    """A tap and one way to be known to its API.

    Attributes:
        program: Its name.
        secrets: The secret settings.
        others: Its other settings.
    """

    program: str
    secrets: tuple[str, ...] = ()
    others: tuple[tuple[str, object], ...] = ()


PEOPLE = [{name: PERSON[name] for name in ("email", "birthdate")}]
LOGINS = {
    "moco": Login("tap-moco", ("api_key",)),
    "moco by password": Login("tap-moco", ("password",), (("email", PERSON["email"]),)),
    "ulule": Login("tap-ulule", ("api_key",), (("auth_method", "api_key"), ("username", "me"))),
    "ulule by password": Login(
        "tap-ulule", ("password",), (("auth_method", "basic"), ("username", PERSON["email"]))
    ),
    "ulule by token": Login(
        "tap-ulule",
        ("client_secret", "refresh_token"),
        (("auth_method", "oauth2"), ("client_id", "me"), ("token_path", "token.json")),
    ),
    "miimosa": Login("tap-miimosa", ("api_key",), (("user_endpoints", "user"), ("users", PEOPLE))),
    "micropledge": Login("tap-micropledge"),
}
ALL = tuple(LOGINS)
KEYS = ("moco", "ulule by token", "miimosa")


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        event: What happens.
        logins: To which taps.
        code: Exit code.
        answer: What the API answers to every request but those for tokens.
        options: Further options of the command line.
        change: What is done to the settings.
        files: Other files, by option: their content.
        environment: Environment variables.
        output: Where standard output goes: "" to the test, "closed", or the path of a device.
        token: What the token endpoint answers.
        interrupted: The program gets SIGTERM while it waits for the answer.
        bug: Python that is run first, in a process of its own: an unforeseen error whose message
            holds everything. Only what is masked anywhere can be kept out of that.
    """

    event: str
    logins: tuple[str, ...]
    code: int = 0
    answer: Answer = answer
    options: tuple[str, ...] = ()
    change: Callable[[Record], Record] = dict
    files: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    output: str = ""
    token: Answer | None = None
    interrupted: bool = False
    bug: str = ""


def told(status: str, *headers: str, text: str = TOLD) -> Answer:
    """Answer with a status, and with what the API was told in body and headers."""
    body = json.dumps({"error": text, "message": [text], text: 1}).encode()
    return lambda _: answer(body, status, *headers)


def body(text: str) -> Answer:
    return lambda _: answer(text.encode())


def header(name: str, value: str) -> Answer:
    return lambda good: answer(good, "200 OK", f"{name}: {value}")


def rows(change: Callable[[Record], object]) -> Answer:
    """Answer with the rows of the list after a change."""

    def changed(good: bytes) -> bytes:
        page = json.loads(good)
        for row in page if isinstance(page, list) else page.get("projects", [page]):
            change(row)
        return answer(json.dumps(page).encode())

    return changed


def odd_fields(row: Record) -> None:
    """Put canaries into fields of other types, and into names of fields."""
    for name in ("active", "created_at", "updated_at", "birthday", "amount"):
        row[name] = TOLD
    row.update({"name": [dict(PERSON)], "role": [TOLD], PERSON["email"]: 1, TOLD: TOLD, **PERSON})


def add(**settings: object) -> Callable[[Record], Record]:
    return lambda config: {**config, **settings}


def each_secret(change: Callable[[t.Any], t.Any]) -> Callable[[Record], Record]:
    """Change each secret among the settings."""
    return lambda config: {k: change(v) if k in SECRETS else v for k, v in config.items()}


def phrase(*secrets: str) -> Answer:
    """Answer with a reason phrase that holds what the tap has sent."""
    sent = " and ".join([*(SECRETS[name] for name in secrets), PERSON["email"]])
    return lambda _: answer(b"{}", f"400 {sent} is wrong")


def raising(where: str, *secrets: str) -> str:
    """Return Python by which a function raises an error whose message holds what is secret."""
    owner, _, name = where.rpartition(".")
    message = " and ".join([*(SECRETS[name] for name in secrets), PERSON["email"]])
    return (
        f"import pkgutil\n"
        f"def fail(*_, **__): raise RuntimeError({message!r})\n"
        f"setattr(pkgutil.resolve_name({owner!r}), {name!r}, fail)\n"
    )


# Before a run begins, a thread of its own fails.
IN_A_THREAD = """
import threading
from tap_moco._kit.singer.lifecycle import Lifecycle
run = Lifecycle.run
def started(*given):
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    return run(*given)
Lifecycle.run = started
"""
_PROXY = f"http://me:{SECRETS['proxy'].split('/')[0]}"
_REFUSED = '{"error": "invalid_grant", "error_description": %s}' % json.dumps(TOLD)  # noqa: UP031

ANSWERS = [
    Row("a good answer", ALL),
    Row("personal data in fields of all types", KEYS, answer=rows(odd_fields)),
    Row("e-mail addresses for ids", ("moco", "ulule"), 1,
        rows(lambda row: row.update(id=PERSON["email"]))),
    Row("a denial that repeats what it was sent", ALL[:-1], 1,
        told("401 Unauthorized", f'WWW-Authenticate: x="{TOLD}"')),
    Row("a denied list", ("ulule",), 1, told("403 Forbidden")),
    Row("a list that is gone", ("micropledge",), 2, told("410 Gone")),
    Row("a refusal that repeats it", KEYS, 1, told("400 Bad Request", f"X-Sent: {TOLD}")),
    Row("an error of the server", ("moco", "ulule by token"), 1,
        told("500 Internal Server Error", f"Set-Cookie: a={TOLD}")),
    Row("a reason phrase", ("moco", "miimosa"), 1, phrase("api_key")),
    Row("a reason phrase about tokens", ("ulule by token",), 1, phrase(
        "client_secret", "refresh_token", "issued_access_token", "issued_refresh_token")),
    Row("an error with status 200", ("moco", "miimosa"), 1, told("200 OK")),
    Row("HTML", ("moco",), 1, body(f"<html><p>{TOLD}")),
    Row("cut JSON", ("moco", "micropledge"), 1, body(json.dumps([PERSON])[:-2])),
    Row("only a text", ("ulule",), 1, body(json.dumps(TOLD))),
    Row("no HTTP", ("moco",), 1, lambda _: f"{TOLD}\r\n\r\n".encode()),
    Row("a redirect elsewhere", ("moco", "miimosa"), 1, lambda _: answer(
        b"", "302 Found", f"Location: https://elsewhere.example/?q={'&q='.join(MASKED)}")),
    Row("a redirect to no URL", ("moco",), 1, lambda _: answer(
        b"", "302 Found", f"Location: http://[{'&q='.join(MASKED)}")),
    Row("a next page elsewhere", ("moco",), 1,
        header("Link", f'<https://{PERSON["email"]}/?q={TOLD}>; rel="next"')),
    Row("limits and times that are none", ("moco", "ulule"),
        answer=header("X-RateLimit-Reset", TOLD)),
    Row("a refusal for a time that is none", ("moco",), 1, told("429 No", f"Retry-After: {TOLD}")),
    Row("a key that POST /session does not give", ("moco by password",), 1,
        token=body(json.dumps({"error": TOLD}))),
    Row("a refused grant", ("ulule by token",), 1,
        token=lambda _: answer(_REFUSED.encode(), f"400 {MASKED[0]}")),
    Row("tokens that are none", ("ulule by token",), 1,
        token=body(json.dumps({"access_token": f"{TOLD}\n", "refresh_token": [TOLD]}))),
    Row("no tokens", ("ulule by token",), 1, token=body(TOLD)),
    Row("a signal", ("moco", "ulule by token"), 143, interrupted=True),
]  # fmt: skip

PROCESS = [
    Row("settings in the environment", ("moco", "miimosa"), options=("--config=ENV",)),
    Row("a proxy with a password", ("moco",), 1,
        environment=(("HTTP_PROXY", f"{_PROXY}@127.0.0.1:9"),)),
    Row("a proxy that is no URL", ("moco",), 1,
        environment=(("HTTP_PROXY", f"{_PROXY}@127.0.0.1:none"),)),
    Row("a closed pipe", ("moco",), 1, output="closed"),
    Row("a full disk", ("ulule",), 1, output="/dev/full"),
    Row("a bug", ("moco",), 1,
        bug=raising("tap_moco._kit.http.transport.Transport.send", "api_key")),
    Row("a bug with tokens", ("ulule by token",), 1, bug=raising(
        "tap_ulule._kit.http.transport.Transport.send", "client_secret", "refresh_token")),
    Row("a bug before the settings are read", ("moco",), 1,
        bug=raising("tap_moco._kit.singer.inputs._parse")),
    Row("a bug in another thread", ("moco",),
        bug=raising("tap_moco.tap.nothing", "api_key") + IN_A_THREAD),
]  # fmt: skip

COMMANDS = [
    Row("--about", ("moco",), options=("--about",)),
    Row("--about in JSON", ("ulule by token",), options=("--about", "--format=json")),
    Row("--discover", ("miimosa",), options=("--discover",)),
    Row("--plan", ("moco", "miimosa"), options=("--plan",)),
    Row("--plan, refused", ("ulule",), 1, told("400 Bad Request"), ("--plan",)),
    Row("--test", ("moco",), options=("--test=schema",)),
    Row("--test, denied", ("miimosa",), 1, told("401 Unauthorized"), ("--test=all",)),
    Row("--test, not let in", ("moco by password",), 2, told("401 Unauthorized"),
        ("--test=all",), token=told("401 Unauthorized")),
]  # fmt: skip

WRONG = [
    Row("secrets of another type", ("moco", "ulule by token"), 2,
        change=each_secret(lambda value: {"a": [value]})),
    Row("secrets with a line break", ("moco",), 2, change=each_secret("{0}\n{0}".format)),
    Row("misspelled names", ("moco",), 2, change=lambda config: {
        **config, **{f"{name}x": value for name, value in SECRETS.items()}}),
    Row("a name that is none", ("miimosa",), 2, change=add(**{PERSON["email"]: 1})),
    Row("secrets in the address", ("moco",), 2, change=add(
        api_url=f"http://{'-'.join(MASKED)}@127.0.0.1/")),
    Row("secrets in the query of the address", ("ulule",), 2, change=add(
        api_url=f"http://127.0.0.1/?{'&'.join(MASKED)}")),
    Row("secrets in other settings", ("moco",), 2, change=add(
        concurrency=TOLD, max_wait=[TOLD], start_date=TOLD)),
    Row("secrets in a stream map", ("moco",), 2, change=add(
        stream_maps={"*": {"x": f"nope({TOLD!r})"}})),
    Row("people that are none", ("miimosa",), 2, change=add(
        users=[{"email": TOLD, "birthdate": PERSON["birthdate"]}])),
    Row("an expression that fails on data", ("moco",), 2, rows(lambda row: row.update(PERSON)),
        change=add(stream_maps={"users": {"x": "int(email)"}})),
    Row("a configuration that is cut", ("moco",), 2,
        files=(("config", json.dumps(SECRETS)[:-1]),)),
    Row("a configuration in place of its path", ("moco",), 2, options=(
        f"--config={json.dumps({'api_key': SECRETS['api_key']})}",)),
    Row("settings in place of options", ("moco",), 2, options=(
        f"--api_key={SECRETS['api_key']}",)),
    Row("a value in place of options", ("moco",), 2, options=(SECRETS["api_key"],)),
    Row("a catalog that is none", ("moco",), 2, files=(("catalog", json.dumps([TOLD])),)),
    Row("a state that is cut", ("moco",), 2, files=(("state", json.dumps({"a": TOLD})[:-1]),)),
    Row("a state that is none", ("moco",), 2, files=(("state", json.dumps(
        {"bookmarks": {"users": {"replication_key_value": TOLD}}})),)),
    Row("kept tokens that are none", ("ulule by token",), 2, files=(("token", TOLD),)),
]  # fmt: skip

TABLE = {
    f"{login}: {row.event}": (row, LOGINS[login])
    for row in [*ANSWERS, *PROCESS, *COMMANDS, *WRONG]
    for login in row.logins
}
