"""Cases: the list, and one case with all that arrived for it and all that was filed of it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from caseway.access import audit
from caseway.cases.queries import case as find_case
from caseway.portal.doors import actor_of, screen
from caseway.portal.reading.cases import case_rows, documents_of, filed_objects, find_cases
from caseway.portal.reading.messages import message_rows
from caseway.portal.reading.paging import Cursor, page
from caseway.portal.reading.states import message_state

MESSAGES = 100


@screen("cases.read")
def cases(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:200]
    shown = page(find_cases(words), Cursor.of(request.GET))
    context = {"q": words, "rows": case_rows(list(shown.rows)), "page": shown}
    return render(request, "portal/cases.html", context)


@screen("cases.read")
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    one = find_case(actor, case_id)
    audit.read(actor, "case", one.id)
    submissions = one.submissions.select_related("case").order_by("-id")[:MESSAGES]
    rows = message_rows(submissions)
    context = {
        "case": one,
        "rows": rows,
        "state": message_state({row.state for row in rows}, excused=True),
        "documents": documents_of(one),
        "filed": filed_objects(one),
    }
    return render(request, "portal/case.html", context)
