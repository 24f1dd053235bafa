"""The one client: what it does on the wire, what it records, what its failures mean."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx2
import pydantic
import pytest

from caseway.core.errors import CasewayError, OutcomeUnknown, Refused, Unavailable
from caseway.core.http import Exchange, HttpSettings, classified, open_client, transport_error

from .conftest import Open, Peer, hang_up, plain


def settings(peer: Peer, **more: Any) -> HttpSettings:
    return HttpSettings(base_url=f"http://127.0.0.1:{peer.port}", **more)


def failure(peer_settings: HttpSettings, method: str = "POST", **request: Any) -> CasewayError:
    with open_client(peer_settings) as client, pytest.raises(CasewayError) as caught, classified():
        client.request(method, "/", **request)
    return caught.value


def test_an_exchange_is_recorded_once_and_redacted(open_peer: Open) -> None:
    peer, log = open_peer(plain(b"12345", Set_Cookie="a=b")), list[Exchange]()

    with open_client(settings(peer), recorder=log.append) as client:
        labels = {"caseway.action": "createFolder", "caseway.object_id": "42"}
        headers = {"Authorization": "Bearer abcdefgh"}
        client.post("/x?bsn=123456782", content=b"abc", headers=headers, extensions=labels)

    (exchange,) = log
    assert (
        exchange.method,
        exchange.status,
        exchange.action,
        exchange.object_id,
    ) == ("POST", 200, "createFolder", "42")
    assert (exchange.request_bytes, exchange.response_bytes, exchange.exception) == (3, 5, None)
    assert f"http://127.0.0.1:{peer.port}/x?bsn=[bsn]" == exchange.url
    assert exchange.request_headers["authorization"] == "Bearer [redacted]"
    assert exchange.response_headers["set-cookie"] == "[redacted]"


def test_a_failed_exchange_is_recorded_with_its_exception(open_peer: Open) -> None:
    log = list[Exchange]()

    with open_client(settings(open_peer(hang_up)), recorder=log.append) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            client.get("/")

    assert [(exchange.exception, exchange.status) for exchange in log] == [("RemoteProtocolError", None)]


def test_a_streamed_answer_is_recorded_when_it_is_closed(open_peer: Open) -> None:
    log = list[Exchange]()

    with open_client(settings(open_peer(plain(b"x" * 100_000))), recorder=log.append) as client:
        with client.stream("GET", "/") as response:
            assert log == []
            assert sum(len(piece) for piece in response.iter_bytes()) == 100_000

    assert [exchange.response_bytes for exchange in log] == [100_000]


def test_a_redirect_is_the_answer(open_peer: Open) -> None:
    peer = open_peer(plain(status=302, Location="/next"))

    with open_client(settings(peer)) as client:
        assert client.get("/").status_code == 302
    assert [request.path for request in peer.seen] == ["/"]


def test_a_get_may_follow_on_its_own_host(open_peer: Open) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        (plain(b"end") if handler.path == "/next" else plain(status=302, Location="/next"))(handler)

    with open_client(settings(open_peer(answer))) as client:
        assert client.get("/", follow_redirects=True).content == b"end"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_follows_to_another_host_and_no_post_follows(open_peer: Open, method: str) -> None:
    other = open_peer()
    place = f"http://127.0.0.1:{other.port}/" if method == "GET" else "/next"
    peer = open_peer(plain(status=307, Location=place))

    with open_client(settings(peer)) as client:
        assert client.request(method, "/", follow_redirects=True).status_code == 307
    assert (other.seen, len(peer.seen)) == ([], 1)


def test_an_endless_redirect_ends(open_peer: Open) -> None:
    peer = open_peer(plain(status=302, Location="/"))

    with open_client(settings(peer)) as client:
        assert client.get("/", follow_redirects=True).status_code == 302
    assert len(peer.seen) == 6


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_beyond_the_limit_is_refused(open_peer: Open, packed: bool) -> None:
    body = b"x" * 5000
    peer = open_peer(plain(gzip.compress(body), Content_Encoding="gzip") if packed else plain(body))

    with open_client(settings(peer, max_answer_bytes=4999)) as client:
        with pytest.raises(Refused) as caught:
            client.get("/")
        with client.stream("GET", "/") as response:
            assert body == b"".join(response.iter_bytes())

    assert caught.value.code == "http.answer_too_large"


def test_an_answer_at_the_limit_is_read(open_peer: Open) -> None:
    with open_client(settings(open_peer(plain(b"x" * 5000)), max_answer_bytes=5000)) as client:
        assert len(client.get("/").content) == 5000


def test_the_environment_names_no_proxy(open_peer: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    with open_client(settings(open_peer())) as client:
        assert client.get("/").status_code == 200


def test_a_proxy_is_used_when_configured(open_peer: Open) -> None:
    proxy = open_peer(plain(b"by proxy"))

    reached = HttpSettings(base_url="http://dms.test/cmis", proxy_url=f"http://127.0.0.1:{proxy.port}")
    with open_client(reached) as client:
        assert client.get("/a").content == b"by proxy"
    assert [request.path for request in proxy.seen] == ["http://dms.test/cmis/a"]


def test_a_refused_connection_had_no_effect() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        error = failure(HttpSettings(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}"))

    assert (Unavailable, "http.unreachable") == (type(error), error.code)


def test_an_unknown_name_had_no_effect() -> None:
    assert failure(HttpSettings(base_url="http://nowhere.invalid")).code == "http.unreachable"


def test_an_answer_that_never_comes_leaves_the_outcome_unknown(open_peer: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        reached = HttpSettings(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", read_timeout=0.1)
        error = failure(reached)

    assert (OutcomeUnknown, "http.answer_lost") == (type(error), error.code)


def test_a_connection_cut_after_the_request_leaves_the_outcome_unknown(open_peer: Open) -> None:
    assert OutcomeUnknown is type(failure(settings(open_peer(hang_up)), content=b"x"))


def test_an_answer_cut_in_its_body_leaves_the_outcome_unknown(open_peer: Open) -> None:
    error = failure(settings(open_peer(plain(b"short", Content_Length="100", Connection="close"))))

    assert OutcomeUnknown is type(error)


def test_a_busy_pool_had_no_effect(open_peer: Open) -> None:
    peer = open_peer(plain(b"x" * 3_000_000))
    with open_client(settings(peer, max_connections=1, pool_timeout=0.1)) as client:
        with client.stream("GET", "/"), pytest.raises(Unavailable) as caught, classified():
            client.get("/")

    assert caught.value.code == "http.busy"


def test_an_error_of_the_body_itself_passes_as_it_is(open_peer: Open) -> None:
    def body() -> Iterator[bytes]:
        yield b"x"
        raise Unavailable("damaged", code="blob.corrupt")

    assert failure(settings(open_peer()), content=body()).code == "blob.corrupt"


@pytest.mark.parametrize(
    ("error", "started", "kind"),
    [
        (httpx2.ConnectTimeout(""), True, Unavailable),
        (httpx2.PoolTimeout(""), True, Unavailable),
        (httpx2.ReadTimeout(""), False, Unavailable),
        (httpx2.ReadTimeout(""), True, OutcomeUnknown),
        (httpx2.WriteTimeout(""), True, OutcomeUnknown),
        (httpx2.WriteError(""), True, OutcomeUnknown),
        (httpx2.RemoteProtocolError(""), True, OutcomeUnknown),
        (httpx2.DecodingError(""), True, OutcomeUnknown),
        (httpx2.ReadError(""), None, OutcomeUnknown),
    ],
)
def test_what_left_is_unknown_and_what_did_not_is_unavailable(
    error: httpx2.HTTPError, started: bool | None, kind: type[CasewayError]
) -> None:
    assert kind is type(transport_error(error, started))


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "ftp://x"},
        {"base_url": "https://"},
        {"base_url": "https://user:secret@x"},
        {"base_url": "https://x", "host_ip": "x"},
        {"base_url": "https://x", "client_key_pem": "key"},
        {"base_url": "https://x", "trust": "private"},
        {"base_url": "https://x", "proxy_url": "socks5://x"},
        {"base_url": "https://x", "read_timeout": 0},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(pydantic.ValidationError):
        HttpSettings.model_validate(wrong)
