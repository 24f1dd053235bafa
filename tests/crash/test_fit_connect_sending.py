"""A worker dies at each named point while it sends over FIT-Connect: each application is handed over once."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from caseway.testing.harness import Supervisor
from caseway.testing.harness_carried import HandedOver, SendingHub, a_sending_hub
from caseway.testing.harness_desk import an_office
from caseway.testing.harness_papers import STEPS
from caseway.testing.harness_platform import SENDING_DAYS, PlatformProcess
from tests.crash.conftest import Installation, bad_days, slug_of, submissions

pytestmark = pytest.mark.crash

PASSES = {"claim.after_lease": 1}  # of one delivery; the others are passed with each step
POINTS = (
    "claim.after_lease",
    "send.before_first_byte",
    "send.after_effect_before_reply",
    "send.after_reply_before_commit",
    "step.n_of_m",
    "receipt.before_commit",
)


@pytest.mark.mission("F-03")
@pytest.mark.parametrize("point", POINTS)
def test_each_application_is_handed_over_once_whatever_dies(
    point: str, installation: Installation, platform: PlatformProcess, request: pytest.FixtureRequest
) -> None:
    hub = a_sending_hub(slug_of(request), platform)
    hub.accept(submissions())
    mark = installation.folder / "deaths"
    worker = installation.worker()
    passes = submissions() * PASSES.get(point, STEPS)
    plans = bad_days(point, passes, mark, platform, SENDING_DAYS, random.Random(point))
    supervisor = Supervisor(worker, plans)
    supervisor.start()
    try:
        seconds = supervisor.until(hub.handed_over, seconds=600, pause=0.2)
    finally:
        worker.stop()
    came = answered(hub, platform)

    died_here = mark.read_text().split()
    print(f"\n{point}: {submissions()} sent, {len(died_here)} kills, {seconds:.1f} s")  # noqa: T201
    assert [point] * len(died_here) == died_here
    assert len(died_here) == worker.deaths > 0
    assert HandedOver.perfect(submissions()) == hub.count(came)


def answered(hub: SendingHub, platform: PlatformProcess, looks: int = 4) -> Counter[str]:
    """Let the office open and accept all that came, and the sender hear of it. Returns the contents.

    The office looks more than once: what a lagging platform has taken is not in its list at once.
    """
    platform.misbehave(None)
    came: Counter[str] = Counter()
    with an_office(platform) as office:
        for _ in range(looks):
            came += office.accept_all()
    hub.hear()
    assert {"delivered": submissions()} == hub.states()
    return came
