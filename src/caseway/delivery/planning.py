"""What a delivery will do: known before it does anything, written with the beginning of its first step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from caseway.access.scope import scope
from caseway.cases.events import happened
from caseway.cases.models import Event
from caseway.cases.writing import new_row
from caseway.core.errors import NotConfigured
from caseway.delivery.journal import Entry
from caseway.delivery.lanes import Claim, hold
from caseway.delivery.links import OpenConnection
from caseway.delivery.loading import Ground
from caseway.delivery.models import Delivery, Purpose, Step
from caseway.delivery.occasion import occasion_with
from caseway.delivery.states import step_after
from caseway.mapping.facts import Facts
from caseway.mapping.models import MappingVersion
from caseway.rails.contract import Occasion, PlannedStep
from caseway.testing import crash

_IN_DOUBT = (Step.State.TRANSMITTING, Step.State.UNKNOWN)
_SETTLED = (Step.State.DONE, *_IN_DOUBT)


@dataclass(frozen=True)
class Plan:
    """The steps of a delivery, and what of them is still to be written."""

    occasion: Occasion
    steps: Sequence[Step]
    entry: Entry = field(default_factory=Entry)


def plan(claim: Claim, ground: Ground, opened: OpenConnection) -> Plan:
    """Return the steps of a delivery, planned now where they are not yet. Raises what planning raises.

    A plan is kept until a person retries the delivery; then steps that have happened, or may have, stay as
    they were, and the others are planned anew with the mapping in force.
    """
    delivery = ground.delivery
    if delivery.rendered_hash:
        return Plan(_occasion(ground, delivery.mapping), ground.steps)
    maps = opened.rail.manifest.needs_mapping and delivery.purpose == Purpose.SUBMISSION
    mapping = _bound(ground) if maps else delivery.mapping
    occasion = replace(_occasion(ground, mapping), receipted=frozenset(ground.receipts))
    planned = opened.rail.plan(occasion, opened.link)
    crash.point("map.after_render")
    delivery.mapping, delivery.rendered_hash = mapping, plan_hash(planned)
    if ground.steps:
        return Plan(occasion, _planned_again(claim, ground, planned))
    steps = [_fresh(ground, step, position) for position, step in enumerate(planned)]
    made = Plan(occasion, steps)
    made.entry.add(*steps, _told(delivery, len(steps)))
    made.entry.change(delivery, "mapping_id", "rendered_hash")
    return made


def plan_hash(planned: Sequence[PlannedStep]) -> str:
    """Return the SHA-256 of a plan: the same occasion and mapping give the same one."""
    content = [[step.key, step.kind, step.payload, str(step.document_id or "")] for step in planned]
    return sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _occasion(ground: Ground, mapping: MappingVersion | None) -> Occasion:
    """Return what a delivery is about."""
    delivery = ground.delivery
    answering: dict[str, Any] = {
        "purpose": delivery.purpose,
        "brief": delivery.brief,
        "origin": ground.origin,
    }
    if delivery.submission is None:
        nothing = Facts({})
        return Occasion(None, delivery.case_id, "application", nothing, (), None, **answering)
    resolved = mapping.resolved if mapping else None
    return replace(occasion_with(delivery.submission, ground.documents, resolved), **answering)


def _bound(ground: Ground) -> MappingVersion:
    """Return the mapping in force for a delivery. Raises `NotConfigured` when nothing is bound."""
    submission, connection = ground.delivery.submission, ground.delivery.connection
    if submission is None:
        raise NotConfigured("An answer without a submission has no mapping.", code="mapping.not_bound")
    if ground.mapping is None:
        raise NotConfigured(
            f"No mapping is bound for form “{submission.form_id}” at {connection.name}.",
            code="mapping.not_bound",
            remedy="Publish a mapping, bind it to the form or service, then retry.",
            form=submission.form_id,
            service=submission.service_id,
        )
    return ground.mapping


def _told(delivery: Delivery, steps: int) -> Event:
    return happened(
        "delivery.planned",
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        mapping=str(delivery.mapping) if delivery.mapping else "",
        steps=steps,
        hash=delivery.rendered_hash,
    )


def _planned_again(claim: Claim, ground: Ground, planned: Sequence[PlannedStep]) -> list[Step]:
    """Write a plan over an earlier one."""
    entry = Entry()
    with scope(claim.organisation_id):
        hold(claim)
        steps = _over(ground, planned, entry)
        entry.add(_told(ground.delivery, len(steps)))
        entry.change(ground.delivery, "mapping_id", "rendered_hash")
        entry.write(claim)
    return steps


def _over(ground: Ground, planned: Sequence[PlannedStep], entry: Entry) -> list[Step]:
    before = {step.key: step for step in ground.steps}
    Step.objects.filter(delivery=ground.delivery).exclude(key__in=[step.key for step in planned]).exclude(
        state__in=_SETTLED
    ).delete()
    steps = []
    for position, step in enumerate(planned):
        row = before.get(step.key)
        if row is None:
            row = _fresh(ground, step, position)
            entry.add(row)
        elif row.state not in _SETTLED:
            _replan(row, step, position)
        steps.append(row)
    # What may have happened is probed first, even where the mapping in force would not plan it any more.
    in_doubt = [row for row in before.values() if row not in steps and row.state in _IN_DOUBT]
    return in_doubt + steps


def _fresh(ground: Ground, step: PlannedStep, position: int) -> Step:
    state = Step.State.PLANNED
    if step.key in ground.receipts:
        state = step_after(state, "already_receipted")
    return new_row(
        Step,
        organisation_id=ground.delivery.organisation_id,
        delivery_id=ground.delivery.id,
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
