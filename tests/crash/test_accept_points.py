"""The web process is killed while it accepts and the DMS misbehaves; senders repeat until they are heard."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from caseway.testing.harness import Supervisor
from caseway.testing.harness_dms import DmsProcess
from caseway.testing.harness_sender import Sender
from caseway.testing.harness_world import Count, World
from caseway.testing.tokens import issue_token
from tests.crash.conftest import Installation, deliveries, plans

pytestmark = pytest.mark.crash

HANDS = 4


@pytest.mark.mission("C-07")
@pytest.mark.parametrize("point", ["accept.before_commit", "accept.after_commit"])
def test_what_was_answered_is_stored_once_and_filed_once(
    point: str, installation: Installation, world: World[DmsProcess]
) -> None:
    mark = installation.folder / "deaths"
    web, url = installation.web()
    worker = installation.worker()
    sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
    supervisor = Supervisor(web, plans(point, deliveries(), mark, world, random.Random(point)))
    began = time.monotonic()
    supervisor.start()
    worker.start()
    try:
        with ThreadPoolExecutor(HANDS) as hands:
            answers = hands.map(sender.hand_in, range(deliveries()))
            supervisor.until(lambda: sender.answered == deliveries(), seconds=600)
        world.dms.misbehave(None)
        supervisor.until(world.settled, seconds=600, pause=0.2)
    finally:
        web.stop()
        worker.stop()
        sender.close()

    seconds = time.monotonic() - began
    died_here = mark.read_text().split()
    print(f"\n{point}: {deliveries()} deliveries, {len(died_here)} kills, {seconds:.1f} s")  # noqa: T201
    assert [point] * len(died_here) == died_here
    assert len(died_here) == web.deaths > 0
    assert deliveries() == len({answer["id"] for answer in answers})
    assert Count.perfect(deliveries()) == world.count()
    repeated = Counter(sender.statuses)[200]
    assert repeated >= len(died_here) if point == "accept.after_commit" else repeated <= len(died_here)
