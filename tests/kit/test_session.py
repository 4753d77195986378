"""The session: nothing leaves the origin, what may pass is tried again, nothing hangs."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import typing as t

import pytest
import requests

from singer_kit.errors import ApiError, BudgetError, ContentError, DeniedError, OriginError
from singer_kit.http import body as content
from singer_kit.http.budget import Window
from tests.kit.client import Client
from tests.kit.scripted_server import Call, Fault, Reply, ScriptedServer

if t.TYPE_CHECKING:
    from tests.kit.client import NewClient

SECRET = "s3cr3t-value"


def test_returns_the_decoded_answer(server: ScriptedServer, client: NewClient) -> None:
    server.app = lambda _: [{"id": 1}]
    assert client().get("/things").data == [{"id": 1}]


# The origin


@pytest.mark.parametrize(
    "target",
    [
        "http://localhost:{port}/things",
        "https://127.0.0.1:{port}/things",
        "http://127.0.0.1:1/things",
        "http://127.0.0.1:{port}@192.0.2.1/things",
        "http://192.0.2.1\\@127.0.0.1:{port}/things",
        "//192.0.2.1/things",
    ],
)
def test_a_redirect_never_leaves_the_origin(
    server: ScriptedServer, client: NewClient, target: str
) -> None:
    location = target.format(port=server.url.rsplit(":", 1)[1])
    server.app = lambda _: Reply(status=302, headers={"Location": location})
    with pytest.raises(OriginError, match="Refused to contact"):
        client().get("/start", Authorization=SECRET)
    assert server.targets == ["/start"]


def test_a_request_to_another_host_is_not_sent(server: ScriptedServer, client: NewClient) -> None:
    other = client()
    with pytest.raises(OriginError):
        other.get(server.url.replace("127.0.0.1", "localhost") + "/things")
    assert server.calls == []


@pytest.mark.parametrize("location", ["http://127.0.0.1:99999/things", "http://[::1/things"])
def test_a_redirect_to_no_url_is_one_line(
    server: ScriptedServer, client: NewClient, location: str
) -> None:
    server.app = lambda _: Reply(status=302, headers={"Location": location})
    with pytest.raises(OriginError, match="redirects to no URL"):
        client().get("/things")


def test_redirects_inside_the_origin_are_followed(
    server: ScriptedServer, client: NewClient
) -> None:
    def app(call: Call) -> object:
        if call.path == "/old":
            return Reply(status=301, headers={"Location": "/new?page=2"})
        return [{"path": call.target, "key": call.headers.get("X-Key")}]

    server.app = app
    answer = client().get("/old", **{"X-Key": "k"})
    assert answer.data == [{"path": "/new?page=2", "key": "k"}]


def test_endless_redirects_are_an_error(server: ScriptedServer, client: NewClient) -> None:
    server.app = lambda _: Reply(status=302, headers={"Location": "/again"})
    with pytest.raises(ApiError, match="redirects more than"):
        client().get("/again")


# Retries


@pytest.mark.parametrize(
    "failure",
    [
        Reply(status=500),
        Reply(status=502, body=b"<html>bad gateway</html>"),
        Reply(status=503),
        Reply(status=408),
        Reply(fault="reset"),
        Reply([{"id": 1}, {"id": 2}], fault="truncate"),
        Reply(b'[{"id": 1}, {"id"'),
    ],
    ids=["500", "502", "503", "408", "reset", "truncated", "cut"],
)
def test_what_may_pass_is_tried_again(
    server: ScriptedServer, client: NewClient, failure: Reply
) -> None:
    server.app = lambda call: failure if call.nth < 3 else [{"id": 7}]
    assert client().get("/things").data == [{"id": 7}]
    assert server.asked("/things") == 3


def test_a_truncated_chunked_body_is_tried_again(server: ScriptedServer, client: NewClient) -> None:
    headers = {"Transfer-Encoding": "chunked", "Content-Length": "", "Connection": "close"}
    whole = b"a\r\n" + b'[{"id": 7}' + b"\r\n1\r\n]\r\n0\r\n\r\n"
    server.app = lambda call: Reply(whole[:-5] if call.nth == 1 else whole, headers=headers)
    assert client().get("/things").data == [{"id": 7}]
    assert server.asked("/things") == 2


def test_retries_are_bounded_in_time(server: ScriptedServer, client: NewClient) -> None:
    server.app = lambda _: Reply(status=500)
    with pytest.raises(ApiError, match="was 500"):
        client(retry_seconds=2).get("/things")
    assert server.asked("/things") > 1


def test_time_spent_waiting_for_the_budget_is_not_taken_from_the_retries(
    server: ScriptedServer, client: NewClient
) -> None:
    refusal = Reply(status=429, headers={"Retry-After": "1"})
    script = {1: refusal, 2: Reply(status=502)}
    server.app = lambda call: script.get(call.nth, [{"id": 7}])
    assert client(retry_seconds=0.9).get("/things").data == [{"id": 7}]


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_denial_is_told_at_once(server: ScriptedServer, client: NewClient, status: int) -> None:
    server.app = lambda _: Reply({"message": SECRET}, status=status)
    with pytest.raises(DeniedError, match=str(status)) as caught:
        client().get("/things")
    assert caught.value.status == status
    assert server.asked("/things") == 1


def test_another_client_error_is_not_tried_again(server: ScriptedServer, client: NewClient) -> None:
    server.app = lambda _: Reply(status=422)
    with pytest.raises(ApiError, match="422"):
        client().get("/things")
    assert server.asked("/things") == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_is_waited_out(server: ScriptedServer, client: NewClient, status: int) -> None:
    refusal = Reply(status=status, headers={"Retry-After": "1"})
    server.app = lambda call: refusal if call.nth == 1 else [{"id": 7}]
    assert client().get("/things").data == [{"id": 7}]
    first, second = server.calls
    assert second.at - first.at >= 1


def test_endless_refusals_end_the_run(server: ScriptedServer, client: NewClient) -> None:
    server.app = lambda _: Reply(status=429, headers={"Retry-After": "0"})
    with pytest.raises(BudgetError, match="would wait 2 s, more than max_wait"):
        client(max_wait=1).get("/things")
    assert len(server.calls) == 3


# Time and size


@pytest.mark.parametrize("fault", ["drip", "hang", "silent"])
@pytest.mark.parametrize("status", [200, 302, 500])
def test_a_response_has_a_total_deadline(
    server: ScriptedServer, client: NewClient, fault: Fault, status: int
) -> None:
    headers = {"Location": "/elsewhere"} if status == 302 else {}
    body = [{"id": number} for number in range(400)]
    server.app = lambda _: Reply(body, status, headers, fault=fault)
    started = time.monotonic()
    with pytest.raises(ApiError):
        client(timeout=0.3, retry_seconds=0.1).get("/things")
    # The whole body would take a minute; this only tells a deadline from none.
    assert time.monotonic() - started < 20


def test_a_session_that_is_not_used_any_more_leaves_no_thread(
    server: ScriptedServer, client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("singer_kit.http.deadline._NAP_SECONDS", 0.01)
    server.app = lambda _: Reply([])
    before = set(threading.enumerate())
    used = client(timeout=0.3, retry_seconds=0.1)
    used.get("/things")
    mine = [thread for thread in set(threading.enumerate()) - before if thread.name == "watchdog"]
    for thread in mine:
        thread.join(20)
    assert mine
    assert not any(thread.is_alive() for thread in mine)
    # It is there again when it is needed.
    server.app = lambda _: Reply([], fault="hang")
    with pytest.raises(ApiError):
        used.get("/things")


def test_a_response_has_a_size_limit(
    server: ScriptedServer, client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content.read_body, "__kwdefaults__", {"max_bytes": 10_000})
    packed = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    server.app = lambda _: Reply(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(ContentError, match="larger than 10000 bytes"):
        client().get("/things")


def test_a_compressed_body_may_arrive_in_the_smallest_pieces(
    server: ScriptedServer, client: NewClient
) -> None:
    packed = gzip.compress(b'[{"id": 1}]')
    server.app = lambda _: Reply(packed, headers={"Content-Encoding": "gzip"}, fault="drip")
    assert client(timeout=30).get("/things").data == [{"id": 1}]


# Content


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html>Sign in</html>", "text/html"),
        (b"\n <html></html>", "application/json"),
        (b"null", "application/json"),
        (b"17", "application/json"),
        (b'"text"', "application/json"),
        (b"true", "application/json"),
        (b'{"error": "no such page"}', "application/json"),
        (b'{"errors": ["a", "b"], "message": "no"}', "application/json"),
        (b"", "application/json"),
        (b"not json", "application/json"),
        (b"[" * 100_000, "application/json"),
    ],
)
def test_a_200_that_is_no_answer_is_an_error(
    server: ScriptedServer, client: NewClient, body: bytes, kind: str
) -> None:
    server.app = lambda _: Reply(body, headers={"Content-Type": kind})
    with pytest.raises(ContentError) as caught:
        client(retry_seconds=0.1).get("/things")
    assert "/things" in str(caught.value)
    assert "\n" not in str(caught.value)


# Messages


def test_an_unreachable_server_is_one_line_that_names_the_setting() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        # Bound but not listening: nobody else can take the port.
        with pytest.raises(ApiError) as caught:
            Client(url, retry_seconds=0.2).get("/things?token=" + SECRET)
    assert url in str(caught.value)
    assert "refused" in str(caught.value)
    assert "'api_url'" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_an_unknown_host_is_one_line_that_names_the_setting() -> None:
    with pytest.raises(ApiError, match=r"host name is not known.*'api_url'"):
        Client("http://does-not-exist.invalid", retry_seconds=0.2).get("/things")


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500, body=SECRET.encode()),
        Reply(status=404, body=SECRET.encode()),
        Reply(status=422, body=SECRET.encode()),
        Reply(status=302, headers={"Location": f"http://user:{SECRET}@192.0.2.1/?k={SECRET}"}),
        Reply(SECRET.encode()),
        Reply(f'{{"error": "{SECRET}"}}'.encode()),
        Reply(fault="reset"),
        Reply([1, 2, 3], fault="truncate"),
    ],
)
def test_no_message_carries_query_credentials_or_content(
    server: ScriptedServer, client: NewClient, reply: Reply
) -> None:
    server.app = lambda _: reply
    url = server.url.replace("://", f"://user:{SECRET}@")
    with pytest.raises(ApiError) as caught:
        client(retry_seconds=0.1).get(f"{url}/things?token={SECRET}", Authorization=SECRET)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_request_is_signed_only_when_it_may_leave(
    server: ScriptedServer, client: NewClient
) -> None:
    """A token could end while the request waits for its slot."""
    server.app = lambda _: [{"id": 1}]
    waiting = client(windows=[Window(1, 3600)], max_wait=0)
    waiting.get("/things")
    signed: list[str | None] = []

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed.append(request.url)
        return request

    request = requests.Request("GET", f"{server.url}/others").prepare()
    with pytest.raises(BudgetError):
        waiting.session.fetch(request, sign=sign)
    assert signed == []
