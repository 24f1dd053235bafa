"""What becomes of a delivery, whatever the other side answers."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from caseway.access.scope import scope
from caseway.cases.models import Case
from caseway.core.errors import Invalid, NotConfigured, OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.delivery.models import Attempt, DeliveryState, Receipt, Step
from caseway.testing.ledger import LedgerRail
from tests.delivery.conftest import World

DOWN = Unavailable("nobody answers", code="test.down")
LOST = OutcomeUnknown("the answer was lost", code="test.lost")


def keys(ledger: LedgerRail) -> list[str]:
    return [key.split(":")[0] for _, key in ledger.entries]


def test_what_is_accepted_is_brought_out_step_by_step(world: World, ledger: LedgerRail) -> None:
    delivery = world.accept()
    world.work()

    assert DeliveryState.DELIVERED == world.look(delivery).state
    assert ["folder", "document"] == keys(ledger)


def test_every_effect_has_its_receipt(world: World, ledger: LedgerRail) -> None:
    world.accept()
    world.work()

    with scope(world.organisation.id):
        assert {"L1", "L2"} == set(Receipt.objects.values_list("remote_id", flat=True))


def test_a_later_message_of_the_case_uses_what_is_there(
    world: World, ledger: LedgerRail, a_case_of_ours: Case
) -> None:
    world.accept(a_case_of_ours)
    world.accept(a_case_of_ours)
    world.work()

    assert ["folder", "document", "document"] == keys(ledger)


def test_while_the_other_side_is_down_it_waits_and_then_goes_out(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    delivery = world.accept()
    world.work()
    assert ("waiting", "test.down") == (world.look(delivery).state, world.look(delivery).code)

    ledger.down = None
    world.later(seconds=31)

    assert DeliveryState.DELIVERED == world.look(delivery).state


def test_it_is_not_tried_before_its_time(world: World, ledger: LedgerRail) -> None:
    ledger.script.append(DOWN)
    world.accept()
    world.work()

    assert 0 == world.later(seconds=20)


def test_a_pause_the_other_side_asks_for_is_kept(world: World, ledger: LedgerRail) -> None:
    ledger.script.append(RateLimited("slow down", retry_after=timedelta(minutes=20)))
    delivery = world.accept()
    world.work()

    waits = world.look(delivery).next_attempt_at
    assert waits is not None
    assert timedelta(minutes=20) == waits - world.clock.now()


def test_an_effect_whose_answer_was_lost_is_found_and_not_repeated(world: World, ledger: LedgerRail) -> None:
    def effect_without_answer(_: object) -> None:
        raise LOST

    ledger.script.append(effect_without_answer)
    delivery = world.accept()
    world.work()
    assert DeliveryState.UNKNOWN == world.look(delivery).state

    world.later(seconds=31)

    assert DeliveryState.DELIVERED == world.look(delivery).state
    assert ["folder", "document"] == keys(ledger)
    with scope(world.organisation.id):
        assert Receipt.objects.get(key="folder").adopted


def test_what_surely_did_not_arrive_is_sent_again(world: World, ledger: LedgerRail) -> None:
    ledger.script.append(LOST)
    delivery = world.accept()
    world.work()
    world.later(seconds=31)

    assert DeliveryState.DELIVERED == world.look(delivery).state
    assert ["folder", "document"] == keys(ledger)


def test_nothing_is_sent_again_while_the_probe_cannot_tell(world: World, ledger: LedgerRail) -> None:
    ledger.script.append(LOST)
    ledger.probe_script.extend([DOWN, LOST])
    delivery = world.accept()
    world.work()
    world.later(seconds=31)
    world.later(minutes=3)

    assert DeliveryState.UNKNOWN == world.look(delivery).state
    assert [] == ledger.entries


def test_a_refusal_needs_a_person_at_once_and_keeps_the_others_words(
    world: World, ledger: LedgerRail
) -> None:
    ledger.script.extend([None, Refused("the DMS says no", code="test.no", remote="Pflichtfeld 413")])
    delivery = world.accept()
    world.work()

    found = world.look(delivery)
    assert ("refused", "test.no", None) == (found.state, found.code, found.next_attempt_at)
    assert "Pflichtfeld 413" == found.details["remote"]
    assert 0 == world.later(days=4)


def test_what_cannot_be_mapped_needs_a_person_before_anything_is_sent(
    world: World, ledger: LedgerRail, monkeypatch: object
) -> None:
    def plan(*_: object) -> None:
        raise Invalid("413 is not mapped", code="mapping.required_property_missing")

    ledger.plan = plan  # type: ignore[method-assign,assignment]
    delivery = world.accept()
    world.work()

    assert ("attention", []) == (world.look(delivery).state, ledger.entries)


def test_trouble_with_our_credentials_stops_the_connection_not_the_delivery(
    world: World, ledger: LedgerRail
) -> None:
    ledger.script.append(NotConfigured("401", code="test.unauthorized"))
    delivery = world.accept()
    world.work()

    assert ("waiting", "open") == (world.look(delivery).state, world.link().circuit)


def test_an_error_at_one_step_for_ever_is_poison_and_goes_to_a_person(
    world: World, ledger: LedgerRail
) -> None:
    ledger.script.extend([None, *[OutcomeUnknown("500", code="test.500")] * 5])
    delivery = world.accept()
    world.work()
    for _ in range(5):
        world.later(hours=5)

    assert ("attention", "delivery.keeps_failing") == (
        world.look(delivery).state,
        world.look(delivery).code,
    )


def test_a_fault_of_our_own_stops_one_delivery_for_a_person(world: World, ledger: LedgerRail) -> None:
    def bug(_: object) -> None:
        raise ZeroDivisionError

    ledger.script.append(bug)
    delivery, other = world.accept(), world.accept()
    world.work()

    assert ("attention", "caseway.unexpected") == (world.look(delivery).state, world.look(delivery).code)
    assert DeliveryState.DELIVERED == world.look(other).state


def test_after_five_days_a_person_is_asked(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    delivery = world.accept()
    for _ in range(40):
        world.later(hours=4.5)

    assert ("attention", "delivery.window_exhausted") == (
        world.look(delivery).state,
        world.look(delivery).code,
    )


def test_a_stuck_delivery_parks_its_case_only(world: World, ledger: LedgerRail, a_case_of_ours: Case) -> None:
    ledger.script.append(Refused("no"))
    stuck = world.accept(a_case_of_ours)
    world.work()
    behind, elsewhere = world.accept(a_case_of_ours), world.accept()
    world.work()

    assert ["refused", "waiting", "delivered"] == [
        world.look(one).state for one in (stuck, behind, elsewhere)
    ]


def test_a_worker_that_died_while_sending_is_taken_over_and_the_step_probed(
    world: World, ledger: LedgerRail
) -> None:
    class Died(BaseException):
        pass

    def die(_: object) -> None:
        raise Died

    ledger.script.append(die)
    delivery = world.accept()
    with suppress(Died):
        world.work()
    assert DeliveryState.TRANSMITTING == world.look(delivery).state

    world.worker = "w2"
    world.later(minutes=6)

    assert DeliveryState.DELIVERED == world.look(delivery).state
    assert ["folder", "document"] == keys(ledger)
    with scope(world.organisation.id):
        outcomes = Attempt.objects.order_by("number").values_list("what", "outcome")
        assert [("send", "lost"), ("probe", "receipted"), ("send", "receipted")] == list(outcomes)


def test_a_plan_is_written_down_with_its_hash(world: World, ledger: LedgerRail) -> None:
    delivery = world.accept()
    world.work()

    with scope(world.organisation.id):
        assert 2 == Step.objects.filter(delivery=delivery, state="done").count()
    assert 64 == len(world.look(delivery).rendered_hash)
