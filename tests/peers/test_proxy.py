"""Filing through a real proxy: TLS goes through it end to end, and what the proxy refuses is said by name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.opencmis import must_run
from caseway.testing.pki import Ca, make_ca
from caseway.testing.simulator import ServerTls
from caseway.testing.tinyproxy import PASSWORD, USER, running_proxy
from tests.mission.conftest import DOG_TAX, Hall, hall

__all__ = ["hall"]

pytestmark = pytest.mark.mission("C-01")


@pytest.fixture(autouse=True)
def _tinyproxy() -> None:
    if shutil.which("tinyproxy") is None:
        if must_run():
            pytest.fail("the peer is missing: tinyproxy is not installed")
        pytest.skip("needs tinyproxy")


@pytest.fixture
def ca() -> Ca:
    return make_ca()


@pytest.fixture
def secure(ca: Ca) -> Iterator[CmisSimulator]:
    """A DMS that speaks TLS only."""
    with CmisSimulator(tls=ServerTls(ca)) as running:
        yield running


def settings(tmp_path: Path, dms: CmisSimulator, ca: Ca, proxy: str) -> str:
    """Write the settings of a connection through a proxy; return the file."""
    said: dict[str, Any] = {
        "service_url": dms.browser_url,
        "login": "none",
        "trust": "private",
        "ca_pem": ca.certificate_pem.decode(),
        "proxy_url": proxy,
    }
    file = tmp_path / "dms.json"
    file.write_text(json.dumps(said))
    return str(file)


def save(file: str) -> tuple[str, ...]:
    return ("connections", "save", "dms", "--rail", "cmis", "--settings", file)


@pytest.mark.parametrize("login", ["", f"{USER}:{PASSWORD}@"], ids=["open", "with a login"])
def test_an_application_is_filed_through_the_proxy(
    hall: Hall, secure: CmisSimulator, ca: Ca, tmp_path: Path, login: str
) -> None:
    port = urlsplit(secure.url).port or 0
    with running_proxy(tmp_path, port, login=bool(login)) as proxy:
        hall.shell(*save(settings(tmp_path, secure, ca, f"http://{login}127.0.0.1:{proxy.port}")))
        (delivery,) = hall.deliveries(hall.submit(DOG_TAX))
        asked = proxy.tunnels()

    assert "delivered" == delivery["state"]
    assert {f"{urlsplit(secure.url).hostname}:{port}"} == set(asked)
    assert ["cmis:document", "cmis:folder"] == sorted(
        one["base"] for one in secure.objects() if one["createdBy"] != "system"
    )


@pytest.mark.parametrize(
    ("login", "to", "code"),
    [
        (f"{USER}:wrong@", "there", "http.proxy_refused"),
        ("", "there", "http.proxy_refused"),
        (f"{USER}:{PASSWORD}@", "elsewhere", "http.proxy_refused"),
    ],
    ids=["wrong password", "no login", "forbidden port"],
)
def test_what_the_proxy_refuses_is_said_before_the_connection_is_saved(
    hall: Hall, secure: CmisSimulator, ca: Ca, tmp_path: Path, login: str, to: str, code: str
) -> None:
    port = urlsplit(secure.url).port or 0
    with running_proxy(tmp_path, port if to == "there" else 9, login=True) as proxy:
        said = hall.refused(*save(settings(tmp_path, secure, ca, f"http://{login}127.0.0.1:{proxy.port}")))

    assert code in said
    assert PASSWORD not in said


def test_a_proxy_that_is_away_is_said_too(hall: Hall, secure: CmisSimulator, ca: Ca, tmp_path: Path) -> None:
    with running_proxy(tmp_path, 9) as gone:
        pass
    said = hall.refused(*save(settings(tmp_path, secure, ca, f"http://127.0.0.1:{gone.port}")))

    assert "http.unreachable" in said
