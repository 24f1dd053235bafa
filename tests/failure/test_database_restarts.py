"""PostgreSQL goes away in the middle of the work, politely and not: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from caseway.embedded import EmbeddedPostgres
from caseway.testing.harness import look_after, running
from caseway.testing.harness_dms import DmsProcess
from caseway.testing.harness_sender import Sender
from caseway.testing.harness_world import Count, World
from caseway.testing.tokens import issue_token
from tests.crash.conftest import Installation, deliveries

pytestmark = pytest.mark.crash

RESTARTS = 3
SHUTDOWN = {
    "fast": signal.SIGINT,
    "immediate": signal.SIGQUIT,
}  # PostgreSQL 18, 18.5 Shutting Down the Server


@pytest.mark.parametrize("how", SHUTDOWN)
def test_the_database_restarts_in_mid_load(
    how: str, installation: Installation, world: World[DmsProcess]
) -> None:
    number = max(60, deliveries() // 2)
    web, url = installation.web()
    worker = installation.worker()
    sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
    began = time.monotonic()
    with running(web, worker), ThreadPoolExecutor(2) as hands:
        handed_in = hands.map(sender.hand_in, range(number))
        for restart in range(1, RESTARTS + 1):
            look_after(
                [web, worker], lambda wanted=number * restart // 5: sender.answered > wanted, seconds=300
            )
            shut_down(installation.server, SHUTDOWN[how])
            time.sleep(1)
            installation.server.start()
        look_after([web, worker], lambda: sender.answered == number and world.settled(), seconds=300)
    sender.close()

    print(f"\n{how}: {number} deliveries, {RESTARTS} restarts, {time.monotonic() - began:.1f} s")  # noqa: T201
    assert number == len({answer["id"] for answer in handed_in})
    assert Count.perfect(number) == world.count()


def shut_down(server: EmbeddedPostgres, number: signal.Signals) -> None:
    """Have the server stop, and wait until it has."""
    connections.close_all()
    os.kill(server.pid(), number)
    end = time.monotonic() + 60
    while server.running():
        assert time.monotonic() < end, "the server does not stop"
        time.sleep(0.1)
