"""A person accepts, rejects, forwards or has something collected again; one decision ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from caseway.access.actor import Actor
from caseway.access.models import AuditEntry, Role
from caseway.access.scope import scope
from caseway.cases.models import Event
from caseway.core.errors import CasewayError, Invalid, NotConfigured, NotFound, NotPermitted
from caseway.rails.inbound import Problem, Rejectable
from caseway.receiving import claiming, queries
from caseway.receiving.deciding import accept_arrival, collect_again, forward_arrival, reject_arrival
from caseway.receiving.models import Arrival
from caseway.testing.postbox import OTHER, PROBLEM, PostboxRail
from tests.receiving.conftest import World

FAULT = Rejectable("The hash does not match.", [PROBLEM], code="postbox.hash_mismatch")
NO_KEY = NotConfigured("No key opens this.", code="keys.none_to_open")


@pytest.fixture
def taken(world: World, postbox: PostboxRail) -> Arrival:
    """Durable here; a person decides."""
    postbox.behave(accept="by_person")
    postbox.put("a")
    world.receive()
    return world.arrival()


@pytest.fixture
def held(world: World, postbox: PostboxRail) -> Arrival:
    """At fault itself; a person decides."""
    postbox.put("a")
    postbox.faults.append(FAULT)
    world.receive()
    return world.arrival()


def a_person(world: World, role: str) -> Actor:
    return Actor("user", "7", "Erika Mustermann", world.organisation.id, role=role)


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(CasewayError) as refusal:
        act()
    return refusal.value.code


def test_a_person_accepts(world: World, postbox: PostboxRail, taken: Arrival) -> None:
    accept_arrival(a_person(world, Role.CASEWORKER), taken.id, "complete")
    world.answer()

    found = world.arrival()
    assert ("Erika Mustermann", "complete", False) == (found.decided_by, found.reason, found.unanswered)
    assert [("accept", "a")] == postbox.answers


def test_a_person_rejects_what_was_taken_in(world: World, postbox: PostboxRail, taken: Arrival) -> None:
    reject_arrival(world.actor, taken.id, [{**OTHER.as_json(), "detail": "Seite 2 fehlt"}], "asked them")
    world.answer()

    assert ("taken_in", [("reject", "a")]) == (world.arrival().state, postbox.answers)
    assert [{**OTHER.as_json(), "detail": "Seite 2 fehlt"}] == postbox.briefs[0]["problems"]
    answer = world.arrival().answer
    assert answer is not None
    assert world.submissions()[0].id == answer.submission_id


def test_a_person_rejects_what_is_held_for_what_was_proven(
    world: World, postbox: PostboxRail, held: Arrival
) -> None:
    reject_arrival(world.actor, held.id, [])
    world.answer()

    assert ("rejected", [("reject", "a")]) == (world.arrival().state, postbox.answers)
    assert [PROBLEM.as_json()] == postbox.briefs[0]["problems"]


def test_a_person_rejects_what_we_could_not_open(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.broken = NO_KEY
    world.receive()
    reject_arrival(world.actor, world.arrival().id, [OTHER.as_json()])
    world.later(days=1)

    assert ("rejected", ["a"]) == (world.arrival().state, postbox.collected)


def test_a_person_forwards_and_then_accepts(world: World, postbox: PostboxRail, taken: Arrival) -> None:
    forward_arrival(world.actor, taken.id)
    assert "arrival.already_forwarded" == code_of(lambda: forward_arrival(world.actor, taken.id))
    world.answer()
    assert world.arrival().unanswered

    accept_arrival(world.actor, taken.id)
    world.answer()

    assert [("forward", "a"), ("accept", "a")] == postbox.answers
    assert not world.arrival().unanswered


def test_a_person_has_it_collected_again_when_the_cause_is_mended(
    world: World, postbox: PostboxRail, held: Arrival
) -> None:
    collect_again(world.actor, held.id)
    assert [str(world.connection.id)] == world.woken
    world.receive()

    assert ("taken_in", "") == world.state()


def test_what_is_not_durable_cannot_be_accepted(world: World, held: Arrival) -> None:
    assert "arrival.not_taken_in" == code_of(lambda: accept_arrival(world.actor, held.id))
    assert "arrival.not_taken_in" == code_of(lambda: forward_arrival(world.actor, held.id))
    assert [] == world.owed()


def test_behind_a_decision_there_is_no_other(world: World, taken: Arrival) -> None:
    accept_arrival(world.actor, taken.id)
    later: list[Callable[[], object]] = [
        lambda: accept_arrival(world.actor, taken.id),
        lambda: reject_arrival(world.actor, taken.id, [PROBLEM.as_json()]),
        lambda: forward_arrival(world.actor, taken.id),
        lambda: collect_again(world.actor, taken.id),
    ]

    assert ["arrival.already_decided"] * 4 == [code_of(one) for one in later]
    assert ["accept"] == world.owed()


def test_what_is_durable_is_not_collected_again(world: World, taken: Arrival) -> None:
    assert "arrival.already_taken_in" == code_of(lambda: collect_again(world.actor, taken.id))


@pytest.mark.parametrize(
    "problem",
    [
        Problem(PROBLEM.type, PROBLEM.title, "", "metadata"),
        Problem("https://example.org/problems/invented", "Invented", "", "data"),
        Problem("", "", "", ""),
    ],
)
def test_only_reasons_of_the_list_are_sent(world: World, taken: Arrival, problem: Problem) -> None:
    act = lambda: reject_arrival(world.actor, taken.id, [PROBLEM.as_json(), problem.as_json()])  # noqa: E731

    assert "arrival.problem_unknown" == code_of(act)
    assert [] == world.owed()


def test_a_rejection_needs_a_reason_of_the_list(world: World, taken: Arrival) -> None:
    with pytest.raises(Invalid) as refusal:
        reject_arrival(world.actor, taken.id, [], "because")

    assert "arrival.problem_missing" == refusal.value.code


def test_the_title_is_the_lists_own(world: World, postbox: PostboxRail, taken: Arrival) -> None:
    reject_arrival(world.actor, taken.id, [{"type": PROBLEM.type, "instance": "data", "title": "Mine"}])
    world.answer()

    assert [PROBLEM.as_json()] == postbox.briefs[0]["problems"]


def test_what_nobody_has_seen_is_not_rejected(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.poll()
    act = lambda: reject_arrival(world.actor, world.arrival().id, [PROBLEM.as_json()])  # noqa: E731

    assert "arrival.not_looked_at" == code_of(act)


def test_what_is_being_collected_is_not_rejected(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.faults.append(NO_KEY)
    world.receive()
    world.clock.advance(timedelta(minutes=1))
    assert claiming.claim(world.connection.id) is not None
    act = lambda: reject_arrival(world.actor, world.arrival().id, [PROBLEM.as_json()])  # noqa: E731

    assert "arrival.being_collected" == code_of(act)


def test_what_can_be_decided_is_told(world: World, postbox: PostboxRail, held: Arrival) -> None:
    assert {"collect", "reject"} == queries.decisions_for(world.arrival())
    collect_again(world.actor, held.id)
    postbox.behave(accept="by_person")
    world.receive()
    assert {"accept", "reject", "forward"} == queries.decisions_for(world.arrival())

    postbox.behave(accept="by_person", forwards=False)
    assert {"accept", "reject"} == queries.decisions_for(world.arrival())

    accept_arrival(world.actor, held.id)
    assert frozenset() == queries.decisions_for(world.arrival())


def test_who_decided_is_in_the_trail_and_in_the_story(world: World, taken: Arrival) -> None:
    accept_arrival(a_person(world, Role.CASEWORKER), taken.id, "complete")

    with scope(world.organisation.id):
        assert ("arrival.accept", "7") == AuditEntry.objects.values_list("action", "actor").get(
            subject_id=str(taken.id)
        )
        decided = Event.objects.get(kind="arrival.decided")
    assert ("accept", "Erika Mustermann") == (decided.data["decision"], decided.actor)
    assert world.submissions()[0].case_id == decided.case_id


def test_who_may_not_decide_is_refused(world: World, taken: Arrival) -> None:
    auditor = a_person(world, Role.AUDITOR)
    with scope(world.organisation.id):
        assert taken.id == queries.arrival(auditor, taken.id).id
    acts: list[Callable[[], object]] = [
        lambda: accept_arrival(auditor, taken.id),
        lambda: reject_arrival(auditor, taken.id, [PROBLEM.as_json()]),
        lambda: forward_arrival(auditor, taken.id),
        lambda: collect_again(auditor, taken.id),
    ]

    assert ["access.not_permitted"] * 4 == [code_of(act) for act in acts]
    with scope(world.organisation.id), pytest.raises(NotPermitted):
        queries.arrivals(a_person(world, ""), queries.ArrivalFilter())


def test_another_organisation_sees_and_decides_nothing(
    world: World, taken: Arrival, other_organisation: object
) -> None:
    stranger = Actor("system", "caseway", "Caseway", other_organisation.id)  # type: ignore[attr-defined]

    with scope(stranger.organisation_id):
        assert [] == queries.arrivals(stranger, queries.ArrivalFilter())
        assert [] == queries.receiving_health()
        with pytest.raises(NotFound):
            queries.arrival(stranger, taken.id)
    with pytest.raises(NotFound):
        accept_arrival(stranger, taken.id)
    assert [] == world.owed()
