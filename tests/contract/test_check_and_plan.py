"""Testing a connection and planning have no effect; a plan is the same whenever it is made."""

from __future__ import annotations

import json
from dataclasses import replace

from caseway.core.errors import CasewayError
from caseway.delivery.planning import plan_hash
from caseway.rails.contract import Rail
from caseway.testing.contract import Filing, OtherSide


def test_it_is_a_rail(other: OtherSide) -> None:
    assert isinstance(other.rail, Rail)


def test_a_good_connection_passes_its_check(other: OtherSide, desk: Filing) -> None:
    report = other.rail.check(desk.link)

    assert [] == [finding for finding in report.findings if not finding.ok]
    assert report.findings


def test_a_check_has_no_effect(other: OtherSide, desk: Filing) -> None:
    other.rail.check(desk.link)

    assert [] == other.effects()


def test_a_check_of_what_is_away_does_not_pass_and_says_why(other: OtherSide, desk: Filing) -> None:
    other.go_away()
    try:
        said = [(one.code, one.sentence) for one in other.rail.check(desk.link).findings if not one.ok]
    except CasewayError as error:
        said = [(error.code, error.sentence)]

    assert said
    assert all(code and sentence for code, sentence in said)


def test_planning_has_no_effect(other: OtherSide, desk: Filing) -> None:
    assert desk.plan(other.occasion())
    assert [] == other.effects()


def test_the_same_occasion_gives_the_same_plan(other: OtherSide, desk: Filing) -> None:
    assert plan_hash(desk.plan(other.occasion())) == plan_hash(desk.plan(other.occasion()))


def test_a_plan_stays_the_same_when_its_effects_are_there(other: OtherSide, desk: Filing) -> None:
    before = plan_hash(desk.plan(other.occasion()))
    desk.all(other.occasion())

    assert before == plan_hash(desk.plan(other.occasion()))


def test_the_keys_of_a_plan_are_unique(other: OtherSide, desk: Filing) -> None:
    keys = [step.key for step in desk.plan(other.occasion())]

    assert len(keys) == len(set(keys))


def test_another_occasion_of_the_case_owes_something_of_its_own(other: OtherSide, desk: Filing) -> None:
    first, second = ({step.key for step in desk.plan(other.occasion(n))} for n in (0, 1))

    assert second - first


def test_a_plan_that_was_written_down_and_read_is_the_same(other: OtherSide, desk: Filing) -> None:
    plan = desk.plan(other.occasion())
    read = [replace(step, payload=json.loads(json.dumps(step.payload))) for step in plan]

    assert plan_hash(plan) == plan_hash(read)


def test_a_step_names_no_document_but_those_of_the_occasion(other: OtherSide, desk: Filing) -> None:
    known = {document.id for document in other.occasion().documents}
    named = {step.document_id for step in desk.plan(other.occasion()) if step.document_id}

    assert named <= known


def test_every_step_has_words_for_a_person(other: OtherSide, desk: Filing) -> None:
    assert all(step.title.strip() and step.kind for step in desk.plan(other.occasion()))
