"""A reply lands on the case it belongs to; what is new gets a case of its own."""

from __future__ import annotations

from caseway.access.scope import scope
from caseway.delivery.models import Delivery, Step
from caseway.delivery.models import Receipt as Proof
from caseway.intake.models import Submission
from caseway.rails.inbound import Rejectable
from caseway.testing.builders import a_case, a_connection, a_delivery, a_submission
from caseway.testing.postbox import PROBLEM, PostboxRail
from tests.receiving.conftest import World

MESSAGE = {"kind": "message", "of": "reply"}


def sent(world: World, remote_case_id: str) -> Submission:
    """Something of ours that the other side has."""
    ours = a_submission(world.organisation)
    a_delivery(ours, world.connection, "sent", remote_case_id=remote_case_id)
    return ours


def test_a_reply_lands_on_the_case_of_what_we_sent(world: World, postbox: PostboxRail) -> None:
    ours = sent(world, "case-of-theirs")
    postbox.put("a", case="case-of-theirs", **MESSAGE)
    world.receive()

    came = world.submissions()[-1]
    assert (ours.case_id, "message", "Nachfrage") == (came.case_id, came.kind, came.message["subject"])
    assert "in" == came.message["direction"]


def test_a_reply_is_accepted_on_that_case(world: World, postbox: PostboxRail) -> None:
    ours = sent(world, "case-of-theirs")
    postbox.put("a", case="case-of-theirs", **MESSAGE)
    world.receive()

    with scope(world.organisation.id):
        answer = Delivery.objects.get(purpose="accept")
    assert (ours.case_id, "reply") == (answer.case_id, answer.brief["kind"])


def test_a_reply_that_is_quicker_than_our_book_keeping_is_placed_too(
    world: World, postbox: PostboxRail
) -> None:
    ours = a_submission(world.organisation)
    delivery = a_delivery(ours, world.connection, "transmitting", steps=0)
    with scope(world.organisation.id):
        step = Step.objects.create(
            organisation=world.organisation, delivery=delivery, position=1, key="k", kind="submit", title=""
        )
        Proof.objects.create(
            organisation=world.organisation,
            connection=world.connection,
            case_id=ours.case_id,
            step=step,
            key="k",
            remote_id="r",
            facts={"remote_case_id": "case-of-theirs"},
        )
    postbox.put("a", case="case-of-theirs", **MESSAGE)
    world.receive()

    assert ours.case_id == world.submissions()[-1].case_id


def test_what_follows_an_earlier_arrival_lands_on_its_case(world: World, postbox: PostboxRail) -> None:
    postbox.put("a", case="c")
    postbox.put("b", case="c", kind="message")
    world.receive()

    first, second = world.submissions()
    assert (first.case_id, "message") == (second.case_id, second.kind)


def test_what_follows_a_rejection_lands_on_its_case(world: World, postbox: PostboxRail) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a", case="c")
    postbox.put("b", case="c")
    postbox.faults.append(Rejectable("The hash does not match.", [PROBLEM]))
    world.receive()

    answer = world.arrival("a").answer
    assert answer is not None
    assert answer.case_id == world.submissions()[0].case_id


def test_what_is_new_gets_a_case_of_its_own(world: World, postbox: PostboxRail) -> None:
    sent(world, "case-1")
    postbox.put("a", case="case-2")
    postbox.put("b", case="case-3", **MESSAGE)
    world.receive()

    cases = [one.case for one in world.submissions()]
    assert 3 == len({case.id for case in cases})
    assert ["Hundesteuer", "Hundesteuer"] == [case.title for case in cases[1:]]


def test_the_same_name_at_another_connection_is_another_case(world: World, postbox: PostboxRail) -> None:
    elsewhere = a_connection(world.organisation, slug="other", rail="cmis")
    theirs = a_submission(world.organisation)
    a_delivery(theirs, elsewhere, "sent", remote_case_id="c")
    postbox.put("a", case="c")
    world.receive()

    assert theirs.case_id != world.submissions()[-1].case_id


def test_a_copy_of_another_systems_case_takes_nothing_in(world: World, postbox: PostboxRail) -> None:
    copy = a_case(world.organisation, source_system="mail")
    a_delivery(a_submission(world.organisation, copy), world.connection, "sent", remote_case_id="c")
    postbox.put("a", case="c")
    world.receive()

    assert "taken_in" == world.arrival().state
    assert copy.id != world.submissions()[-1].case_id
