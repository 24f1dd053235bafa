"""One step, one effect, one proof; and a probe that tells whether it arrived."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from caseway.rails.contract import Occasion, PlannedStep, Receipt
from caseway.testing.contract import Filing, OtherSide


def visible(other: OtherSide, desk: Filing, what: Occasion) -> list[PlannedStep]:
    """Return the steps of an occasion that have an effect somebody can see."""
    return [step for step in desk.plan(what) if other.has_effect(step)]


def probed(other: OtherSide, desk: Filing, what: Occasion) -> dict[str, Receipt | None]:
    return {step.key: desk.probe(what, step) for step in visible(other, desk, what)}


def test_every_step_ends_in_a_receipt_with_the_name_the_other_side_gives_it(
    other: OtherSide, desk: Filing
) -> None:
    receipts = desk.all(other.occasion())

    owed = visible(other, desk, other.occasion())
    assert {step.key for step in desk.plan(other.occasion())} == receipts.keys()
    assert sorted(other.effects()) == sorted(receipts[step.key].remote_id for step in owed)
    assert all(receipt.remote_id for receipt in receipts.values())


def test_nothing_is_there_that_is_not_owed(other: OtherSide, desk: Filing) -> None:
    desk.all(other.occasion())

    owed = visible(other, desk, other.occasion())
    assert (len(owed), 0) == (len(other.effects()), other.doubled())


def test_a_receipt_is_of_this_try_unless_it_says_that_it_was_found(other: OtherSide, desk: Filing) -> None:
    assert {False} == {receipt.adopted for receipt in desk.all(other.occasion()).values()}


def test_receipts_are_json(other: OtherSide, desk: Filing) -> None:
    facts = [receipt.facts for receipt in desk.all(other.occasion()).values()]

    assert facts == json.loads(json.dumps(facts))


def test_contents_arrive_byte_by_byte(other: OtherSide, desk: Filing) -> None:
    if not other.carries_documents:
        pytest.skip("carries no documents")
    desk.all(other.occasion())

    wanted = Counter(one.sha256 for one in other.occasion().documents)
    assert wanted == Counter(other.contents())


@pytest.mark.usefixtures("probing")
def test_a_probe_finds_what_arrived_and_gives_the_same_name(other: OtherSide, desk: Filing) -> None:
    receipts = desk.all(other.occasion())
    found = probed(other, desk, other.occasion())

    assert {key: receipts[key].remote_id for key in found} == {
        key: one.remote_id for key, one in found.items() if one is not None
    }


@pytest.mark.usefixtures("probing")
def test_what_a_probe_found_says_so(other: OtherSide, desk: Filing) -> None:
    desk.all(other.occasion())
    found = probed(other, desk, other.occasion())

    assert found
    assert all(one is not None and one.adopted for one in found.values())


def test_what_only_prepares_can_be_done_again_and_nobody_sees_it(other: OtherSide, desk: Filing) -> None:
    for step in desk.plan(other.occasion()):
        desk.send(other.occasion(), step)
        if not other.has_effect(step):
            desk.send(other.occasion(), step)

    owed = visible(other, desk, other.occasion())
    assert (len(owed), 0) == (len(other.effects()), other.doubled())


@pytest.mark.usefixtures("probing")
def test_a_probe_of_what_was_never_sent_finds_nothing(other: OtherSide, desk: Filing) -> None:
    for step in desk.plan(other.occasion()):
        assert desk.probe(other.occasion(), step) is None
        desk.send(other.occasion(), step)


@pytest.mark.usefixtures("probing")
def test_a_probe_has_no_effect(other: OtherSide, desk: Filing) -> None:
    first = desk.plan(other.occasion())[0]
    desk.probe(other.occasion(), first)

    assert [] == other.effects()


@pytest.mark.usefixtures("probing")
def test_what_another_occasion_filed_is_not_taken_for_ours(other: OtherSide, desk: Filing) -> None:
    shared = desk.all(other.occasion(0))
    own = [step for step in desk.plan(other.occasion(1)) if step.key not in shared]

    assert [None] * len(own) == [desk.probe(other.occasion(1), step) for step in own]


def test_occasions_of_one_case_stand_beside_each_other(other: OtherSide, desk: Filing) -> None:
    for number in range(3):
        desk.all(other.occasion(number))

    keys = {step.key for number in range(3) for step in visible(other, desk, other.occasion(number))}
    assert (len(keys), 0) == (len(other.effects()), other.doubled())
