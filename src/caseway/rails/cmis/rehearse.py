"""The probe of a mapping: file a sample into a scratch folder, then take away what was made there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from caseway.core.errors import CasewayError, Invalid
from caseway.rails.cmis.plan import plan
from caseway.rails.cmis.send import send
from caseway.rails.cmis.session import Session
from caseway.rails.contract import Finding, Link, Occasion, PlannedStep, Receipt, Report, Step


def rehearse(link: Link, sample: Occasion, scratch: str) -> Report:
    """File a sample below the folder `scratch` and delete it again; one finding for each step.

    The only place where anything is deleted in a DMS, and only what this call created itself. Raises what
    `plan` raises, and `Invalid` where the mapping files outside the case folder.
    """
    session = Session(link)
    steps = plan(replace(sample, mapping=into_scratch(scratch, sample.mapping or {})), session)
    receipts: dict[str, Receipt] = {}
    try:
        findings = list(_file(session, steps, sample, receipts))
    finally:
        left = [one for one in reversed(receipts.values()) if not one.adopted and not _remove(session, one)]
    return Report([*findings, *(_left_over(receipt) for receipt in left)])


def into_scratch(scratch: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a resolved mapping that files the case below a scratch folder. Raises `Invalid`."""
    targets = {name: dict(one) for name, one in mapping["targets"].items()}
    for name, one in targets.items():
        if name == "case":
            one["parent"] = {"path": scratch}
        elif one["enabled"] and "target" not in one["parent"]:
            raise Invalid(
                "The mapping files outside the case folder; that cannot be tried without a trace.",
                code="cmis.rehearsal_outside",
                target=name,
            )
    return {**mapping, "targets": targets}


def _file(
    session: Session, steps: list[PlannedStep], sample: Occasion, receipts: dict[str, Receipt]
) -> Iterator[Finding]:
    documents = {document.id: document for document in sample.documents}
    for planned in steps:
        document = documents.get(planned.document_id) if planned.document_id else None
        step = Step(planned.key, planned.kind, planned.payload, document, 1, receipts, {}, lambda _: None)
        try:
            receipts[planned.key] = send(step, session)
        except CasewayError as error:
            yield Finding(
                error.code, False, f"{planned.title}: {error.sentence}", error.remedy, error.details
            )
            return
        yield Finding("cmis.rehearsed", True, f"{planned.title}: filed.")


def _remove(session: Session, receipt: Receipt) -> bool:
    if "entries" in receipt.facts:
        return True
    try:
        session.client.delete(receipt.remote_id)
    except CasewayError:
        return False
    return True


def _left_over(receipt: Receipt) -> Finding:
    return Finding(
        "cmis.rehearsal_left",
        False,
        "An object of the rehearsal could not be deleted.",
        "Delete it in the DMS by hand.",
        {"object_id": receipt.remote_id},
    )
