"""Finding a case by its reference, or opening one."""

from __future__ import annotations

from uuid import UUID

from caseway.cases.models import Case
from caseway.cases.writing import new_row
from caseway.core.errors import Conflict
from caseway.core.ids import short_reference


def case_by_reference(organisation_id: UUID, reference: str) -> Case | None:
    """Return the case of this reference, or None."""
    return Case.objects.filter(organisation_id=organisation_id, reference=reference).first()


def new_case(organisation_id: UUID, *, reference: str = "", title: str, service_id: str = "") -> Case:
    """Return a case that is not saved yet, with a reference of our own where none is given."""
    return new_row(
        Case,
        organisation_id=organisation_id,
        reference=reference or short_reference("C"),
        title=title,
        service_id=service_id,
    )


def require_ours(case: Case) -> Case:
    """Return the case. Raises `Conflict` (`case.read_only`) for a copy from another system."""
    if case.source_system:
        raise Conflict(
            "This case is a copy from another system and cannot take submissions here.",
            code="case.read_only",
            remedy="Send it to the system the case belongs to, or name a case of Caseway.",
        )
    return case
