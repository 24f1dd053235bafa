"""A worker dies at each named point while it receives over FIT-Connect, told of by callbacks and by asking.

Each application is taken in once and accepted once, and never accepted before it is durable.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from caseway.testing.harness import Supervisor, running, wait_for
from caseway.testing.harness_carried import TakenIn, a_receiving_hub
from caseway.testing.harness_desk import a_service
from caseway.testing.harness_papers import digests
from caseway.testing.harness_platform import RECEIVING_DAYS, PlatformProcess
from tests.crash.conftest import Installation, bad_days, slug_of, submissions

pytestmark = pytest.mark.crash

POINTS = (
    "arrival.after_collect",
    "arrival.after_intake",
    "arrival.before_answer_owed",
    "claim.after_lease",
    "send.before_first_byte",
    "send.after_effect_before_reply",
    "send.after_reply_before_commit",
    "receipt.before_commit",
)


@pytest.mark.mission("F-05")
@pytest.mark.parametrize("point", POINTS)
def test_each_application_is_taken_in_once_and_accepted_once_whatever_dies(
    point: str, installation: Installation, platform: PlatformProcess, request: pytest.FixtureRequest
) -> None:
    mark, number = installation.folder / "deaths", submissions()
    web, door = installation.web()
    worker = installation.worker()
    hub = a_receiving_hub(slug_of(request), platform, door)
    plans = bad_days(point, number, mark, platform, RECEIVING_DAYS, random.Random(point))
    supervisor = Supervisor(worker, plans)
    with running(web), a_service(platform, hub.organisation.slug) as service, ThreadPoolExecutor(2) as hands:
        wait_for(f"{door}/health/live")
        handed_over = [hands.submit(service.hand_over, one) for one in range(number)]
        supervisor.start()
        try:
            seconds = supervisor.until(lambda: hub.answered() == number, seconds=600, pause=0.5)
        finally:
            worker.stop()
    assert [None] * number == [one.result() for one in handed_over]

    died_here = mark.read_text().split()
    print(f"\n{point}: {number} received, {len(died_here)} kills, {seconds:.1f} s")  # noqa: T201
    assert [point] * len(died_here) == died_here
    assert len(died_here) == worker.deaths > 0
    assert TakenIn.perfect(number) == hub.count(digests(hub.organisation.slug, range(number)))
    assert {"callback", "poll"} == hub.found_by()
