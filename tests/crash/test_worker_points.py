"""A worker dies at each named point, again and again, while the DMS misbehaves: each effect is there once."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from caseway.testing.harness import Supervisor
from caseway.testing.harness_dms import DmsProcess
from caseway.testing.harness_world import PAPERS, Count, World
from tests.crash.conftest import Installation, deliveries, plans

pytestmark = pytest.mark.crash

PER_DELIVERY = {"claim.after_lease", "map.after_render"}
POINTS = (
    "claim.after_lease",
    "map.after_render",
    "send.before_first_byte",
    "send.after_effect_before_reply",
    "send.after_reply_before_commit",
    "step.n_of_m",
    "receipt.before_commit",
)


@pytest.mark.mission("C-07")
@pytest.mark.parametrize("point", POINTS)
def test_whatever_dies_at_this_point_nothing_is_lost_and_nothing_is_doubled(
    point: str,
    installation: Installation,
    world: World[DmsProcess],
    record_property: Callable[[str, object], None],
) -> None:
    mark = installation.folder / "deaths"
    world.accept(deliveries())
    worker = installation.worker()
    passes = deliveries() * (1 if point in PER_DELIVERY else PAPERS + 1)
    supervisor = Supervisor(worker, plans(point, passes, mark, world, random.Random(point)))
    supervisor.start()
    try:
        seconds = supervisor.until(world.settled, seconds=600, pause=0.2)
    finally:
        worker.stop()

    died_here = mark.read_text().split()
    record_property("kills", len(died_here))
    record_property("seconds", round(seconds, 1))
    print(f"\n{point}: {deliveries()} deliveries, {len(died_here)} kills, {seconds:.1f} s")  # noqa: T201
    assert [point] * len(died_here) == died_here
    assert len(died_here) == worker.deaths > 0
    assert Count.perfect(deliveries()) == world.count()
