"""Who may call the simulated DMS: Basic, Bearer, OAuth 2.0, client certificates."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from caseway.core.errors import Invalid
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.pki import Ca, issue, make_ca
from caseway.testing.simulator import OAuth2, ServerTls, parse_auth
from tests.rails.cmis.simulator.client import Answer, Dms

Start = Callable[..., CmisSimulator]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def info(simulator: CmisSimulator, headers: dict[str, str] | None = None) -> Answer:
    return Dms(simulator, headers).get("", cmisselector="repositoryInfo")


def test_basic_credentials_are_checked(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth="basic:hub:geheim")

    assert info(simulator).exception == (401, "unauthorized")
    assert info(simulator).headers["www-authenticate"].startswith("Basic")
    assert info(simulator, basic("hub", "falsch")).status == 401
    assert info(simulator, {"Authorization": "Basic !!"}).status == 401
    assert info(simulator, basic("hub", "geheim")).status == 200


def test_the_caller_is_the_creator(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth="basic:hub:geheim")

    assert Dms(simulator, basic("hub", "geheim")).folder("A").properties["cmis:createdBy"] == "hub"


def test_a_fixed_token_is_checked(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth="bearer:t1,t2")

    assert info(simulator, {"Authorization": "Bearer t3"}).status == 401
    assert info(simulator, {"Authorization": "Bearer t2"}).status == 200


def test_a_token_is_got_with_client_credentials(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth="oauth2:hub:geheim")
    grant = {"grant_type": "client_credentials", "client_id": "hub", "client_secret": "geheim"}

    def ask(**changed: str) -> Answer:
        body = urlencode({**grant, **changed}).encode()
        return Dms(simulator).request("POST", "/oauth/token", body, FORM)

    token = ask().json["access_token"]

    assert info(simulator, {"Authorization": f"Bearer {token}"}).status == 200
    assert info(simulator, {"Authorization": "Bearer made-up"}).status == 401
    assert (ask(client_secret="falsch").status, ask(grant_type="password").status) == (401, 400)


def test_tokens_can_be_revoked(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth=OAuth2("hub", "geheim", seconds=3600))
    body = urlencode({"grant_type": "client_credentials"}).encode()
    dms = Dms(simulator, basic("hub", "geheim"))
    token = {
        "Authorization": "Bearer " + dms.request("POST", "/oauth/token", body, FORM).json["access_token"]
    }
    assert info(simulator, token).status == 200

    assert dms.request("POST", "/_sim/revoke", b"").status == 204

    assert info(simulator, token).status == 401


def test_a_token_ends_by_itself(start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(auth=OAuth2("hub", "geheim", seconds=0))
    body = urlencode({"grant_type": "client_credentials"}).encode()
    answer = Dms(simulator, basic("hub", "geheim")).request("POST", "/oauth/token", body, FORM).json

    assert answer["expires_in"] == 0
    assert info(simulator, {"Authorization": f"Bearer {answer['access_token']}"}).status == 401


@pytest.mark.parametrize("text", ["", "basic", "basic:user", "bearer:", "oauth2:x", "kerberos:x"])
def test_a_way_to_authenticate_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_auth(text)


@pytest.fixture(scope="module")
def ca() -> Ca:
    return make_ca()


def trusting(ca: Ca) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca.certificate_pem.decode())


def over_tls(simulator: CmisSimulator, context: ssl.SSLContext) -> int:
    connection = http.client.HTTPSConnection(urlsplit(simulator.url).netloc, timeout=10, context=context)
    try:
        connection.request("GET", "/cmis/browser")
        response = connection.getresponse()
        assert json.loads(response.read())["DMS"]["repositoryUrl"].startswith("https://localhost:")
        return response.status
    finally:
        connection.close()


def test_tls_shows_a_certificate_of_the_test_ca(ca: Ca, start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(tls=ServerTls(ca))

    assert over_tls(simulator, trusting(ca)) == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        over_tls(simulator, ssl.create_default_context())


def test_a_client_certificate_can_be_required(ca: Ca, start_cmis_simulator: Start, tmp_path: Path) -> None:
    simulator = start_cmis_simulator(tls=ServerTls(ca, require_client=True))
    with_certificate = trusting(ca)
    with_certificate.load_cert_chain(*issue(ca, "client", ["caseway"]).write(tmp_path))

    assert over_tls(simulator, with_certificate) == 200
    with pytest.raises((ssl.SSLError, ConnectionError)):
        over_tls(simulator, trusting(ca))


def test_the_certificate_can_be_expired(ca: Ca, start_cmis_simulator: Start) -> None:
    simulator = start_cmis_simulator(tls=ServerTls(ca), faults=["expired_certificate"])

    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        over_tls(simulator, trusting(ca))
    simulator.faults.clear()
    assert over_tls(simulator, trusting(ca)) == 200
