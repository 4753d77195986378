"""No secret and no e-mail address reaches a log, whatever logs it and however it is formatted."""

from __future__ import annotations

import base64
import io
import json
import logging
import sys
import threading
import typing as t
from urllib.parse import quote

import pytest
from singer_sdk.logging import ConsoleFormatter, StructuredFormatter

from singer_kit import redaction

if t.TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "pa/ss word+1&ü"
FORMS = {
    "plain": SECRET,
    "quoted": quote(SECRET, safe=""),
    "plus": quote(SECRET, safe="").replace("%20", "+"),
    "quoted twice": quote(quote(SECRET, safe=""), safe=""),
    "small letters": quote(SECRET, safe="").replace("%2F", "%2f").replace("%C3%BC", "%c3%bc"),
    "all quoted": "".join(f"%{octet:02X}" for octet in SECRET.encode()),
    "slash left": quote(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
}
EMAILS = ("jane.doe+leads@example.org", "jane%40example.net", "jürgen@sub.example.org")
LEAKS = (*FORMS.values(), "jane", "jürgen")


class Log:
    """A logger with one handler, as the SDK sets it up."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)
        self.logger = logging.getLogger("kit-redaction")
        self.logger.propagate = False
        self.logger.setLevel(logging.DEBUG)
        self.logger.addHandler(self.handler)

    @property
    def text(self) -> str:
        """What was logged; escapes of JSON undone, so that nothing hides in them."""
        text = self.stream.getvalue()
        return text + text.encode().decode("unicode_escape")


@pytest.fixture(params=["console", "structured"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    structured = request.param == "structured"
    made = Log(StructuredFormatter() if structured else ConsoleFormatter())
    redaction.install([SECRET])
    yield made
    made.logger.removeHandler(made.handler)


def assert_clean(log: Log, *, said: str = "") -> None:
    assert said in log.text
    for leak in LEAKS:
        assert leak not in log.text


@pytest.mark.parametrize("form", FORMS)
def test_secrets_in_every_form_they_travel_in(log: Log, form: str) -> None:
    log.logger.info("before %s after", FORMS[form])
    log.logger.info("before " + FORMS[form])  # noqa: G003 - somebody may
    assert_clean(log, said="before ***")


@pytest.mark.parametrize("email", EMAILS)
def test_email_addresses(log: Log, email: str) -> None:
    log.logger.warning("GET /users?email=%s&page=2", email)
    assert_clean(log, said="page=2")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Token token=abcdef123",
        "'Authorization': 'Bearer abcdef123'",
        '{"access_token": "abcdef123"}',
        "POST /token refresh_token=abcdef123&x=1",
        "client_secret = abcdef123",
        "Authorization: Basic abcdef123",
        "apikey=abcdef123",
    ],
)
def test_credentials_that_nobody_told_us(log: Log, text: str) -> None:
    log.logger.info("Sent %s", text)
    assert "abcdef123" not in log.text


def test_tracebacks(log: Log) -> None:
    try:
        _fail()
    except ValueError:
        log.logger.exception("It failed")
    assert_clean(log, said="It failed")
    assert "_fail" in log.text


def test_tracebacks_with_causes(log: Log) -> None:
    try:
        try:
            _fail()
        except ValueError as error:
            raise RuntimeError("Something else") from error
    except RuntimeError:
        log.logger.exception("It failed")
    assert_clean(log, said="Something else")


def test_tracebacks_with_causes_that_python_would_hide(log: Log) -> None:
    """``from None`` hides the first error from a traceback, not from a structured log."""
    try:
        try:
            _fail()
        except ValueError:
            raise RuntimeError("Something else") from None
    except RuntimeError:
        log.logger.exception("It failed")
    assert_clean(log, said="Something else")


def test_tracebacks_that_python_prints_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    redaction.install([SECRET])
    redaction.cover_tracebacks()
    thread = threading.Thread(target=_fail)
    thread.start()
    thread.join()
    try:
        _fail()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    told = capsys.readouterr().err
    assert told.count("ValueError: cannot use *** of <e-mail> (***)\n") == 2
    assert told.count("in _fail\n") == 2


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\t", "\x1b", "\x7f", "\x9b", "\u2028", "\u202e", "\u200b", "\ud800"]
)
def test_what_does_not_print_is_escaped(log: Log, character: str) -> None:
    try:
        _fail(f"before{character}[31mafter")
    except ValueError:
        log.logger.exception("It%sfailed", character, extra={"url": f"/{character}"})
    text = log.stream.getvalue().replace("\\\\u", "\\u").replace("\\\\", "\\")
    shown = json.dumps(character)[1:-1]
    assert f"It{shown}failed" in text
    assert f"before{shown}[31mafter" in text or character == "\n"
    assert character not in text or character == "\n"


def test_letters_signs_and_spaces_of_all_scripts_are_left_alone(log: Log) -> None:
    text = "Crème brûlée à 5\N{NARROW NO-BREAK SPACE}€ für 東京 🍏"
    log.logger.info(text)
    assert text in log.stream.getvalue() or json.dumps(text)[1:-1] in log.stream.getvalue()


def test_extra_fields_of_any_depth(log: Log) -> None:
    extra = {"url": f"/?key={SECRET}", "context": {"email": EMAILS[0], "list": [SECRET, (SECRET,)]}}
    log.logger.info("Metric", extra=extra)
    assert_clean(log, said="Metric")


def test_harmless_messages_are_left_alone(log: Log) -> None:
    log.logger.info("Synced %d of %s: 100%% done", 7, {"a": [1]}, extra={"count": 3})
    assert "Synced 7 of {'a': [1]}: 100% done" in log.text


def test_a_wrong_log_call_does_no_harm(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.logger.info("%d records", "many")
    log.logger.info("next")
    assert "next" in log.text


def test_structured_logs_stay_one_json_object_per_line() -> None:
    made = Log(StructuredFormatter())
    redaction.install([SECRET])
    try:
        _fail()
    except ValueError:
        made.logger.exception("It failed with %s", SECRET)
    made.logger.removeHandler(made.handler)
    (line,) = made.stream.getvalue().splitlines()
    assert json.loads(line)["level"] == "error"


def test_very_long_words_are_no_trap() -> None:
    """An expression that tries every start of a word would take hours for this one."""
    assert redaction.redact("x" * 300_000) == "x" * 300_000


def test_a_secret_that_is_found_is_masked_in_each_of_its_spellings(log: Log) -> None:
    log.logger.info("%s", " and ".join(FORMS.values()))
    assert_clean(log, said=" and ".join(["***"] * len(FORMS)))


@pytest.mark.parametrize("text", ["%{}", "%25{}", "%2541{}", "+{}", "100%{}%", "%zz%{}"])
def test_percent_signs_before_a_secret_do_not_hide_it(text: str) -> None:
    redaction.install(["41-secret+word"])
    assert "secret" not in redaction.redact(text.format("41-secret+word"))
    assert "secret" not in redaction.redact(text.format("%34%31-secret%252Bword"))


def test_thousands_of_secrets_are_no_trap() -> None:
    """People whose data a tap asks for are secrets; to compile one expression of them is not."""
    redacting = redaction.RedactionFilter()
    redacting.learn(f"person-{number}-of-the-settings" for number in range(20_000))
    text = "GET /users?name=person-19999-of-the-settings&page=%s " * 20
    assert redacting.redact(text) == "GET /users?name=***&page=%s " * 20


def test_values_too_short_to_be_secrets_are_kept() -> None:
    redaction.install(["a", "", "on"])
    assert redaction.redact("not a word on it") == "not a word on it"


def test_secret_settings_are_found_at_any_depth() -> None:
    schema = {
        "properties": {
            "api_key": {"type": "string", "secret": True},
            "users": {"type": "array", "secret": True},
            "login": {"type": "object", "properties": {"password": {"secret": True}}},
            "plan": {"type": "string"},
            "absent": {"type": "string", "secret": True},
        }
    }
    config = {
        "api_key": "k-1",
        "users": [{"email": "e-1", "pin": 1234, "active": True, "none": None}],
        "login": {"user": "u-1", "password": "p-1"},
        "plan": "standard",
    }
    assert set(redaction.find_secrets(config, schema)) == {"k-1", "e-1", "1234", "p-1"}


def _fail(text: str = f"cannot use {SECRET} of {EMAILS[0]} ({FORMS['base64']})") -> t.NoReturn:
    raise ValueError(text)


def test_the_secrets_of_a_run_that_is_over_can_be_forgotten() -> None:
    redaction.install(["s3cr3t-of-the-run-before"])
    assert redaction.redact("s3cr3t-of-the-run-before") == "***"

    redaction.forget()
    redaction.install(["s3cr3t-of-this-run"])

    text = redaction.redact("s3cr3t-of-the-run-before s3cr3t-of-this-run")
    assert text == "s3cr3t-of-the-run-before ***"
