"""Replays as the portal shows them: the plan, by reason, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caseway.delivery.models import Replay
from caseway.delivery.replay import progress
from caseway.portal.words import STATES

_REASONS: dict[str, str | Promise] = {
    "connection_paused": _("its connection is paused"),
    "waits_for_its_turn": _("it waits for its turn and needs no help"),
}


@dataclass(frozen=True)
class Reason:
    """Deliveries of a plan with the same decision for the same reason."""

    decision: str
    words: str | Promise
    number: int


@dataclass(frozen=True)
class ReplayView:
    """One replay: its plan, and how far it is."""

    replay: Replay
    send: int
    skip: int
    done: int
    reasons: list[Reason]

    @property
    def acts(self) -> tuple[str, ...]:
        """Return what a person may do with it now."""
        return _ACTS.get(self.replay.state, ())

    @property
    def live(self) -> bool:
        """Tell whether the page should follow it."""
        return self.replay.state == Replay.State.RUNNING


_ACTS: dict[str, tuple[str, ...]] = {
    Replay.State.PLANNED: ("start", "cancel"),
    Replay.State.RUNNING: ("pause", "cancel"),
    Replay.State.PAUSED: ("resume", "cancel"),
}


def replay_view(replay: Replay) -> ReplayView:
    """Return a replay with its counts and reasons."""
    rows = (
        replay.items.values_list("decision", "reason")
        .annotate(number=Count("id"))
        .order_by("decision", "-number")
    )
    reasons = [Reason(decision, reason_words(reason), number) for decision, reason, number in rows]
    return ReplayView(replay=replay, reasons=reasons, **progress(replay))


def reason_words(reason: str) -> str | Promise:
    """Return the words for a reason of the plan."""
    if reason.startswith("state_"):
        return STATES.get(reason.removeprefix("state_"), (reason, ""))[0]
    return _REASONS.get(reason, reason)
