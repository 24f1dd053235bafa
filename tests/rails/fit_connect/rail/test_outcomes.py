"""Whatever happens on the way: one delivery is one submission, one answer is one event, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.core.clock import Clock
from caseway.core.errors import CasewayError, Invalid, OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.rails.contract import Occasion, PlannedStep, Void
from caseway.rails.fit_connect import rail
from caseway.rails.inbound import Arriving
from caseway.testing.contract import Filing
from tests.rails.fit_connect.rail.kit import World, answer_to, contents, sent_again
from tests.rails.fit_connect.rail.papers import OURS, data, occasion, paper

DAY = timedelta(days=1)


def step_of(desk: Filing, what: Occasion, kind: str) -> PlannedStep:
    """Return the first step of a kind, with those before it sent."""
    return desk.to(what, next(step for step in desk.plan(what) if step.kind == kind))


def failing(desk: Filing, what: Occasion, step: PlannedStep) -> CasewayError:
    with pytest.raises(CasewayError) as caught:
        desk.send(what, step)
    return caught.value


@pytest.mark.parametrize("action", ["create_submission", "put_attachment", "submit"])
def test_a_lost_answer_doubles_nothing(either: World, action: str) -> None:
    desk = either.sender()
    either.fault("drop_reply", action)

    desk.all(occasion())

    assert (1, 0) == (either.handed_over(), either.doubled())
    assert 3 == len(either.collect(either.receiver()).files)


@pytest.mark.parametrize("fault", ["server_error", "html_error", "drop_reply"])
def test_no_clear_answer_to_the_last_step_is_an_unknown_outcome(world: World, fault: str) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault(fault, "submit")

    assert isinstance(failing(desk, occasion(), step), OutcomeUnknown)


@pytest.mark.parametrize(("fault", "kind"), [("unavailable", Unavailable), ("rate_limited", RateLimited)])
def test_a_clear_no_is_known_to_have_had_no_effect(
    world: World, fault: str, kind: type[CasewayError]
) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault(fault, "submit")

    assert kind is type(failing(desk, occasion(), step))
    assert desk.probe(occasion(), step) is None
    desk.all(occasion())
    assert (1, 0) == (world.handed_over(), world.doubled())


def test_a_log_that_lags_behind_doubles_nothing(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("lag", "submit", reads=3)
    world.fault("drop_reply", "submit")

    desk.attempt(occasion(), step)
    assert desk.probe(occasion(), step) is None  # the log does not show it yet
    desk.all(occasion(), tries=6)

    assert (True, 1, 0) == (desk.receipts[step.key].adopted, world.handed_over(), world.doubled())


def test_a_platform_that_refuses_the_second_time_is_not_believed_to_have_refused_the_first(
    world: World,
) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("drop_reply", "submit")
    desk.attempt(occasion(), step)
    world.fault("problems_422", "submit")

    receipt = desk.send(occasion(), step)

    assert (True, 1) == (receipt.adopted, world.handed_over())


def test_what_was_handed_over_under_a_log_that_cannot_be_verified_is_never_said_to_be_absent(
    world: World,
) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("drop_reply", "submit")
    desk.attempt(occasion(), step)
    world.fault("wrong_set_signature", times=None)

    with pytest.raises(OutcomeUnknown) as caught:
        desk.probe(occasion(), step)

    assert ("fit_connect.log_not_verified", "fit_connect.jws_signature_wrong") == (
        caught.value.code,
        caught.value.details["because"],
    )


def test_content_of_somebody_else_is_for_a_person(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    desk.send(occasion(), step)
    desk.progress[step.key] = {"tags": [{"metadata": "A" * 22, "data": "A" * 22, "attachments": {}}]}

    with pytest.raises(Refused) as caught:
        desk.probe(occasion(), step)

    assert "fit_connect.foreign_content" == caught.value.code


def test_a_log_that_is_gone_after_a_try_is_for_a_person(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("server_error", "submit")
    desk.attempt(occasion(), step)
    world.platform.platform.store.cases.clear()

    with pytest.raises(Refused) as caught:
        desk.probe(occasion(), step)

    assert "fit_connect.log_gone" == caught.value.code


@pytest.mark.parametrize("kind", ["attachment", "submit"])
def test_what_was_announced_too_long_ago_is_announced_anew(world: World, clock: Clock, kind: str) -> None:
    desk, what = world.sender(), occasion()
    step = step_of(desk, what, kind)
    clock.advance(DAY + timedelta(minutes=1))

    error = failing(desk, what, step)

    assert isinstance(error, Void)
    assert ("fit_connect.reservation_ended", set(desk.receipts)) == (error.code, set(error.keys))
    sent_again(desk, what)
    assert (1, 0) == (world.handed_over(), world.doubled())


def test_an_outage_of_days_in_the_middle_ends_in_one_submission(world: World, clock: Clock) -> None:
    desk, what = world.sender(), occasion()
    world.fault("server_error", "submit", times=2)
    step = step_of(desk, what, "submit")
    desk.attempt(what, step)
    clock.advance(DAY * 3)

    sent_again(desk, what)

    assert (1, 0) == (world.handed_over(), world.doubled())
    assert 3 == len(world.collect(world.receiver()).files)


def test_a_key_that_is_exchanged_between_look_up_and_hand_over_begins_anew(world: World) -> None:
    desk, what = world.sender(), occasion()
    step = step_of(desk, what, "submit")
    world.platform.platform.rotate(world.platform.platform.store.destinations[OURS])

    error = failing(desk, what, step)
    assert (Void, "fit_connect.key_exchanged") == (type(error), error.code)

    sent_again(desk, what)
    (parcel,) = [one for one in world.platform.describe()["parcels"] if one["status"] == "submitted"]
    assert [world.platform.platform.store.destinations[OURS].encryption_kid] == parcel["kids"]


def test_a_key_that_is_taken_away_while_attachments_go_up_begins_anew(world: World) -> None:
    desk, what = world.sender(), occasion()
    step = step_of(desk, what, "attachment")
    destination = world.platform.platform.store.destinations[OURS]
    old = world.platform.platform.rotate(destination)
    del destination.keys[old]
    desk.link.cache.drop(f"key:{OURS}:{old}")

    error = failing(desk, what, step)

    assert (Void, "fit_connect.key_exchanged") == (type(error), error.code)


def test_a_key_that_changes_right_after_each_look_is_seen_before_anything_is_handed_over(
    world: World,
) -> None:
    world.fault("rotate_key_after_lookup", "get_destination")
    desk, what = world.sender(), occasion()

    sent_again(desk, what)

    (parcel,) = [one for one in world.platform.describe()["parcels"] if one["status"] == "submitted"]
    assert [world.platform.platform.store.destinations[OURS].encryption_kid] == parcel["kids"]


def test_a_token_that_ends_in_the_middle_of_an_upload_is_renewed_and_the_whole_is_sent(
    either: World,
) -> None:
    large = paper("attachment", "Plan.bin", bytes(range(256)) * 4000, "application/octet-stream")
    either.fault("token_expired_mid_upload", "put_attachment")

    either.sender().all(occasion([data(), large]))

    assert bytes(range(256)) * 4000 == contents(either.collect(either.receiver()))["attachment:Plan.bin"]


def test_a_token_that_is_refused_again_needs_a_person(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("unauthorized", "submit", times=2)

    assert "fit_connect.unauthorized" == failing(desk, occasion(), step).code


def test_an_upload_that_breaks_off_is_sent_again_whole(world: World) -> None:
    large = paper("attachment", "Plan.bin", bytes(range(256)) * 4000, "application/octet-stream")
    world.fault("drop_upload_at", "put_attachment", percent=90)
    desk = world.sender()

    desk.all(occasion([data(), large]))

    assert (1, 0) == (world.handed_over(), world.doubled())
    assert bytes(range(256)) * 4000 == contents(world.collect(world.receiver()))["attachment:Plan.bin"]


def test_the_words_of_a_refusal_are_kept(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("problems_422", "submit", message="Der Zustellpunkt lehnt ab.")
    error = failing(desk, occasion(), step)

    assert (Refused, "fit_connect.submission_refused") == (type(error).__base__, error.code)
    assert "Der Zustellpunkt lehnt ab." in error.details["remote"]


def test_a_destination_that_becomes_inactive_before_the_hand_over_is_not_sent_to(world: World) -> None:
    desk = world.sender()
    step = step_of(desk, occasion(), "submit")
    world.fault("destination_inactive", "get_destination", times=None)

    assert "fit_connect.destination_inactive" == failing(desk, occasion(), step).code
    assert 0 == world.handed_over()


@pytest.mark.parametrize("purpose", ["accept", "reject"])
@pytest.mark.parametrize("fault", ["drop_reply", "server_error"])
def test_an_answer_whose_reply_is_lost_is_one_event(either: World, purpose: str, fault: str) -> None:
    either.sender().all(occasion([data()]))
    link = either.receiver()
    (arriving,) = either.waiting(link)
    tags = either.collect(link, arriving).origin["tags"]
    either.fault(fault, "post_event")

    either.answer(link, purpose, arriving, tags=tags, problems=[rail.reasons()[0].as_json()])

    assert 1 == either.platform.counts()["events"][f"{purpose}-submission"]


@pytest.mark.parametrize(
    ("purpose", "code"),
    [("accept", "nothing_collected"), ("reject", "problem_missing"), ("forward", "forward_not_in_v2")],
)
def test_an_answer_that_says_nothing_is_not_planned(world: World, purpose: str, code: str) -> None:
    arriving = Arriving("submission", OURS, OURS, OURS)

    with pytest.raises(Invalid) as caught:
        Filing(rail, world.receiver()).plan(answer_to(purpose, arriving))

    assert f"fit_connect.{code}" == caught.value.code


def test_a_reply_is_not_forwarded(old: World) -> None:
    with pytest.raises(Invalid) as caught:
        Filing(rail, old.receiver()).plan(answer_to("forward", Arriving("reply", OURS, OURS)))

    assert "fit_connect.forward_not_of_reply" == caught.value.code


def test_an_answer_is_found_though_its_key_is_not_published_any_more(world: World) -> None:
    world.sender().all(occasion([data()]))
    link = world.receiver()
    (arriving,) = world.waiting(link)
    tags = world.collect(link, arriving).origin["tags"]
    desk, what = Filing(rail, link), answer_to("accept", arriving, tags=tags)
    (step,) = desk.plan(what)
    receipt = desk.send(what, step)
    del world.platform.platform.store.destinations[OURS].keys[link.keys.signing().kid]

    found = desk.probe(what, step)

    assert found is not None
    assert (receipt.remote_id, True) == (found.remote_id, found.adopted)


def test_an_answer_of_somebody_else_is_for_a_person(world: World) -> None:
    world.sender().all(occasion([data()]))
    link = world.receiver()
    (arriving,) = world.waiting(link)
    world.answer(link, "reject", arriving, problems=[rail.reasons()[0].as_json()])
    desk, what = Filing(rail, link), answer_to("accept", arriving, tags={"metadata": "A" * 22})
    (step,) = desk.plan(what)

    assert isinstance(failing(desk, what, step), OutcomeUnknown)
    with pytest.raises(Refused) as caught:
        desk.probe(what, step)

    assert "fit_connect.decided_otherwise" == caught.value.code


def test_what_ended_by_itself_cannot_be_answered_any_more(world: World, clock: Clock) -> None:
    world.sender().all(occasion([data()]))
    link = world.receiver()
    (arriving,) = world.waiting(link)
    clock.advance(timedelta(days=14, minutes=1))
    desk, what = Filing(rail, link), answer_to("accept", arriving, tags={"metadata": "A" * 22})
    (step,) = desk.plan(what)

    assert isinstance(failing(desk, what, step), OutcomeUnknown)
    with pytest.raises(Refused) as caught:
        desk.probe(what, step)

    assert ("fit_connect.decided_otherwise", "reject-submission") == (
        caught.value.code,
        caught.value.details["event"],
    )
