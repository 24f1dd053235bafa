"""Cases as the portal lists and shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from caseway.cases.models import Case, Document
from caseway.delivery.models import Delivery, Receipt
from caseway.intake.models import Submission
from caseway.portal.reading.states import message_state


@dataclass(frozen=True)
class CaseRow:
    """One case in the list: how much arrived, and how it stands."""

    case: Case
    submissions: int
    state: str


def find_cases(words: str) -> QuerySet[Case]:
    """Return cases by whole reference, id at the source, or a part of the title; all for no words."""
    if not words:
        return Case.objects.all()
    return Case.objects.filter(Q(reference__iexact=words) | Q(source_id=words) | Q(title__icontains=words))


def case_rows(cases: Sequence[Case]) -> list[CaseRow]:
    """Return the rows of a page, in two queries."""
    ids = [case.id for case in cases]
    counts = dict(
        Submission.objects.filter(case_id__in=ids).values_list("case_id").annotate(number=Count("id"))
    )
    states: dict[UUID, set[str]] = {}
    for case_id, state in Delivery.objects.filter(case_id__in=ids).values_list("case_id", "state").distinct():
        states.setdefault(case_id, set()).add(state)
    return [
        CaseRow(case, counts.get(case.id, 0), message_state(states.get(case.id, set()), excused=True))
        for case in cases
    ]


def filed_objects(case: Case) -> list[Receipt]:
    """Return what lies at the other sides for a case, in the order it was filed."""
    rows = Receipt.objects.filter(case=case).select_related("connection", "step__delivery__answers")
    return list(rows.order_by("received_at", "id"))


def documents_of(case: Case) -> list[Document]:
    """Return the documents of a case with their contents."""
    return list(case.documents.prefetch_related("renditions").order_by("created_at", "index"))
