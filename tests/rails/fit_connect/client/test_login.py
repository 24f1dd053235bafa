"""The token: fetched when needed, kept, renewed once, and shown to nobody else."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from caseway.core.clock import clock
from caseway.core.errors import NotConfigured, OutcomeUnknown, RateLimited, Unavailable
from caseway.core.http import Exchange
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.routing import Routing
from caseway.rails.fit_connect.submissions import Submissions
from tests.rails.fit_connect.client.stub import (
    ATTACHMENT,
    CASE,
    DESTINATION,
    SUBMISSION,
    Reply,
    Stub,
    answer,
    client_to,
    hang_up,
    link_to,
)

WAITING = "/submission-api/v2/submissions"
UPLOAD = f"/submission-api/v2/submissions/{SUBMISSION}/attachments/{ATTACHMENT}"
EMPTY = {"count": 0, "offset": 0, "totalCount": 0, "submissions": []}


def tokens(stub: Stub) -> list[str]:
    return [one.headers.get("authorization", "") for one in stub.find()]


def test_one_token_serves_until_shortly_before_its_end(stub: Stub, client: Client) -> None:
    stub.on("GET", WAITING, answer(EMPTY))

    with clock.hold() as held:
        for seconds in (0, 1700, 100):
            held.advance(timedelta(seconds=seconds))
            list(Submissions(client).waiting(DESTINATION))

    assert ["Bearer t1", "Bearer t1", "Bearer t2"] == tokens(stub)


def test_id_and_secret_go_in_the_form_and_no_scope_is_asked_for(stub: Stub, client: Client) -> None:
    stub.on("GET", WAITING, answer(EMPTY))

    list(Submissions(client).waiting(DESTINATION))

    asked = stub.asked[0]
    form = {"grant_type": ["client_credentials"], "client_id": ["caseway"], "client_secret": ["geheim"]}
    assert form == parse_qs(asked.body.decode())
    assert "authorization" not in asked.headers


def test_routing_and_public_keys_never_see_the_token(stub: Stub, client: Client) -> None:
    stub.on("GET", "/routing/v1/routes", answer({"routes": [], "totalCount": 0}))
    stub.on("GET", "/routing/v1/areas", answer({"areas": [], "totalCount": 0}))
    stub.on("GET", "/portal/.well-known/jwks.json", answer({"keys": []}))
    stub.on("GET", "/submission-api/.well-known/jwks.json", answer({"keys": []}))

    list(Routing(client).routes("99010003001006", kind="ars", place="06"))
    list(Routing(client).areas(["Hanau"]))
    Destinations(client).portal_keys()
    Destinations(client).service_keys()

    assert ["", "", "", ""] == tokens(stub)
    assert 0 == stub.issued


def test_every_request_says_who_we_are(stub: Stub, client: Client) -> None:
    stub.on("GET", WAITING, answer(EMPTY))

    list(Submissions(client).waiting(DESTINATION))

    assert {True} == {one.headers["user-agent"].startswith("Caseway/") for one in stub.asked}


def test_a_401_gets_one_fresh_token(stub: Stub, client: Client) -> None:
    stub.on("GET", WAITING, answer(EMPTY))
    stub.valid = {"t2"}

    list(Submissions(client).waiting(DESTINATION))

    assert ["Bearer t1", "Bearer t2"] == tokens(stub)


@pytest.mark.parametrize("reading", [True, False])
def test_a_401_to_a_fresh_token_needs_a_person(stub: Stub, client: Client, reading: bool) -> None:
    stub.valid = set()

    with pytest.raises(NotConfigured) as raised:
        list(Submissions(client).waiting(DESTINATION)) if reading else Events(client).post(CASE, "a.b.c")

    assert "fit_connect.unauthorized" == raised.value.code
    assert 2 == stub.issued == len(stub.find())


def test_a_token_that_ends_during_an_upload_is_renewed_and_all_is_sent_anew(
    stub: Stub, client: Client
) -> None:
    stub.on("PUT", UPLOAD, Reply(204))
    stub.valid = {"t2"}
    opened = []

    def content() -> Body:
        body = Body.of("x" * 700_000)
        return Body(body.length, lambda: opened.append(1) or body.open())  # type: ignore[func-returns-value]

    Submissions(client).upload(SUBMISSION, ATTACHMENT, content())

    first, second = stub.find("PUT")
    assert (700_000, first.sha256) == (second.length, second.sha256)
    assert 2 == len(opened)


def test_a_refusal_that_comes_before_the_body_was_read_is_understood(stub: Stub, client: Client) -> None:
    denied = Reply(401, b"{}", {"Content-Type": "application/json", "Connection": "close"}, early=True)
    stub.on("PUT", UPLOAD, denied, Reply(204))

    Submissions(client).upload(SUBMISSION, ATTACHMENT, Body.of("x" * 2000))

    assert ["Bearer t1", "Bearer t2"] == tokens(stub)


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (answer({"error": "invalid_client"}, 401), NotConfigured, "oauth.refused"),
        (answer({"error": "invalid_scope"}, 400), NotConfigured, "fit_connect.client_without_rights"),
        (Reply(400, b"<html>"), NotConfigured, "oauth.refused"),
        (answer({}, 200), NotConfigured, "oauth.answer_unreadable"),
        (answer({}, 429, Retry_After="30"), RateLimited, "oauth.unavailable"),
        (answer({}, 503), Unavailable, "oauth.unavailable"),
        (Reply(act=hang_up), Unavailable, "http.unreachable"),
    ],
)
def test_without_a_token_nothing_has_happened(
    stub: Stub, client: Client, reply: Reply, kind: type[Exception], code: str
) -> None:
    stub.on("POST", "/token", reply)

    with pytest.raises(kind) as raised:
        Events(client).post(CASE, "a.b.c")

    assert code == getattr(raised.value, "code", "")
    assert not isinstance(raised.value, OutcomeUnknown)
    assert [] == stub.find()


def test_neither_secret_nor_token_gets_into_the_wire_log(stub: Stub) -> None:
    stub.on("GET", WAITING, answer(EMPTY))
    exchanges: list[Exchange] = []
    with link_to(stub.url, exchanges) as link:
        list(Submissions(Client.of(link)).waiting(DESTINATION))

    assert ["fetchToken", "listSubmissions"] == [one.action for one in exchanges]
    assert DESTINATION == exchanges[1].object_id
    assert not any(secret in repr(exchanges) for secret in ("geheim", "t1"))


def test_a_redirect_is_not_followed(stub: Stub, client: Client) -> None:
    stub.on("GET", WAITING, Reply(302, headers={"Location": f"{stub.url}/elsewhere"}))

    with pytest.raises(NotConfigured) as raised:
        list(Submissions(client).waiting(DESTINATION))

    assert "fit_connect.redirected" == raised.value.code
    assert [] == stub.find(path="/elsewhere")


def test_two_connections_do_not_share_a_token(stub: Stub) -> None:
    stub.on("GET", WAITING, answer(EMPTY))

    for _ in range(2):
        with client_to(stub.url) as client:
            list(Submissions(client).waiting(DESTINATION))

    assert ["Bearer t1", "Bearer t2"] == tokens(stub)
