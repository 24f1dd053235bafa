"""What waits is found, made durable here, and only then accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from caseway.access.scope import scope
from caseway.cases.models import Document, Event
from caseway.configuration import configuration
from caseway.delivery.models import Delivery, RemoteLogEntry, WireExchange
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Arriving
from caseway.receiving.collecting import collect_due
from caseway.testing.builders import a_route
from caseway.testing.postbox import PostboxRail
from tests.receiving.conftest import World


def test_what_waits_is_taken_in_and_accepted(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.receive()
    world.answer()

    assert ("taken_in", "") == world.state()
    assert [("accept", "a")] == postbox.answers
    assert {} == postbox.box


def test_the_acceptance_carries_what_the_rail_needs(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.receive()
    world.answer()

    assert [
        {
            "kind": "submission",
            "remote_id": "a",
            "remote_case_id": "case-a",
            "destination": "destination-1",
            "tags": {"data": "tag-a"},
        }
    ] == postbox.briefs


def test_nothing_is_accepted_before_it_is_durable(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    seen: list[list[str]] = []
    postbox.on_collect = lambda: seen.append(world.owed())
    world.poll()
    assert ([], []) == (world.owed(), world.submissions())

    collect_due()

    assert [[]] == seen
    assert ["accept"] == world.owed()
    with scope(world.organisation.id):
        assert 1 == Document.objects.filter(submission_id=world.submissions()[0].id).count()


def test_how_it_came_and_how_to_answer_is_kept(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.receive()

    kept = world.submissions()[0]
    assert {"channel": "email", "address": "erika.mustermann@example.org"} == kept.reply
    assert {
        "connection": str(world.connection.id),
        "rail": "postbox",
        "kind": "submission",
        "remote_id": "a",
        "remote_case_id": "case-a",
        "destination": "destination-1",
        "tags": {"data": "tag-a"},
        "metadata": {"version": "2.1.0"},
    } == kept.origin
    assert ("application", "postbox", "caseway") == (kept.kind, kept.channel, kept.sender)


def test_the_other_sides_log_is_kept_as_evidence(world: World, postbox: PostboxRail) -> None:
    entry = LogEntry("1" * 64, "submit-submission", "submission:a", "service", None, True)
    postbox.put("a", more={"log": [entry]})
    world.receive()

    with scope(world.organisation.id):
        assert [("case-a", "submit-submission")] == list(
            RemoteLogEntry.objects.values_list("remote_case_id", "what")
        )


def test_where_a_person_accepts_it_is_only_taken_in(world: World, postbox: PostboxRail) -> None:
    postbox.behave(accept="by_person")
    postbox.put("a")
    world.receive()

    assert ("taken_in", []) == (world.arrival().state, world.owed())
    assert world.arrival().unanswered


def test_it_is_routed_on_but_never_back_to_where_it_came_from(world: World, postbox: PostboxRail) -> None:
    a_route(world.connection, name="everything")
    postbox.put("a")
    world.receive()

    assert ["accept"] == world.owed()


def test_the_room_is_removed_whatever_happens(world: World, postbox: PostboxRail) -> None:
    def bug(arriving: Arriving, room: Path) -> None:
        (room / "plain").write_bytes(b"Erika Mustermann")
        raise ZeroDivisionError

    postbox.put("a")
    postbox.put("b")
    postbox.faults.append(bug)
    world.receive()

    assert 2 == len(postbox.rooms)
    assert [] == [room for room in postbox.rooms if room.exists()]
    assert [] == list((configuration().data / "rooms").iterdir())


@pytest.mark.parametrize("state", ["taken_in", "found"])
def test_what_is_not_there_any_more_is_never_taken_twice(
    world: World, postbox: PostboxRail, state: str
) -> None:
    postbox.put("a")
    world.receive()
    world.later(minutes=2)
    world.answer()
    world.later(days=1)

    assert 1 == len(world.submissions())
    assert ["a"] == postbox.collected


def test_a_text_that_cannot_be_stored_as_it_is_does_not_stop_it(world: World, postbox: PostboxRail) -> None:
    postbox.put("a", title="Hunde\x00steuer\n" + "x" * 400, more={"region": "DE02", "leika_id": "n/a"})
    world.receive()

    taken = world.submissions()[0]
    assert ("Hunde steuer " + "x" * 187, "", "") == (taken.form_name, taken.region, taken.leika_id)


def test_what_was_exchanged_is_kept_with_the_arrival(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.receive()

    with scope(world.organisation.id):
        assert 0 == WireExchange.objects.exclude(arrival_id=world.arrival().id).count()
        kinds = list(Event.objects.order_by("id").values_list("kind", flat=True))
    assert ["arrival.found", "case.opened", "submission.accepted"] == kinds[:3]
    with scope(world.organisation.id):
        assert world.arrival().answer_id == Delivery.objects.get().id
