"""A fault of the sender's waits for a person; a fault of ours waits for us; nothing is forgotten."""

from __future__ import annotations

import errno
import json
from datetime import timedelta
from pathlib import Path

import pytest

from caseway.access.scope import scope
from caseway.cases.models import Case, Event
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.errors import CasewayError, Invalid, NotConfigured, NotFound, RateLimited, Unavailable
from caseway.delivery.connections import pause_connection, resume_connection
from caseway.delivery.models import Delivery
from caseway.intake.checks.malware import EICAR
from caseway.rails.inbound import Arriving, Rejectable
from caseway.receiving.collecting import collect_due
from caseway.receiving.models import PollState
from caseway.testing.postbox import OTHER, PROBLEM, PostboxRail
from tests.receiving.conftest import World

FAULT = Rejectable("The hash does not match.", [PROBLEM], code="postbox.hash_mismatch", remedy="Reject it.")
NO_KEY = NotConfigured("No key opens this.", code="keys.none_to_open")
DOWN = Unavailable("Nobody answers.", code="postbox.down")
GONE = NotFound("It does not wait here any more.", code="arrival.gone")


def poll_state(world: World) -> PollState:
    with scope(world.organisation.id):
        return PollState.objects.get(connection=world.connection)


def test_a_proven_fault_waits_for_a_person(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.broken = FAULT
    world.receive()
    world.later(days=1)

    assert ("held", "postbox.hash_mismatch") == world.state()
    assert [PROBLEM.as_json()] == world.arrival().problems
    assert (["a"], [], []) == (postbox.collected, world.owed(), world.submissions())


def test_a_proven_fault_is_rejected_at_once_where_the_connection_says_so(
    world: World, postbox: PostboxRail
) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a")
    postbox.broken = FAULT
    world.receive()
    world.answer()

    assert ("rejected", [("reject", "a")]) == (world.arrival().state, postbox.answers)
    assert [PROBLEM.as_json()] == postbox.briefs[0]["problems"]
    with scope(world.organisation.id):
        case = Case.objects.get()
        answer = Delivery.objects.get()
    assert (case.id, None) == (answer.case_id, answer.submission_id)
    assert "Not taken in: Postbox" == case.title


def test_without_a_problem_to_name_nothing_is_rejected_by_itself(world: World, postbox: PostboxRail) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a")
    postbox.broken = Rejectable("Something is wrong.", [])
    world.receive()

    assert ("held", []) == (world.arrival().state, world.owed())


@pytest.mark.parametrize(
    "ours",
    [NO_KEY, DOWN, CasewayError("strange", code="postbox.strange"), RateLimited("slow", code="postbox.slow")],
)
def test_a_fault_of_ours_waits_and_is_never_held_against_the_sender(
    world: World, postbox: PostboxRail, ours: CasewayError
) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a")
    postbox.broken = ours
    world.receive()
    assert ("found", ours.code) == world.state()
    assert 1 == world.arrival().failures

    postbox.broken = None
    world.later(minutes=1)

    assert ("taken_in", "") == world.state()


def test_what_nobody_foresaw_waits_too(world: World, postbox: PostboxRail) -> None:
    def bug(arriving: Arriving, room: Path) -> None:
        raise ZeroDivisionError

    postbox.put("a")
    postbox.faults.append(bug)
    world.receive()
    assert ("found", "caseway.unexpected") == world.state()

    world.later(minutes=1)
    assert "taken_in" == world.arrival().state


def test_a_full_disk_waits(world: World, postbox: PostboxRail) -> None:
    def full(arriving: Arriving, room: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    postbox.put("a")
    postbox.faults.append(full)
    world.receive()

    assert ("found", "arrival.no_room") == world.state()


def test_a_scanner_that_does_not_answer_waits(
    world: World, postbox: PostboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(content: bytes) -> None:
        raise Unavailable("no verdict", code="malware.scanner_unavailable")

    monkeypatch.setattr("caseway.intake.inspection.require_clean", silent)
    postbox.put("a")
    world.receive()

    assert ("found", "malware.scanner_unavailable") == world.state()
    assert 0 == poll_state(world).failures


def test_tries_grow_rarer_and_never_end(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.broken = NO_KEY
    world.receive()
    for _ in range(20):
        world.later(hours=1)
    assert 9 == len(postbox.collected)  # behind pauses of minutes and hours, every four hours
    for _ in range(12):
        world.later(days=1)

    assert ("found", 21) == (world.arrival().state, len(postbox.collected))


def test_malware_is_held_and_never_rejected_by_itself(world: World, postbox: PostboxRail) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a", files=[("paper", "attachment", "text/plain", EICAR)])
    world.receive()

    assert ("held", "malware.found") == world.state()
    assert ([], []) == (world.owed(), world.submissions())


def test_what_intake_does_not_take_is_held(world: World, postbox: PostboxRail) -> None:
    postbox.put("a", files=[("paper", "attachment", "text/plain", b"")])
    postbox.put("b", more={"form_id": "x" * 101})
    postbox.put("c")
    postbox.faults.extend([None, None, Invalid("Too large.", code="postbox.too_large")])
    world.receive()

    assert ("held", "document.empty") == world.state("a")
    assert ("held", "arrival.not_takeable") == world.state("b")
    assert ["Form.id"] == world.arrival("b").details["fields"]
    assert ("held", "postbox.too_large") == world.state("c")


def test_what_does_not_wait_any_more_is_gone_when_collecting_says_so(
    world: World, postbox: PostboxRail
) -> None:
    postbox.put("a")
    world.poll()
    postbox.box.clear()
    collect_due()

    assert ("gone", "arrival.gone") == world.state()
    assert not world.arrival().unanswered
    with scope(world.organisation.id):
        assert Event.objects.filter(kind="arrival.gone").exists()


def test_another_not_found_is_not_gone(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.faults.append(NotFound("no key of that name", code="postbox.key_unknown"))
    world.receive()

    assert ("held", "postbox.key_unknown") == world.state()


def test_what_is_held_and_not_listed_is_looked_at_before_it_is_gone(
    world: World, postbox: PostboxRail
) -> None:
    postbox.put("a")
    postbox.faults.extend([FAULT, FAULT])
    world.receive()
    postbox.hidden.add("a")
    world.later(minutes=2)
    assert (["a", "a"], "held") == (postbox.collected, world.arrival().state)

    postbox.box.clear()
    world.later(hours=1)

    assert "gone" == world.arrival().state


def test_a_look_takes_nothing_in_and_decides_nothing(world: World, postbox: PostboxRail) -> None:
    postbox.behave(reject_proven_faults="automatic")
    postbox.put("a")
    postbox.faults.append(Invalid("Too large.", code="postbox.too_large"))
    world.receive()
    postbox.hidden.add("a")
    world.later(minutes=2)
    postbox.faults.append(FAULT)
    world.later(hours=1)

    assert 3 == len(postbox.collected)
    assert ("held", "postbox.too_large") == world.state()
    assert ([], []) == (world.owed(), world.submissions())


def test_what_was_thought_gone_and_waits_after_all_is_taken_in(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.faults.append(GONE)
    world.receive()
    assert "gone" == world.arrival().state

    world.later(minutes=2)
    world.later(minutes=2)

    assert "taken_in" == world.arrival().state


def test_a_connection_that_cannot_be_asked_is_asked_again_with_growing_pauses(
    world: World, postbox: PostboxRail
) -> None:
    postbox.deaf = DOWN
    pauses = []
    for _ in range(6):
        world.poll()
        pauses.append((poll_state(world).next_at - now()).total_seconds())
        world.clock.advance(poll_state(world).next_at - now())

    assert [30, 120, 600, 900, 900, 900] == pauses
    assert "postbox.down" == poll_state(world).code


def test_trouble_with_receiving_opens_no_circuit(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.broken = NO_KEY
    world.receive()
    postbox.deaf = NO_KEY
    for _ in range(8):
        world.later(minutes=20)

    assert ("closed", 0) == (world.link().circuit, world.link().circuit_failures)


def test_while_the_other_side_is_down_not_every_arrival_is_tried(world: World, postbox: PostboxRail) -> None:
    for number in range(20):
        postbox.put(f"a{number}")
    world.poll()
    postbox.broken = postbox.deaf = DOWN
    collect_due()
    world.later(seconds=5)
    assert 1 == len(postbox.collected)
    for _ in range(12):
        world.later(minutes=5)
    assert 6 == len(postbox.collected)  # one at a time, with growing pauses

    postbox.broken = postbox.deaf = None
    world.later(minutes=15)
    world.later(hours=5)

    assert 20 == len(world.submissions())


def test_one_that_always_fails_does_not_hold_up_the_others(world: World, postbox: PostboxRail) -> None:
    def poison(arriving: Arriving, room: Path) -> None:
        if arriving.remote_id == "a":
            raise DOWN

    for name in ("a", "b", "c"):
        postbox.put(name)
    postbox.broken = poison
    world.receive()
    world.later(seconds=5)

    assert ["found", "taken_in", "taken_in"] == [world.arrival(name).state for name in ("a", "b", "c")]


def test_that_it_cannot_be_asked_does_not_stop_what_is_known(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.poll()
    postbox.deaf = DOWN
    world.later(minutes=1)

    assert (1, "taken_in") == (poll_state(world).failures, world.arrival().state)


def test_what_is_listed_twice_is_one_arrival(world: World, postbox: PostboxRail) -> None:
    one = postbox.put("a")
    postbox.box["b"] = one
    world.receive()

    assert (1, 1) == (world.arrivals(), len(world.submissions()))


def test_a_pause_the_other_side_asks_for_is_kept(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.faults.append(RateLimited("slow down", retry_after=timedelta(minutes=20)))
    world.receive()
    world.later(minutes=19)
    assert ["a"] == postbox.collected

    world.later(minutes=2)
    assert "taken_in" == world.arrival().state


def test_a_paused_connection_is_neither_asked_nor_collected_from(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.poll()
    postbox.put("b")
    pause_connection(world.actor, "postbox", "maintenance")
    world.later(hours=1)
    assert ([], 1) == (postbox.collected, world.arrivals())

    resume_connection(world.actor, "postbox")
    world.receive()
    assert 2 == len(world.submissions())


def test_a_connection_that_only_sends_is_not_asked(world: World, postbox: PostboxRail) -> None:
    postbox.behave(receives=False)
    postbox.put("a")
    world.receive()
    assert 0 == world.arrivals()

    postbox.behave(receives=True)
    world.later(minutes=2)
    assert 1 == len(world.submissions())


def test_it_is_asked_as_often_as_its_settings_say(world: World, postbox: PostboxRail) -> None:
    world.poll()
    postbox.put("a")
    world.later(seconds=59)
    assert 0 == world.arrivals()

    world.later(seconds=1)
    assert 1 == world.arrivals()


def test_no_word_about_a_person_is_kept_with_a_fault(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    postbox.faults.append(
        Rejectable("No name for erika@example.org.", [OTHER], code="postbox.odd", remote="erika@example.org")
    )
    world.receive()

    found = world.arrival()
    assert "erika" not in json.dumps([found.sentence, found.details])


def test_the_rooms_of_the_dead_are_swept(world: World) -> None:
    from caseway.receiving import rooms

    folder = configuration().data / "rooms" / "room-dead"
    (folder / "in").mkdir(parents=True)
    (folder / ".lock").touch()
    with rooms.room() as mine:
        assert 1 == rooms.sweep()
        assert mine.exists()

    assert not folder.exists()
