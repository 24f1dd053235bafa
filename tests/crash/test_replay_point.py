"""A worker is killed in the middle of a batch of retries: the batch goes on, and no item is done twice."""

from __future__ import annotations

import random

import pytest

from caseway.access.scope import scope
from caseway.cases.models import Event
from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.models import Delivery, Replay
from caseway.delivery.replay import CHUNK, plan_replay, progress, start_replay
from caseway.testing.harness import Supervisor
from caseway.testing.harness_dms import KINDS, DmsProcess
from caseway.testing.harness_world import Count, World
from tests.crash.conftest import Installation, deliveries, plans

pytestmark = pytest.mark.crash

POINT = "replay.mid_batch"


@pytest.mark.mission("C-07")
def test_a_batch_that_dies_goes_on_where_it_was(installation: Installation, world: World[DmsProcess]) -> None:
    number = max(deliveries(), (len(KINDS) + 2) * CHUNK)
    mark = installation.folder / "deaths"
    worker = installation.worker()
    all_refused(world, worker_of=Supervisor(worker, iter(())), number=number)
    replay = planned(world)
    passes = len(KINDS)  # each death comes after the first chunk of what is left
    supervisor = Supervisor(worker, plans(POINT, passes, mark, world, random.Random(POINT)))
    supervisor.start()
    try:
        start_replay(world.actor, replay.id)
        seconds = supervisor.until(lambda: over(world, replay) and world.settled(), seconds=600, pause=0.2)
    finally:
        worker.stop()

    died_here = mark.read_text().split()
    print(f"\n{POINT}: {number} deliveries, {len(died_here)} kills, {seconds:.1f} s")  # noqa: T201
    assert [POINT] * len(died_here) == died_here
    assert len(died_here) == worker.deaths == len(KINDS)
    assert Count.perfect(number) == world.count()
    with scope(world.organisation.id):
        assert {"send": number, "skip": 0, "done": number} == progress(replay)
        assert number == Event.objects.filter(kind="delivery.retried").count()


def all_refused(world: World[DmsProcess], *, worker_of: Supervisor, number: int) -> None:
    """Let the DMS refuse everything once."""
    world.dms.misbehave({"kind": "refuse", "actions": ["createFolder"], "message": "Heute geschlossen"})
    world.accept(number)
    worker_of.start()
    try:
        worker_of.until(lambda: world.states() == {"refused": number}, seconds=600, pause=0.2)
    finally:
        worker_of.victim.stop()


def planned(world: World[DmsProcess]) -> Replay:
    with scope(world.organisation.id):
        refused = Delivery.objects.values_list("code", flat=True).distinct()
        assert ["cmis.constraint"] == list(refused)
    return plan_replay(world.actor, DeliveryFilter(state="refused"), "the DMS is open again")


def over(world: World[DmsProcess], replay: Replay) -> bool:
    with scope(world.organisation.id):
        return Replay.objects.filter(id=replay.id, state=Replay.State.DONE).exists()
