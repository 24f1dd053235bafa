"""What a delivery will do, written down before it does anything."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256

from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.delivery.lanes import Claim, hold
from caseway.delivery.links import OpenConnection
from caseway.delivery.models import Delivery, Purpose, Receipt, Step
from caseway.delivery.occasion import mapping_of, occasion_of
from caseway.delivery.states import step_after
from caseway.rails.contract import Occasion, PlannedStep
from caseway.rails.contract import Receipt as Proof
from caseway.testing import crash

_IN_DOUBT = (Step.State.TRANSMITTING, Step.State.UNKNOWN)
_SETTLED = (Step.State.DONE, *_IN_DOUBT)


def plan(
    claim: Claim, delivery: Delivery, opened: OpenConnection
) -> tuple[Occasion, list[Step], dict[str, Proof]]:
    """Return the occasion and steps of a delivery, planned now where they are not yet, and what is proven.

    A plan is kept until a person retries the delivery; then steps that have happened, or may have, stay as
    they were, and the others are planned anew with the mapping in force.
    """
    with scope(claim.organisation_id):
        maps = not delivery.rendered_hash and _maps(opened) and delivery.purpose == Purpose.SUBMISSION
        mapping = mapping_of(delivery) if maps else delivery.mapping
        occasion = occasion_of(delivery, mapping)
        receipts = _receipts(claim)
        if delivery.rendered_hash:
            return occasion, list(delivery.steps.all()), receipts
    occasion = replace(occasion, receipted=frozenset(receipts))
    planned = opened.rail.plan(occasion, opened.link)
    crash.point("map.after_render")
    delivery.mapping, delivery.rendered_hash = mapping, plan_hash(planned)
    with scope(claim.organisation_id):
        hold(claim)
        steps = _write(claim, delivery, planned, receipts)
        Delivery.objects.filter(id=delivery.id).update(mapping=mapping, rendered_hash=delivery.rendered_hash)
        record(
            "delivery.planned",
            claim.organisation_id,
            submission_id=delivery.submission_id,
            case_id=delivery.case_id,
            delivery_id=delivery.id,
            mapping=str(mapping) if mapping else "",
            steps=len(steps),
            hash=delivery.rendered_hash,
        )
    return occasion, steps, receipts


def plan_hash(planned: Sequence[PlannedStep]) -> str:
    """Return the SHA-256 of a plan: the same occasion and mapping give the same one."""
    content = [[step.key, step.kind, step.payload, str(step.document_id or "")] for step in planned]
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _receipts(claim: Claim) -> dict[str, Proof]:
    """Return every receipt of the case at this connection by key; only the lane's holder adds to them."""
    rows = Receipt.objects.filter(connection_id=claim.connection_id, case_id=claim.case_id)
    return {row.key: proof_of(row) for row in rows}


def proof_of(row: Receipt) -> Proof:
    """Return a receipt as a rail sees it."""
    return Proof(row.remote_id, row.facts, row.adopted, tuple(row.warnings), row.awaiting)


def _maps(opened: OpenConnection) -> bool:
    return opened.rail.manifest.needs_mapping


def _write(
    claim: Claim, delivery: Delivery, planned: Sequence[PlannedStep], receipted: Mapping[str, Proof]
) -> list[Step]:
    before = {step.key: step for step in delivery.steps.all()}
    Step.objects.filter(delivery=delivery).exclude(key__in=[step.key for step in planned]).exclude(
        state__in=_SETTLED
    ).delete()
    steps, fresh = [], []
    for position, step in enumerate(planned):
        row = before.get(step.key)
        if row is None:
            row = _fresh(claim, delivery, step, position, step.key in receipted)
            fresh.append(row)
        elif row.state not in _SETTLED:
            _replan(row, step, position)
        steps.append(row)
    Step.objects.bulk_create(fresh)
    # What may have happened is probed first, even where the mapping in force would not plan it any more.
    in_doubt = [row for row in before.values() if row not in steps and row.state in _IN_DOUBT]
    return in_doubt + steps


def _fresh(claim: Claim, delivery: Delivery, step: PlannedStep, position: int, receipted: bool) -> Step:
    state = Step.State.PLANNED
    if receipted:
        state = step_after(state, "already_receipted")
    return Step(
        organisation_id=claim.organisation_id,
        delivery=delivery,
        position=position,
        key=step.key,
        kind=step.kind,
        title=step.title,
        payload=step.payload,
        document_id=step.document_id,
        state=state,
    )


def _replan(row: Step, step: PlannedStep, position: int) -> None:
    row.state = step_after(row.state, "replanned")
    row.position, row.kind, row.title = position, step.kind, step.title
    row.payload, row.progress, row.attempts = step.payload, {}, 0
    row.save()
