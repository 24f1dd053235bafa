"""Certificates as openssl sees them: our authority, the simulator over TLS, a name pinned to an address."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from caseway.core.errors import CasewayError
from caseway.core.http import HttpSettings, classified, open_client
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.opencmis import must_run
from caseway.testing.pki import Ca, issue, make_ca
from caseway.testing.simulator import ServerTls
from tests.rails.cmis.desk import Desk, link_to, occasion

NAME = "dms.beispielhausen.example"


@pytest.fixture(scope="module", autouse=True)
def _openssl() -> None:
    if shutil.which("openssl") is None:
        if must_run():
            pytest.fail("the peer is missing: openssl is not installed")
        pytest.skip("needs openssl")


def openssl(*arguments: str) -> str:
    done = subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, timeout=30, check=False, input=""
    )
    return done.stdout + done.stderr


@pytest.fixture
def ca() -> Ca:
    return make_ca()


def test_openssl_accepts_our_certificates_for_their_purpose_only(ca: Ca, tmp_path: Path) -> None:
    authority = str(ca.write(tmp_path))
    server, _ = issue(ca, "server", [NAME]).write(tmp_path, "server")
    ended, _ = issue(ca, "server", [NAME], days=-1).write(tmp_path, "ended")

    def verify(certificate: Path, *more: str) -> str:
        return openssl("verify", "-x509_strict", "-CAfile", authority, *more, str(certificate))

    assert f"{server}: OK" in verify(server, "-purpose", "sslserver", "-verify_hostname", NAME)
    assert "hostname mismatch" in verify(server, "-verify_hostname", "other.example")
    assert "OK" not in verify(server, "-purpose", "sslclient")
    assert "certificate has expired" in verify(ended)


@pytest.mark.mission("C-01")
def test_a_name_pinned_to_an_address_is_still_checked_by_both(ca: Ca, tmp_path: Path) -> None:
    """The DMS is behind a VPN: its name leads nowhere, its address is known, its certificate names it."""
    with CmisSimulator(tls=ServerTls(ca, names=(NAME,))) as dms:
        port = urlsplit(dms.url).port
        told = openssl(
            "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-verify_hostname", NAME,
            "-verify_return_error", "-CAfile", str(ca.write(tmp_path)),
        )  # fmt: skip
        pinned = {"host_ip": "127.0.0.1", "trust": "private", "ca_pem": ca.certificate_pem.decode()}
        address = dms.browser_url.replace(urlsplit(dms.url).hostname or "", NAME, 1)
        with link_to(address, **pinned) as link:
            receipts = Desk(link).file(occasion())

        assert "Verify return code: 0 (ok)" in told
        assert 4 == len(receipts)


@pytest.mark.mission("C-01")
def test_a_pinned_address_with_a_certificate_of_another_name_is_refused_by_both(
    ca: Ca, tmp_path: Path
) -> None:
    with CmisSimulator(tls=ServerTls(ca, names=("other.example",))) as dms:
        port = urlsplit(dms.url).port
        told = openssl(
            "s_client", "-connect", f"127.0.0.1:{port}", "-servername", NAME, "-verify_hostname", NAME,
            "-verify_return_error", "-CAfile", str(ca.write(tmp_path)),
        )  # fmt: skip
        settings = HttpSettings(
            base_url=f"https://{NAME}:{port}",
            host_ip="127.0.0.1",
            trust="private",
            ca_pem=ca.certificate_pem.decode(),
        )
        with open_client(settings) as client, pytest.raises(CasewayError) as error, classified():
            client.get("/")

        assert "hostname mismatch" in told.lower()
        assert "certificate" in error.value.code
