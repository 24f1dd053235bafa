"""The audit trail: who did or saw what; per person, per subject; as a file."""

from __future__ import annotations

from dataclasses import asdict
from typing import Literal

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from caseway.access.models import User
from caseway.access.trail import TrailFilter, export, search
from caseway.portal.doors import actor_of, identifier, screen

SIZE = 100
_FORMS: dict[str, tuple[Literal["csv", "jsonl"], str]] = {
    "csv": ("csv", "text/csv; charset=utf-8"),
    "jsonl": ("jsonl", "application/jsonl; charset=utf-8"),
}


@screen("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """Show the trail. A person is searched for by POST: an identifier does not belong in an address."""
    wanted = _wanted(request.GET, request.POST.get("person", ""))
    before = request.GET.get("before", "")
    number = int(before) if before.isdigit() and len(before) < 19 else None
    entries = search(actor_of(request), wanted, before=number, limit=SIZE + 1)
    shown = entries[:SIZE]
    names = _names({entry.actor for entry in shown if entry.actor_kind == "user"})
    context = {
        "wanted": wanted,
        "rows": [(entry, names.get(entry.actor, entry.actor)) for entry in shown],
        "older": shown[-1].number if len(entries) > SIZE else None,
        "anything": any(asdict(wanted).values()),
    }
    return render(request, "portal/audit.html", context)


@require_POST
@screen("audit.read", in_transaction=False)
def audit_export(request: HttpRequest) -> HttpResponseBase:
    """Send the trail as a file, however long it is."""
    form, media_type = _FORMS.get(request.POST.get("form", ""), _FORMS["csv"])
    wanted = _wanted(request.POST, request.POST.get("person", ""))
    response = StreamingHttpResponse(export(actor_of(request), form, wanted), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="audit.{form}"'
    return response


def _wanted(query: QueryDict, person: str) -> TrailFilter:
    def field(name: str) -> str:
        return query.get(name, "").strip()[:200]

    return TrailFilter(
        person=person.strip()[:200],
        actor=field("actor"),
        action=field("action"),
        subject_type=field("subject_type"),
        subject_id=field("subject_id"),
    )


def _names(ids: set[str]) -> dict[str, str]:
    return {str(user.id): user.name for user in User.objects.filter(id__in=filter(identifier, ids))}
