"""Processes are killed at moments that nobody chose: web and worker, and two workers at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import pytest

from caseway.testing.harness import Process, running
from caseway.testing.harness_dms import KINDS, DmsProcess
from caseway.testing.harness_sender import Sender
from caseway.testing.harness_world import Count, World
from caseway.testing.tokens import issue_token
from tests.crash.conftest import Installation, deliveries

pytestmark = pytest.mark.crash

KILLS = len(KINDS)


def kill_at_random(
    victims: Sequence[Process],
    world: World[DmsProcess],
    done: Callable[[], bool],
    *,
    together: bool,
    seed: int,
) -> None:
    """Kill one victim after the other, or all at once, a few times; then let them work until all is done."""
    chance, faults, turn = random.Random(seed), cycle(KINDS), cycle(victims)
    for _ in range(KILLS):
        world.dms.misbehave(next(faults))
        time.sleep(chance.uniform(4, 9))
        if done():
            break
        for victim in victims if together else [next(turn)]:
            victim.kill()
            victim.start()
    world.dms.misbehave(None)
    end = time.monotonic() + 600
    while not done():
        assert time.monotonic() < end, world.states()
        assert not any(victim.died() for victim in victims)
        time.sleep(0.2)


def test_web_and_worker_killed_at_any_moment(installation: Installation, world: World[DmsProcess]) -> None:
    web, url = installation.web()
    worker = installation.worker()
    sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
    began = time.monotonic()
    with running(web, worker), ThreadPoolExecutor(3) as hands:
        handed_in = hands.map(sender.hand_in, range(deliveries()))
        kill_at_random(
            [web, worker],
            world,
            lambda: sender.answered == deliveries() and world.settled(),
            together=False,
            seed=7,
        )
    sender.close()

    print(f"\nweb or worker: {web.deaths} + {worker.deaths} kills, {time.monotonic() - began:.1f} s")  # noqa: T201
    assert web.deaths > 0
    assert worker.deaths > 0
    assert deliveries() == len({answer["id"] for answer in handed_in})
    assert Count.perfect(deliveries()) == world.count()


def test_two_workers_killed_at_once(installation: Installation, world: World[DmsProcess]) -> None:
    workers = [installation.worker("first"), installation.worker("second")]
    world.accept(deliveries())
    began = time.monotonic()
    with running(*workers):
        kill_at_random(workers, world, world.settled, together=True, seed=11)

    print(f"\ntwo workers: {[one.deaths for one in workers]} kills, {time.monotonic() - began:.1f} s")  # noqa: T201
    assert all(one.deaths > 0 for one in workers)
    assert Count.perfect(deliveries()) == world.count()
