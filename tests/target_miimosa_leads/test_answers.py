"""A 200 that says no is no receipt."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.target_miimosa_leads.servers import reply, serving
from tests.target_miimosa_leads.support import SCHEMA, Workplace, lead, leads, record

if t.TYPE_CHECKING:
    import socket
    from pathlib import Path

NO = [
    '{"success": false, "message": "Email invalide"}',
    '{"success": "false"}',
    '{"success": 0}',
    '{"success": null}',
    '{"Success": "No"}',
    '{"isSuccess": false}',
    '{"ok": false}',
    '{"accepted": false}',
    '{"id": null, "created": false}',
    '{"status": "error", "message": "x"}',
    '{"status": "ERROR"}',
    '{"status": "fail", "data": {"email": "taken"}}',
    '{"status": "failed"}',
    '{"status": "failure"}',
    '{"status": "ko"}',
    '{"status": "refused"}',
    '{"status": "not_created"}',
    '{"status": "400 Bad Request"}',
    '{"status": false}',
    '{"status": 0}',
    '{"status": 422}',
    '{"status": "422"}',
    '{"status": {"code": 500}}',
    '{"statusCode": 400, "message": ["x"]}',
    '{"result": "error"}',
    '{"result": false}',
    '{"result": {"success": false}}',
    '{"code": 400, "message": "Bad"}',
    '{"code": "invalid_email"}',
    '{"code": 1, "msg": "x"}',
    '{"code": -1}',
    '{"error": "no"}',
    '{"error": true}',
    '{"error": 1}',
    '{"error": {"message": "x"}}',
    '{"error_message": "x"}',
    '{"errorCode": 17}',
    '{"has_errors": true}',
    '{"errors": {"email": ["is taken"]}}',
    '{"message": "x", "errors": [{"field": "email"}]}',
    '{"data": {"error": "x"}}',
    '{"data": {"lead": {"email": {"errors": ["x"]}}}}',
    '{"data": {"status": "rejected"}}',
    '{"violations": [{"propertyPath": "email"}]}',
    '{"exception": "Foo"}',
    '{"failed": 1}',
    '{"rejected": [1]}',
    '[{"error": "x"}]',
    '[{"id": 1}, {"status": "error"}]',
    '{"type": "about:blank", "title": "An error occurred", "detail": "Bad", "status": 400}',
    '{"type": "https://example.org/taken", "title": "Taken"}',
    '{"title": "Taken", "detail": "x"}',
    '{"type": "error"}',
    '{"@type": "ConstraintViolationList"}',
    '{"message": "Email invalide"}',
    '{"message": "Lead could not be created"}',
    '{"detail": "Not found."}',
    "false",
    "0",
    '"error"',
    '"Email invalide"',
    "[false]",
    '\ufeff{"success": false}',
]
YES = [
    "",
    " \r\n",
    "\ufeff",
    '\ufeff{"id": 4}',
    "{}",
    "[]",
    "null",
    "true",
    "17",
    '""',
    '"ok"',
    '"created"',
    '{"id": 4}',
    '{"id": 4, "code": "A-17", "state": "new", "type": "Lead"}',
    '{"success": true}',
    '{"success": "true", "error": null}',
    '{"success": 1, "errors": []}',
    '{"error": false}',
    '{"error": null}',
    '{"error": 0}',
    '{"error": ""}',
    '{"error": "none"}',
    '{"error": {"code": 0, "message": ""}}',
    '{"errors": []}',
    '{"errors": {}}',
    '{"errors": {"email": []}}',
    '{"errcode": 0, "errmsg": "ok"}',
    '{"failed": 0, "created": 1}',
    '{"status": "ok"}',
    '{"status": "OK", "message": "Lead created"}',
    '{"status": "created"}',
    '{"status": "success", "data": null}',
    '{"status": "pending"}',
    '{"status": 200}',
    '{"status": "200 OK"}',
    '{"status": 201}',
    '{"status": true}',
    '{"status": 1}',
    '{"code": 200}',
    '{"code": 0, "message": "no errors"}',
    '{"result": null, "error": null}',
    '{"result": "success"}',
    '{"message": "Merci, votre projet exceptionnel est enregistré sans erreur."}',
    '{"lead": {"id": 4, "country": {"code": 33}, "project": {"status": "draft"}}}',
    '[{"id": 4, "errors": []}]',
]


def _outcomes(folder: Path, bodies: list[str], *headers: str) -> dict[str, str]:
    """Send a lead for each body, which the server answers with it; return the statuses."""
    answers = {lead(number)["email"]: body for number, body in enumerate(bodies, 1)}

    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        connection.sendall(reply(200, answers[body["email"]].encode(), *headers))

    with serving(answer) as server:
        work = Workplace(folder, api_url=server.url, max_consecutive_failures=1000)
        work.run(leads(*range(1, len(bodies) + 1)))
    return dict(zip(bodies, work.statuses(), strict=True))


def test_a_200_that_says_no_is_unknown(tmp_path: Path) -> None:
    assert _outcomes(tmp_path, NO) == dict.fromkeys(NO, "unknown")


def test_a_200_that_does_not_is_acknowledged(tmp_path: Path) -> None:
    assert _outcomes(tmp_path, YES) == dict.fromkeys(YES, "acknowledged")


def test_problem_details_are_known_by_their_content_type(tmp_path: Path) -> None:
    header = "Content-Type: application/problem+json; charset=utf-8"
    assert _outcomes(tmp_path, ['{"foo": 1}'], header) == {'{"foo": 1}': "unknown"}


@pytest.mark.parametrize("text", [b'{"a":' * 100_000, b"[" * 500_000])
def test_a_body_that_is_too_deep_is_unknown(tmp_path: Path, text: bytes) -> None:
    with serving(lambda c, _: c.sendall(reply(200, text))) as server:
        work = Workplace(tmp_path, api_url=server.url)
        assert work.run(leads(1)).code == 4
        assert work.statuses() == ["unknown"]


@pytest.mark.prints_data("--with-data")
def test_the_reason_is_kept_and_the_lead_too_but_not_what_is_quoted_of_it(tmp_path: Path) -> None:
    def answer(connection: socket.socket, body: dict[str, t.Any]) -> None:
        errors = {
            body["email"]: f"{body['lastname']} is known, phone {body['phone']}",
            "x": "y" * 999,
        }
        connection.sendall(reply(200, json.dumps({"success": False, "errors": errors}).encode()))

    with serving(answer) as server:
        work = Workplace(tmp_path, api_url=server.url)
        person = lead(1, lastname="Crocodile", phone="0612345678")
        result = work.run([SCHEMA, record(person)])
    assert result.code == 4
    [row] = work.rows()
    assert "says no (success)" in row["reason"]
    assert "is known" in row["reason"]
    assert len(row["reason"]) < 400
    for text in (row["reason"], result.err):
        assert not any(part in text for part in ("Crocodile", "0612345678", person["email"]))
    shown = json.loads(work.journal("show", "1", "--with-data").out)
    assert shown["lead"]["lastname"] == "Crocodile"
