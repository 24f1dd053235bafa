"""Many deliveries tried again as one batch: a plan to look at first, then a run that can pause and resume.

Each item is done in its own transaction together with its mark, so that a batch that dies goes on where it
was and no item is done twice.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count, Q

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import everything, scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import Conflict, NotFound
from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.models import Delivery, DeliveryState, Replay, ReplayItem
from caseway.delivery.retry import retry_in_transaction
from caseway.delivery.states import DELIVERY
from caseway.testing import crash

LIMIT = 10_000
CHUNK = 50

_NEXT: dict[tuple[str, str], Replay.State] = {
    (Replay.State.PLANNED, "start"): Replay.State.RUNNING,
    (Replay.State.RUNNING, "pause"): Replay.State.PAUSED,
    (Replay.State.PAUSED, "resume"): Replay.State.RUNNING,
    (Replay.State.PLANNED, "cancel"): Replay.State.CANCELLED,
    (Replay.State.RUNNING, "cancel"): Replay.State.CANCELLED,
    (Replay.State.PAUSED, "cancel"): Replay.State.CANCELLED,
    (Replay.State.RUNNING, "finish"): Replay.State.DONE,
}


def plan_replay(actor: Actor, wanted: DeliveryFilter, reason: str = "") -> Replay:
    """Write down what a replay of a filter would send and skip, and why. Nothing is sent.

    Raises `Conflict` when the filter matches nothing or more than `LIMIT` deliveries.
    """
    require(actor, "deliveries.retry")
    with scope(actor.organisation_id):
        found = list(wanted.apply(Delivery.objects.select_related("connection"))[: LIMIT + 1])
        if not found or len(found) > LIMIT:
            raise Conflict(
                f"The filter matches {'no delivery' if not found else f'more than {LIMIT} deliveries'}.",
                code="replay.empty" if not found else "replay.too_many",
                remedy="Change the filter.",
            )
        replay = Replay.objects.create(
            organisation_id=actor.organisation_id,
            filter=wanted.as_json(),
            reason=reason[:300],
            created_by=actor.name,
        )
        ReplayItem.objects.bulk_create(_item(replay, delivery) for delivery in found)
        audit.record(actor, "replay.planned", "replay", str(replay.id), reason=reason, items=len(found))
    return replay


def _item(replay: Replay, delivery: Delivery) -> ReplayItem:
    decision, reason = decide(delivery)
    return ReplayItem(
        organisation_id=replay.organisation_id,
        replay=replay,
        delivery=delivery,
        decision=decision,
        reason=reason,
    )


def decide(delivery: Delivery) -> tuple[ReplayItem.Decision, str]:
    """Say whether a replay would try a delivery again, and why (a code of docs/reference/replay.md)."""
    state = DeliveryState(delivery.state)
    if (state, "retried") not in DELIVERY:
        return ReplayItem.Decision.SKIP, f"state_{state.value}"
    if delivery.connection.paused_at is not None:
        return ReplayItem.Decision.SKIP, "connection_paused"
    if state in (DeliveryState.WAITING, DeliveryState.UNKNOWN) and delivery.failures == 0:
        return ReplayItem.Decision.SKIP, "waits_for_its_turn"
    return ReplayItem.Decision.SEND, f"state_{state.value}"


def start_replay(actor: Actor, replay_id: UUID) -> Replay:
    """Start a planned replay; the worker does it. Raises `Conflict`, `NotFound`."""
    return _move(actor, replay_id, "start")


def pause_replay(actor: Actor, replay_id: UUID) -> Replay:
    """Stop a running replay between two items."""
    return _move(actor, replay_id, "pause")


def resume_replay(actor: Actor, replay_id: UUID) -> Replay:
    """Let a paused replay go on."""
    return _move(actor, replay_id, "resume")


def cancel_replay(actor: Actor, replay_id: UUID) -> Replay:
    """End a replay; what it did stays done."""
    return _move(actor, replay_id, "cancel")


def _move(actor: Actor, replay_id: UUID, event: str) -> Replay:
    require(actor, "deliveries.retry")
    with scope(actor.organisation_id):
        replay = Replay.objects.select_for_update().filter(id=replay_id).first()
        if replay is None:
            raise NotFound("There is no such replay.", code="replay.not_found")
        if (replay.state, event) not in _NEXT:
            raise Conflict(
                f"A replay that is {replay.state} cannot {event}.",
                code="replay.wrong_state",
                remedy="Look at its newest state.",
            )
        replay.state = _NEXT[replay.state, event]
        replay.save()
        audit.record(actor, f"replay.{event}", "replay", str(replay.id))
        if replay.state == Replay.State.RUNNING:
            from caseway.delivery.engine import run_replay

            run_replay.defer(replay=str(replay.id))
    return replay


def work(replay_id: UUID) -> None:
    """Do the items of a running replay until none is left or it is paused. For the worker."""
    with everything():
        replay = Replay.objects.get(id=replay_id)
    while _do_some(replay):
        crash.point("replay.mid_batch")


def unfinished() -> list[UUID]:
    """Return replays that say they run, for the sweep to pick up after a crash."""
    with everything():
        return list(Replay.objects.filter(state=Replay.State.RUNNING).values_list("id", flat=True))


def _do_some(replay: Replay) -> bool:
    with scope(replay.organisation_id):
        replay = Replay.objects.select_for_update().get(id=replay.id)
        if replay.state != Replay.State.RUNNING:
            return False
        items = list(
            replay.items.select_for_update().filter(done_at=None, decision=ReplayItem.Decision.SEND)[:CHUNK]
        )
        for item in items:
            _do(replay, item)
        if not items:
            replay.state, replay.finished_at = _NEXT[replay.state, "finish"], now()
            replay.save()
        return bool(items)


def _do(replay: Replay, item: ReplayItem) -> None:
    delivery = (
        Delivery.objects.select_for_update(of=("self",)).select_related("connection").get(id=item.delivery_id)
    )
    decision, reason = decide(delivery)
    item.done_at = now()
    if decision == ReplayItem.Decision.SEND:
        retry_in_transaction(delivery)
        record(
            "delivery.retried",
            replay.organisation_id,
            submission_id=delivery.submission_id,
            case_id=delivery.case_id,
            delivery_id=delivery.id,
            actor=replay.created_by,
            reason=replay.reason,
            replay=str(replay.id),
        )
    else:
        item.decision, item.reason = decision, reason
    item.save()


def progress(replay: Replay) -> dict[str, int]:
    """Return the counts of a replay: send, skip, done."""
    return replay.items.aggregate(
        send=Count("id", filter=Q(decision="send")),
        skip=Count("id", filter=Q(decision="skip")),
        done=Count("id", filter=Q(decision="send", done_at__isnull=False)),
    )
