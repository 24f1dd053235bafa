"""Clients of connections: shared as long as the settings stay, given up later when they change."""

from __future__ import annotations

from datetime import timedelta

from caseway.access.models import Organisation
from caseway.core.clock import Clock
from caseway.delivery.links import close_clients, open_connection
from caseway.testing.builders import a_connection


def test_a_client_whose_settings_changed_is_closed_when_nobody_can_be_using_it_any_more(
    organisation: Organisation, clock: Clock
) -> None:
    connection = a_connection(
        organisation, rail="cmis", settings={"service_url": "http://localhost/1", "login": "none"}
    )
    clients = []
    for number in range(3):
        connection.settings = {**connection.settings, "service_url": f"http://localhost/{number}"}
        clients.append(open_connection(connection).link.client)
        assert clients[-1] is open_connection(connection).link.client
        clock.advance(timedelta(hours=7))

    assert [True, False, False] == [one.is_closed for one in clients]
    close_clients()
    assert all(one.is_closed for one in clients)
