"""The state tables, whole: every event from every state is either in the table or refused."""

from __future__ import annotations

from itertools import product

import pytest

from caseway.delivery.models import DeliveryState, Step
from caseway.delivery.states import DELIVERY, STEP, delivery_after, step_after


@pytest.mark.parametrize(
    ("state", "event"), list(product(DeliveryState, sorted({event for _, event in DELIVERY})))
)
def test_a_delivery_goes_only_where_the_table_says(state: DeliveryState, event: str) -> None:
    if (state, event) in DELIVERY:
        assert DELIVERY[state, event] == delivery_after(state, event)
    else:
        with pytest.raises(KeyError):
            delivery_after(state, event)


@pytest.mark.parametrize(("state", "event"), list(product(Step.State, sorted({event for _, event in STEP}))))
def test_a_step_goes_only_where_the_table_says(state: Step.State, event: str) -> None:
    if (state, event) in STEP:
        assert STEP[state, event] == step_after(state, event)
    else:
        with pytest.raises(KeyError):
            step_after(state, event)


def test_what_is_over_stays_over() -> None:
    over = {DeliveryState.DELIVERED, DeliveryState.NOT_APPLICABLE}

    assert set() == {state for state, _ in DELIVERY} & over


def test_a_step_is_sent_from_planned_only() -> None:
    assert {Step.State.PLANNED} == {state for state, event in STEP if event == "sending"}
