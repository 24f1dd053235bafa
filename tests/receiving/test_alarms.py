"""What arrived and has no answer in time is told, once, and shown until it is answered."""

from __future__ import annotations

from datetime import timedelta

from caseway.access.scope import everything, scope
from caseway.cases.models import Event
from caseway.core.clock import now
from caseway.core.errors import NotConfigured, Unavailable
from caseway.receiving import alarms, queries
from caseway.receiving.deciding import accept_arrival, reject_arrival
from caseway.receiving.models import Arrival
from caseway.receiving.queries import ArrivalFilter
from caseway.testing.postbox import PROBLEM, PostboxRail
from tests.receiving.conftest import World

NO_KEY = NotConfigured("No key opens this.", code="keys.none_to_open")


def late(world: World) -> list[str]:
    with scope(world.organisation.id):
        return [one.remote_id for one in queries.late_arrivals()]


def test_for_fourteen_days_it_waits_for_us_and_the_alarm_is_raised_once(
    world: World, postbox: PostboxRail
) -> None:
    postbox.put("a")
    postbox.broken = NO_KEY
    world.receive()
    raised = []
    for _ in range(28):
        world.later(hours=12)
        raised.append(alarms.raise_due())

    assert [0] * 5 + [1] + [0] * 22 == raised  # after three days, as the connection says
    assert ("found", [], ["a"]) == (world.arrival().state, world.owed(), late(world))
    with scope(world.organisation.id):
        assert [3] == [event.data["days"] for event in Event.objects.filter(kind="arrival.waits_too_long")]

    postbox.broken = None
    world.later(hours=5)
    world.answer()
    assert ("taken_in", []) == (world.arrival().state, late(world))


def test_the_alarm_comes_before_the_other_side_ends_it(world: World, postbox: PostboxRail) -> None:
    postbox.behave(accept="by_person", alarm_after_days=30)
    postbox.put("a", answer_by=now() + timedelta(days=14))
    world.receive()
    assert now() + timedelta(days=14) == world.arrival().answer_by

    world.clock.advance(timedelta(days=11, hours=23))
    assert [] == late(world)
    world.clock.advance(timedelta(hours=1))

    assert (["a"], 1) == (late(world), alarms.raise_due())


def test_an_answer_that_does_not_go_out_is_late_too(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.down = Unavailable("Nobody answers.")
    world.receive()
    world.answer()
    world.clock.advance(timedelta(days=3))

    assert ["a"] == late(world)


def test_what_is_answered_or_gone_is_never_late(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.receive()
    world.answer()
    postbox.put("b")
    world.clock.advance(timedelta(minutes=2))
    world.poll()
    postbox.box.clear()
    world.receive()
    world.clock.advance(timedelta(days=15))

    assert ([], 0) == (late(world), alarms.raise_due())
    assert [False, False] == [world.arrival(name).is_late for name in ("a", "b")]


def test_a_finding_names_the_connection_and_says_what_helps(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.broken = NO_KEY
    world.receive()
    world.clock.advance(timedelta(days=3))
    postbox.deaf = NO_KEY
    world.poll()

    with scope(world.organisation.id):
        found = {one.code: one for one in queries.findings()}
    assert {"arrival.waits_too_long", "poll.fails"} == set(found)
    assert ("postbox", 1) == tuple(
        found["arrival.waits_too_long"].details[name] for name in ("connection", "count")
    )


def test_health_tells_the_age_of_the_oldest_without_an_answer(world: World, postbox: PostboxRail) -> None:
    postbox.behave(accept="by_person")
    postbox.put("a")
    world.receive()
    world.clock.advance(timedelta(hours=5))
    postbox.put("b")
    postbox.faults.append(NO_KEY)
    world.receive()

    with scope(world.organisation.id):
        (health,) = queries.receiving_health()
    assert (1, 0, 1, timedelta(hours=5)) == (health.found, health.held, health.taken_in, health.age)
    assert health.poll is not None
    assert 2 == health.poll.found


def test_python_and_the_database_agree_on_what_is_unanswered(world: World, postbox: PostboxRail) -> None:
    postbox.behave(accept="by_person")
    for name in "abcdef":
        postbox.put(name)
    postbox.faults.extend([None, None, None, NO_KEY])
    world.receive()
    accept_arrival(world.actor, world.arrival("a").id)
    reject_arrival(world.actor, world.arrival("b").id, [PROBLEM.as_json()])
    world.answer()
    accept_arrival(world.actor, world.arrival("c").id)
    world.clock.advance(timedelta(days=4))

    with everything():
        rows = list(Arrival.objects.select_related("answer").order_by("remote_id"))
    with scope(world.organisation.id):
        listed = queries.arrivals(world.actor, ArrivalFilter(late=True))
    assert ["c", "d", "e", "f"] == [row.remote_id for row in rows if row.is_late]
    assert ["f", "e", "d", "c"] == [row.remote_id for row in listed]
