"""Every row of the table of outcomes, over a real socket."""

from __future__ import annotations

import socket
import struct
import typing as t

import pytest

from tests.target_miimosa_leads.servers import reply, serving
from tests.target_miimosa_leads.support import Workplace, lead, leads

if t.TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_200_is_acknowledged(work: Workplace, arrived: Callable[[], dict[str, int]]) -> None:
    result = work.run(leads(1, 2))
    assert result.code == 0
    assert work.statuses() == ["acknowledged", "acknowledged"]
    assert set(arrived().values()) == {1}
    assert result.states[-1] == {"bookmark": 2}


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": 4}', b"  \n"])
def test_200_with_any_json_or_nothing_is_acknowledged(tmp_path: Path, body: bytes) -> None:
    with serving(lambda c, _: c.sendall(reply(200, body))) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 0
        assert work.statuses() == ["acknowledged"]


def test_400_is_rejected_with_the_reason_of_the_api(
    work: Workplace, fault: Callable[..., None]
) -> None:
    fault("status", status=400, body='{"errors": {"phone": ["is not French"]}}')
    result = work.run(leads(1, 2), concurrency=1)
    assert result.code == 3
    assert work.statuses() == ["rejected", "acknowledged"]
    assert "is not French" in work.rows()[0]["reason"]
    [dead] = work.dead_letters()
    assert dead["email"] == lead(1)["email"]
    assert "is not French" in dead["_sdc_dead_letter_reason"]
    assert result.states[-1] == {"bookmark": 2}


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_a_refusal_of_everything_stops_the_run_and_leaves_the_lead_planned(
    work: Workplace,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    status: int,
) -> None:
    fault("status", status=status, times=None)
    result = work.run(leads(*range(1, 30)))
    assert result.code == 5
    assert str(status) in result.last_line
    assert "api_key" in result.last_line
    assert set(work.statuses()) == {"planned"}
    assert result.states == []
    assert arrived() == {}


def test_a_wrong_key_is_told_and_mended(
    work: Workplace, arrived: Callable[[], dict[str, int]]
) -> None:
    assert work.run(leads(1), api_key="wrong-key-1234").code == 5
    result = work.run(leads(1))
    assert result.code == 0
    assert list(arrived().values()) == [1]


@pytest.mark.parametrize(
    ("kind", "members", "stored"),
    [
        ("reset_before", {}, 0),
        ("reset_after", {}, 1),
        ("timeout_after", {}, 1),
        ("truncate", {}, 1),
        ("body", {"body": "<html>ok</html>", "content_type": "text/html"}, 1),
        ("body", {"body": '{"error": "no"}'}, 1),
        ("status", {"status": 500}, 0),
        ("status", {"status": 503}, 0),
        ("status", {"status": 408}, 0),
        ("status", {"status": 202}, 0),
        ("huge", {"size": 3_000_000}, 0),
        ("drip", {"seconds": 6}, 1),
    ],
)
def test_an_ambiguous_answer_is_unknown_and_never_sent_again(
    work: Workplace,
    fault: Callable[..., None],
    arrived: Callable[[], dict[str, int]],
    posts: Callable[[], int],
    kind: str,
    members: dict[str, t.Any],
    stored: int,
) -> None:
    fault(kind, **members)
    result = work.run(leads(1), request_timeout=1.5)
    assert result.code == 4
    assert work.statuses() == ["unknown"]
    assert sum(arrived().values()) == stored
    assert result.states == [{"bookmark": 1}]
    assert "resolve" in result.last_line
    again = work.run(leads(1))
    assert again.code == 4
    assert posts() == 1


def test_503_after_storing_is_unknown(tmp_path: Path) -> None:
    with serving(lambda c, _: c.sendall(reply(503, b"", "Retry-After: 0"))) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 4
        assert len(server.leads) == 1


def test_a_reset_while_the_answer_is_awaited_is_unknown(tmp_path: Path) -> None:
    def reset(connection: socket.socket, _: dict[str, t.Any]) -> str:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return "close"

    with serving(reset) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 4
        assert len(server.leads) == 1
        assert "broke" in work.rows()[0]["reason"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_never_followed(tmp_path: Path, status: int) -> None:
    with serving() as elsewhere:
        location = f"Location: {elsewhere.url}/leads"
        with serving(lambda c, _: c.sendall(reply(status, b"", location))) as server:
            work = Workplace(tmp_path, api_url=server.url)
            assert work.run(leads(1)).code == 4
            assert len(server.leads) == 1
        assert elsewhere.connections == 0


def test_redirects_within_the_host_are_not_followed_either(
    work: Workplace, fault: Callable[..., None], posts: Callable[[], int]
) -> None:
    fault("redirect", location="/miimosa/api/leads", status=307)
    assert work.run(leads(1)).code == 4
    assert posts() == 1
