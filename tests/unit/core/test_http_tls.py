"""TLS against real servers: whom we trust, who we are, and a name that is pinned to an address."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caseway.core.errors import CasewayError, NotConfigured, Unavailable
from caseway.core.http import CertificateDays, HttpSettings, certificate_days, classified, open_client
from caseway.testing.pki import Ca, Issued, issue, make_ca

from .conftest import Open, Peer

Serving = Callable[..., Peer]


@pytest.fixture(scope="module")
def authority() -> Ca:
    return make_ca()


@pytest.fixture
def serving(open_peer: Open, authority: Ca, tmp_path: Path) -> Serving:
    """Start a server over TLS with a certificate for a name."""

    def start(name: str = "dms.test", days: int = 7, require_client: bool = False) -> Peer:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*issue(authority, "server", [name], days).write(tmp_path))
        if require_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=authority.certificate_pem.decode())
        return open_peer(context=context)

    return start


def pinned(peer: Peer, authority: Ca, **more: Any) -> HttpSettings:
    trust = {"trust": "private", "ca_pem": authority.certificate_pem.decode(), "host_ip": "127.0.0.1"}
    return HttpSettings.model_validate({"base_url": f"https://dms.test:{peer.port}/cmis", **trust, **more})


def ours(issued: Issued) -> dict[str, str]:
    return {
        "client_certificate_pem": issued.certificate_pem.decode(),
        "client_key_pem": issued.key_pem.decode(),
    }


def failure(settings: HttpSettings) -> CasewayError:
    with open_client(settings) as client, pytest.raises(CasewayError) as caught, classified():
        client.get("/")
    return caught.value


def test_a_pinned_name_keeps_its_host_header_and_its_sni(serving: Serving, authority: Ca) -> None:
    peer = serving()

    with open_client(pinned(peer, authority)) as client:
        assert client.get("/folder").status_code == 200
    (seen,) = peer.seen
    assert ("/cmis/folder", f"dms.test:{peer.port}", "dms.test") == (
        seen.path,
        seen.headers["host"],
        seen.server_name,
    )


def test_a_pinned_name_keeps_its_certificate_check(serving: Serving, authority: Ca) -> None:
    peer = serving("other.test")

    error = failure(pinned(peer, authority))

    assert (NotConfigured, "http.certificate_rejected") == (type(error), error.code)
    assert peer.seen == []


def test_only_our_own_host_is_pinned(open_peer: Open, authority: Ca) -> None:
    settings = pinned(open_peer(), authority)

    assert (settings.address_of("DMS.test"), settings.address_of("other.test")) == ("127.0.0.1", "other.test")


def test_a_private_authority_is_not_trusted_by_the_system(serving: Serving, authority: Ca) -> None:
    peer = serving()

    assert failure(pinned(peer, authority, trust="system")).code == "http.certificate_rejected"


def test_a_private_authority_can_be_added_to_the_system(serving: Serving, authority: Ca) -> None:
    peer = serving()

    with open_client(pinned(peer, authority, trust="both")) as client:
        assert client.get("/").status_code == 200


def test_an_expired_certificate_is_rejected_and_counted(serving: Serving, authority: Ca) -> None:
    settings = pinned(serving(days=-3), authority)

    assert failure(settings).code == "http.certificate_rejected"
    assert CertificateDays(server=-4, client=None) == certificate_days("dms.test", settings)


def test_we_show_our_certificate_when_it_is_asked_for(serving: Serving, authority: Ca) -> None:
    mine = issue(authority, "client", ["caseway"], days=20)
    settings = pinned(serving(require_client=True), authority, **ours(mine))

    with open_client(settings) as client:
        assert client.get("/").status_code == 200
    assert CertificateDays(server=6, client=19) == certificate_days("dms.test", settings)


def test_a_server_that_misses_our_certificate_is_a_matter_of_settings(
    serving: Serving, authority: Ca
) -> None:
    peer = serving(require_client=True)

    error = failure(pinned(peer, authority))

    assert error.code == "http.client_certificate_rejected"
    assert peer.seen == []


def test_a_server_that_does_not_speak_tls_had_no_effect(open_peer: Open, authority: Ca) -> None:
    error = failure(pinned(open_peer(), authority))

    assert (Unavailable, "http.unreachable") == (type(error), error.code)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"ca_pem": "no certificate"}, "http.ca_unreadable"),
        (
            {"client_certificate_pem": "no", "client_key_pem": "no"},
            "http.client_certificate_unreadable",
        ),
    ],
)
def test_unreadable_certificates_are_told(
    open_peer: Open, authority: Ca, wrong: dict[str, str], code: str
) -> None:
    with pytest.raises(NotConfigured) as caught:
        open_client(pinned(open_peer(), authority, **wrong))

    assert code == caught.value.code


def test_a_key_never_shows_in_the_settings(open_peer: Open, authority: Ca) -> None:
    settings = pinned(open_peer(), authority, **ours(issue(authority, "client", ["caseway"])))

    assert "PRIVATE KEY" not in repr(settings) + settings.model_dump_json()


def test_a_certificate_can_be_shown_where_memory_files_are_missing(
    serving: Serving, authority: Ca, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("os.memfd_create")

    mine = issue(authority, "client", ["caseway"])
    settings = pinned(serving(require_client=True), authority, **ours(mine))
    with open_client(settings) as client:
        assert client.get("/").status_code == 200
