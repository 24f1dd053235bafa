"""Whatever the other side does: it is said in the words of the core tree, and nothing is there twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.core.errors import CasewayError, OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.core.http import Exchange
from caseway.rails.contract import PlannedStep
from caseway.testing.contract import Filing, OtherSide, open_link

WORDS = "Pflichtfeld 413 fehlt; «Rasse» ist leer"


def the_step(other: OtherSide, desk: Filing, number: int) -> PlannedStep:
    """Return one step, with those before it filed."""
    plan = desk.plan(other.occasion())
    if number >= len(plan):
        pytest.skip(f"{other.name} has {len(plan)} steps")
    for step in plan[:number]:
        desk.send(other.occasion(), step)
    return plan[number]


def the_effect(other: OtherSide, desk: Filing, number: int = 0) -> PlannedStep:
    """Return one step that somebody there will see, with those before it filed."""
    owed = [step for step in desk.plan(other.occasion()) if other.has_effect(step)]
    if number >= len(owed):
        pytest.skip(f"{other.name} has {len(owed)} effects")
    return desk.to(other.occasion(), owed[number])


def owed(other: OtherSide, desk: Filing) -> int:
    """Return how many effects the occasion has when all of it is there."""
    return sum(other.has_effect(step) for step in desk.plan(other.occasion()))


def fails(other: OtherSide, desk: Filing, step: PlannedStep) -> CasewayError:
    with pytest.raises(CasewayError) as caught:
        desk.send(other.occasion(), step)
    return caught.value


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_lost_reply_is_an_unknown_outcome_never_a_failure(
    other: OtherSide, desk: Filing, number: int
) -> None:
    step = the_step(other, desk, number)
    other.lose_reply(after=0)

    assert isinstance(fails(other, desk, step), OutcomeUnknown)


@pytest.mark.usefixtures("probing")
@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_effect_behind_a_lost_reply_is_found(other: OtherSide, desk: Filing, number: int) -> None:
    step = the_effect(other, desk, number)
    other.lose_reply(after=0)
    fails(other, desk, step)

    found = desk.probe(other.occasion(), step)

    assert found is not None
    assert (other.effects()[-1], True) == (found.remote_id, found.adopted)


@pytest.mark.usefixtures("probing")
@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_filing_goes_on_behind_a_lost_reply_and_doubles_nothing(
    other: OtherSide, desk: Filing, number: int
) -> None:
    other.lose_reply(after=number)

    desk.all(other.occasion())

    assert (owed(other, desk), 0) == (len(other.effects()), other.doubled())


@pytest.mark.usefixtures("probing")
def test_every_reply_lost_still_doubles_nothing(other: OtherSide, desk: Filing) -> None:
    for step in desk.plan(other.occasion()):
        other.lose_reply(after=0)
        while step.key not in desk.receipts:
            desk.attempt(other.occasion(), step)

    assert (owed(other, desk), 0) == (len(other.effects()), other.doubled())


def test_what_may_have_arrived_and_cannot_be_asked_for_is_left_to_a_person(
    other: OtherSide, desk: Filing
) -> None:
    if other.can_probe:
        pytest.skip(f"{other.name} can be asked what arrived")
    step = the_effect(other, desk)
    other.lose_reply(after=0)
    desk.attempt(other.occasion(), step)
    for _ in range(3):
        with pytest.raises(Refused):
            desk.attempt(other.occasion(), step)

    assert (1, 1, 0) == (desk.attempts[step.key], len(other.effects()), other.doubled())


def test_a_refusal_keeps_the_words_of_the_other_side(other: OtherSide, desk: Filing) -> None:
    step = the_effect(other, desk)
    other.refuse(WORDS)
    error = fails(other, desk, step)

    assert isinstance(error, Refused)
    assert WORDS in str(error.details["remote"])


def test_what_is_refused_is_not_there(other: OtherSide, desk: Filing) -> None:
    step = the_effect(other, desk)
    other.refuse(WORDS)
    fails(other, desk, step)

    assert [] == other.effects()
    assert not other.can_probe or desk.probe(other.occasion(), step) is None


def test_what_was_refused_goes_out_once_it_is_mended(other: OtherSide, desk: Filing) -> None:
    other.refuse(WORDS)
    fails(other, desk, the_step(other, desk, 0))
    other.calm()

    desk.all(other.occasion())
    assert owed(other, desk) == len(other.effects())


def test_nobody_there_is_unavailable(other: OtherSide, desk: Filing) -> None:
    step = the_step(other, desk, 0)
    other.go_away()

    assert isinstance(fails(other, desk, step), Unavailable)


@pytest.mark.usefixtures("probing")
def test_a_probe_that_reaches_nobody_never_says_absent(other: OtherSide, desk: Filing) -> None:
    step = the_effect(other, desk)
    other.go_away()

    with pytest.raises((Unavailable, OutcomeUnknown)):
        desk.probe(other.occasion(), step)


def test_an_outage_in_the_middle_loses_and_doubles_nothing(other: OtherSide, desk: Filing) -> None:
    step = the_step(other, desk, 1)
    other.go_away()
    desk.attempt(other.occasion(), step)
    other.calm()

    desk.all(other.occasion())
    assert (owed(other, desk), 0) == (len(other.effects()), other.doubled())


@pytest.mark.parametrize("number", [0, 1])
def test_no_answer_in_time_is_an_unknown_outcome(
    other: OtherSide, exchanges: list[Exchange], number: int
) -> None:
    with open_link(other.settings(read_timeout=0.5), exchanges) as link:
        desk = Filing(other.rail, link)
        step = the_step(other, desk, number)
        other.hang(1.5)

        assert isinstance(fails(other, desk, step), OutcomeUnknown)


def test_a_pause_that_is_asked_for_is_passed_on(other: OtherSide, desk: Filing) -> None:
    step = the_step(other, desk, 0)
    other.ask_for_pause(timedelta(seconds=77))
    error = fails(other, desk, step)

    assert isinstance(error, RateLimited)
    assert (timedelta(seconds=77) if other.names_pauses else None) == error.retry_after


def test_a_pause_means_that_nothing_happened(other: OtherSide, desk: Filing) -> None:
    step = the_effect(other, desk)
    other.ask_for_pause(timedelta(seconds=1))
    fails(other, desk, step)

    assert [] == other.effects()


@pytest.mark.parametrize("trouble", ["lose_reply", "go_away", "refuse", "ask_for_pause"])
def test_every_error_has_a_code_and_a_sentence(other: OtherSide, desk: Filing, trouble: str) -> None:
    step = the_step(other, desk, 0)
    given = {"lose_reply": [0], "refuse": [WORDS], "ask_for_pause": [timedelta(seconds=1)]}
    getattr(other, trouble)(*given.get(trouble, []))
    error = fails(other, desk, step)

    assert error.code.partition(".")[0] in {other.rail.manifest.id, "http", "oauth"}
    assert error.sentence.endswith(".") or not other.speaks_http
