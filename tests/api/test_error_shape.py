"""One shape of errors over all addresses (RFC 9457).

{"type": "urn:caseway:problem:<code>", "title", "status", "detail", "code", "remedy", "instance"} and, where
there are any, "errors" and "facts"; media type application/problem+json; no stack, nothing of what was sent.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from caseway.api import submissions
from tests.api.conftest import Sender

FIELDS = {"type", "title", "status", "detail", "code", "remedy", "instance"}
NOBODY = str(uuid.UUID(int=7 << 76 | 2 << 62))
GETS = (
    "submissions",
    f"submissions/{NOBODY}",
    "cases",
    f"cases/{NOBODY}",
    f"documents/{NOBODY}",
    f"documents/{NOBODY}/content",
    "deliveries",
    f"deliveries/{NOBODY}",
    "connections",
    f"replays/{NOBODY}",
    "events",
    "mappings",
    "mappings/hundesteuer/1",
)
POSTS = (
    "submissions",
    f"deliveries/{NOBODY}/retry",
    "replays",
    f"replays/{NOBODY}/start",
    "mappings/hundesteuer/render",
)


def check(answer: Any, status: int) -> dict[str, Any]:
    """Hold an answer against the shape and return it."""
    assert status == answer.status_code, answer.content
    assert "application/problem+json" == answer.headers["Content-Type"]
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "code", "remedy", "instance"} == set(body) - {
        "errors",
        "facts",
    }
    assert (f"urn:caseway:problem:{body['code']}", status) == (body["type"], body["status"])
    assert re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", body["code"])
    assert body["detail"].endswith(".")
    assert "Traceback" not in answer.content.decode()
    return body


def test_without_a_token_every_address_says_so(db: None) -> None:
    nobody = Sender("")
    answers = [nobody.get(path) for path in GETS] + [nobody.call("POST", path, b"{}") for path in POSTS]

    for answer in answers:
        assert "access.token_missing" == check(answer, 401)["code"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_wrong_token_is_refused_everywhere(db: None) -> None:
    stranger = Sender("no-such-token")

    assert {"access.token_invalid"} == {check(stranger.get(path), 401)["code"] for path in GETS}


def test_a_token_without_the_scope_is_refused_everywhere(organisation: Any, sender_of: Any) -> None:
    poor = sender_of(organisation, "remit")

    assert {"access.not_permitted"} == {check(poor.get(path), 403)["code"] for path in GETS}
    assert "access.not_permitted" == check(poor.submit(), 403)["code"]


def test_what_does_not_exist_is_not_found(sender: Sender) -> None:
    for path in GETS:
        if NOBODY in path or path.startswith("mappings/"):
            check(sender.get(path), 404)
    for path in ("nothing", "submissions/not-a-uuid", "/api/v2/submissions", "/api/"):
        assert "request.not_found" == check(sender.get(path), 404)["code"]


def test_a_method_an_address_does_not_know_is_said_so(sender: Sender) -> None:
    for path in (*GETS, *POSTS):
        answer = sender.call("DELETE", path)
        assert "request.method_not_allowed" == check(answer, 405)["code"]
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("submissions?limit=0", "/query/limit"),
        ("submissions?limit=1000000", "/query/limit"),
        ("submissions?after=x", "/query/after"),
        ("submissions?since=yesterday", "/query/since"),
        ("deliveries?until=2026-01-01T00:00:00", "/query/until"),
        ("deliveries?since=0001-01-01T00:00:00%2B14:00", "/query/since"),
        ("events?kind=a%00b", "/query/kind"),
    ],
)
def test_a_wrong_parameter_is_pointed_at(sender: Sender, path: str, pointer: str) -> None:
    body = check(sender.get(path), 422)

    assert ("request.invalid", [pointer]) == (body["code"], [error["pointer"] for error in body["errors"]])


@pytest.mark.parametrize("path", POSTS[1:])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"unknown": 1}'])
def test_a_wrong_body_is_a_problem(sender: Sender, path: str, body: bytes) -> None:
    answer = sender.call("POST", path, body)

    assert answer.status_code in (400, 404, 422)
    check(answer, answer.status_code)


def test_what_nobody_foresaw_is_a_problem_without_its_message(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Erika Mustermann")

    monkeypatch.setattr(submissions.queries, "submissions", broken)
    answer = sender.get("submissions")

    assert "caseway.unexpected" == check(answer, 500)["code"]
    assert "Erika" not in answer.content.decode()


def test_a_lost_database_is_said_so_with_a_time_to_come_back(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(submissions.queries, "submissions", lost)
    answer = sender.get("submissions")

    assert "database.unavailable" == check(answer, 503)["code"]
    assert "10" == answer.headers["Retry-After"]


def test_a_host_we_do_not_serve_gets_a_problem_too(db: None) -> None:
    answer = Client(SERVER_NAME="elsewhere.example").get("/api/v1/submissions")

    assert (400, "application/problem+json") == (answer.status_code, answer["Content-Type"])
    assert "request.unreadable" == answer.json()["code"]
