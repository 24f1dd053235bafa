"""Tokens: fetched when needed, kept while they hold, renewed once."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from caseway.core.clock import clock
from caseway.core.errors import CasewayError, NotConfigured, RateLimited, Unavailable
from caseway.core.http import Exchange, HttpSettings, classified, open_client
from caseway.core.oauth_client import ClientCredentials, basic, bearer

from .conftest import Open, Peer, hang_up, plain


class Desk:
    """An authorisation server that numbers its tokens, and an API that takes only the valid one."""

    def __init__(self, open_peer: Open) -> None:
        self.issued = 0
        self.valid: str | None = None  # None takes any token
        self.peer: Peer = open_peer(self._answer)

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/token":
            self.issued += 1
            plain(json.dumps({"access_token": f"t{self.issued}", "expires_in": 300}).encode())(handler)
        else:
            shown = handler.headers.get("Authorization", "")
            plain(status=200 if self.valid is None or shown == f"Bearer {self.valid}" else 401)(handler)

    def auth(self, **more: Any) -> ClientCredentials:
        url = f"http://127.0.0.1:{self.peer.port}/token"
        return ClientCredentials(url, "caseway", SecretStr("geheim"), scope="dms", **more)

    def settings(self) -> HttpSettings:
        return HttpSettings(base_url=f"http://127.0.0.1:{self.peer.port}", read_timeout=2)


@pytest.fixture
def desk(open_peer: Open) -> Desk:
    return Desk(open_peer)


def test_one_token_serves_until_shortly_before_its_end(desk: Desk) -> None:
    with clock.hold() as held, open_client(desk.settings(), desk.auth()) as client:
        assert [200, 200] == [client.get("/a").status_code, client.get("/b").status_code]
        assert 1 == desk.issued
        held.advance(timedelta(seconds=269))
        client.get("/c")
        assert 1 == desk.issued
        held.advance(timedelta(seconds=1))
        client.get("/d")
        assert 2 == desk.issued
    assert "Bearer t2" == desk.peer.seen[-1].headers["authorization"]


@pytest.mark.parametrize("style", ["basic", "form"])
def test_the_client_shows_itself_in_the_agreed_style(desk: Desk, style: Any) -> None:
    with open_client(desk.settings(), desk.auth(style=style)) as client:
        client.get("/")

    asked = desk.peer.seen[0]
    form = parse_qs(asked.body.decode())
    assert (["client_credentials"], ["dms"]) == (form["grant_type"], form["scope"])
    secret = b64encode(b"caseway:geheim").decode()
    expected = {"basic": (f"Basic {secret}", None), "form": (None, ["geheim"])}
    assert expected[style] == (asked.headers.get("authorization"), form.get("client_secret"))


def test_a_token_that_lost_its_worth_is_renewed_once(desk: Desk) -> None:
    with open_client(desk.settings(), desk.auth()) as client:
        client.get("/")
        desk.valid = "t2"
        assert 200 == client.post("/", content=b"x").status_code
        desk.valid = "none"
        assert 401 == client.get("/").status_code
    assert 3 == desk.issued


def test_a_body_that_cannot_be_read_again_is_not_sent_again(desk: Desk) -> None:
    def body() -> Iterator[bytes]:
        yield b"x"

    with open_client(desk.settings(), desk.auth()) as client:
        client.get("/")
        desk.valid = "t2"
        headers = {"Content-Length": "1"}
        assert 401 == client.post("/", content=body(), headers=headers).status_code
        assert 200 == client.post("/", content=body(), headers=headers).status_code


def test_threads_share_one_token(desk: Desk) -> None:
    with open_client(desk.settings(), desk.auth()) as client:
        threads = [threading.Thread(target=client.get, args=("/",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)

    assert 1 == desk.issued
    assert 9 == len(desk.peer.seen)


def test_fetching_a_token_is_on_the_wire_log_without_its_secret(desk: Desk) -> None:
    log = list[Exchange]()

    with open_client(desk.settings(), desk.auth(), log.append) as client:
        client.get("/")

    assert ["fetchToken", ""] == [exchange.action for exchange in log]
    assert "Basic [redacted]" == log[0].request_headers["authorization"]


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, NotConfigured, "oauth.refused"),
        (400, NotConfigured, "oauth.refused"),
        (429, RateLimited, "oauth.unavailable"),
        (503, Unavailable, "oauth.unavailable"),
        (200, NotConfigured, "oauth.answer_unreadable"),
    ],
)
def test_a_refused_token_is_told(open_peer: Open, status: int, kind: type[CasewayError], code: str) -> None:
    desk = Desk(open_peer)
    desk.peer.answer = plain(b"[]", status, Retry_After="7")

    with open_client(desk.settings(), desk.auth()) as client, pytest.raises(CasewayError) as caught:
        client.post("/", content=b"x")

    assert (kind, code) == (type(caught.value), code and caught.value.code)
    if isinstance(caught.value, Unavailable):
        assert timedelta(seconds=7) == caught.value.retry_after


def test_a_lost_token_answer_is_no_unknown_outcome(desk: Desk) -> None:
    desk.peer.answer = hang_up

    with open_client(desk.settings(), desk.auth()) as client:
        with pytest.raises(Unavailable) as caught, classified():
            client.post("/", content=b"x")

    assert "http.unreachable" == caught.value.code
    assert ["/token"] == [request.path for request in desk.peer.seen]


def test_a_token_desk_that_stays_silent_is_waited_for_no_longer_than_any_other(desk: Desk) -> None:
    release = threading.Event()

    def wait(handler: BaseHTTPRequestHandler) -> None:
        release.wait(5)
        hang_up(handler)

    desk.peer.answer = wait
    settings = desk.settings().model_copy(update={"read_timeout": 0.1})

    with open_client(settings, desk.auth()) as client, pytest.raises(Unavailable), classified():
        client.get("/")
    release.set()


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (basic("Müller", SecretStr("ß:x")), "Basic " + b64encode("Müller:ß:x".encode()).decode()),
        (bearer(SecretStr("abc")), "Bearer abc"),
    ],
)
def test_a_fixed_credential_is_sent_with_each_request(open_peer: Open, auth: Any, header: str) -> None:
    peer = open_peer()

    with open_client(HttpSettings(base_url=f"http://127.0.0.1:{peer.port}"), auth) as client:
        client.get("/")

    assert [header] == [request.headers["authorization"] for request in peer.seen]
