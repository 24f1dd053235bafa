"""One simulated platform and one web server for all of these tests; organisations of its own for each."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

from caseway.access.models import Organisation
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.fit_connect_doors.town import Authority, Service, Town


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def running_platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator(allow_http_callbacks=True) as running:
        yield running


@pytest.fixture
def platform(running_platform: FitConnectSimulator) -> FitConnectSimulator:
    """The platform, as new."""
    running_platform.reset()
    return running_platform


@pytest.fixture(scope="session")
def web(database: None) -> Iterator[str]:
    """The address of a web server."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def service(other_organisation: Organisation, platform: FitConnectSimulator) -> Service:
    """Musterdorf, whose online service sends."""
    return Service(other_organisation, platform)


@pytest.fixture
def authority(organisation: Organisation, platform: FitConnectSimulator) -> Authority:
    """Beispielhausen, whose building office receives."""
    return Authority(organisation, platform)


@pytest.fixture
def town(service: Service, authority: Authority, platform: FitConnectSimulator) -> Town:
    """Both, not yet connected."""
    return Town(service, authority, platform)
