"""One step, one effect, one proof; and a probe that tells whether it arrived."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from caseway.testing.contract import Filing, OtherSide


def test_every_step_ends_in_a_receipt_with_the_name_the_other_side_gives_it(
    other: OtherSide, desk: Filing
) -> None:
    receipts = desk.all(other.occasion())

    assert {step.key for step in desk.plan(other.occasion())} == receipts.keys()
    assert sorted(other.effects()) == sorted(receipt.remote_id for receipt in receipts.values())


def test_nothing_is_there_that_is_not_owed(other: OtherSide, desk: Filing) -> None:
    desk.all(other.occasion())

    assert (len(desk.plan(other.occasion())), 0) == (len(other.effects()), other.doubled())


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


def test_a_probe_finds_what_arrived_and_gives_the_same_name(other: OtherSide, desk: Filing) -> None:
    receipts = desk.all(other.occasion())
    found = {step.key: desk.probe(other.occasion(), step) for step in desk.plan(other.occasion())}

    assert {key: receipt.remote_id for key, receipt in receipts.items()} == {
        key: one.remote_id for key, one in found.items() if one is not None
    }


def test_what_a_probe_found_says_so(other: OtherSide, desk: Filing) -> None:
    desk.all(other.occasion())
    found = [desk.probe(other.occasion(), step) for step in desk.plan(other.occasion())]

    assert all(one is not None and one.adopted for one in found)


def test_a_probe_of_what_was_never_sent_finds_nothing(other: OtherSide, desk: Filing) -> None:
    for step in desk.plan(other.occasion()):
        assert desk.probe(other.occasion(), step) is None
        desk.send(other.occasion(), step)


def test_a_probe_has_no_effect(other: OtherSide, desk: Filing) -> None:
    first = desk.plan(other.occasion())[0]
    desk.probe(other.occasion(), first)

    assert [] == other.effects()


def test_what_another_occasion_filed_is_not_taken_for_ours(other: OtherSide, desk: Filing) -> None:
    shared = desk.all(other.occasion(0))
    own = [step for step in desk.plan(other.occasion(1)) if step.key not in shared]

    assert [None] * len(own) == [desk.probe(other.occasion(1), step) for step in own]


def test_occasions_of_one_case_stand_beside_each_other(other: OtherSide, desk: Filing) -> None:
    for number in range(3):
        desk.all(other.occasion(number))

    keys = {step.key for number in range(3) for step in desk.plan(other.occasion(number))}
    assert (len(keys), 0) == (len(other.effects()), other.doubled())
