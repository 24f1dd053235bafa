"""The other sides one can have on a desk: which connections speak with one, and how to start it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from caseway.delivery.models import Connection
from caseway.portal.doors import screen


@dataclass(frozen=True)
class SimulatorRow:
    """A connection in the sandbox: where its other side is, and the command that starts one there."""

    connection: Connection
    address: str
    command: str


@screen("simulators.use")
def simulators(request: HttpRequest) -> HttpResponse:
    sandbox = Connection.objects.filter(environment=Connection.Environment.SANDBOX).order_by("name")
    return render(request, "portal/simulators.html", {"rows": [_row(one) for one in sandbox]})


def _row(connection: Connection) -> SimulatorRow:
    address = _address(connection)
    port = urlsplit(address).port if address else None
    command = f"caseway simulate {connection.rail}" + (f" --port {port}" if port else "")
    return SimulatorRow(connection, address, command)


def _address(connection: Connection) -> str:
    """Return the origin of the first address in the settings; only http(s), so that it may be a link."""
    for value in connection.settings.values():
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts and parts.scheme in ("http", "https") and parts.hostname:
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    return ""
