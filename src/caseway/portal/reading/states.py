"""The state of a message, computed from the states of what it owes. There is no second writer."""

from __future__ import annotations

from collections.abc import Collection

_WORST_FIRST = (
    "attention",
    "refused",
    "unknown",
    "transmitting",
    "waiting",
    "sent",
    "delivered",
    "not_applicable",
)


def message_state(delivery_states: Collection[str], excused: bool = False) -> str:
    """Return the state of a message: its worst delivery; without any, whether a rule excuses that."""
    for state in _WORST_FIRST:
        if state in delivery_states:
            return state
    return "not_applicable" if excused else "placed"
