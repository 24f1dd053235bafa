"""One message: its way, why it stands still, and what was received, mapped and sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access import audit
from caseway.access.permissions import allowed
from caseway.cases.models import Document, Event
from caseway.core.redaction import mask
from caseway.delivery.models import Delivery
from caseway.delivery.retry import close_delivery, retry_delivery
from caseway.delivery.wirelog import exchanges
from caseway.intake.models import Submission
from caseway.intake.queries import submission as find_submission
from caseway.portal.doors import actor_of, back, found, screen
from caseway.portal.reading.addresses import address_of
from caseway.portal.reading.failures import failures
from caseway.portal.reading.mapped import mapped_objects
from caseway.portal.reading.remote_log import Place, logs, places_of
from caseway.portal.reading.states import message_state
from caseway.portal.reading.structured import structured_file
from caseway.portal.reading.timeline import timeline
from caseway.receiving.models import Arrival

TABS = ("raw", "mapped", "log", "wire")
EXCHANGES = 200


@screen("submissions.read")
def message(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    submission = find_submission(actor_of(request), submission_id)
    audit.read(actor_of(request), "submission", submission.id, person=_person(submission))
    tab = request.GET.get("view", "")
    return _page(request, submission, tab if tab in TABS else "raw", revealed=False)


@require_POST
@screen("documents.read")
def reveal(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    """Show what is masked, this once; that somebody looked is in the audit trail."""
    actor = actor_of(request)
    submission = find_submission(actor, submission_id)
    audit.record(actor, "submission.revealed", "submission", submission.id, person=_person(submission))
    tab = request.POST.get("view", "")
    return _page(request, submission, tab if tab in TABS else "raw", revealed=True)


@require_POST
@screen("deliveries.retry")
def retry(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    delivery = retry_delivery(actor_of(request), delivery_id, request.POST.get("reason", "").strip())
    words = _("%(connection)s is tried again now.") % {"connection": delivery.connection.name}
    flashes.success(request, words)
    return HttpResponseRedirect(back(request, address_of(delivery)))


@screen("deliveries.close")
def close(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Ask for the reason, then end a delivery without sending it."""
    rows = Delivery.objects.select_related("connection", "submission", "case", "answers")
    delivery = found(rows.filter(id=delivery_id).first(), "delivery")
    reason = request.POST.get("reason", "").strip()
    if request.method == "POST" and reason:
        close_delivery(actor_of(request), delivery_id, reason)
        flashes.success(request, _("Closed without sending. The reason is kept with the delivery."))
        return HttpResponseRedirect(address_of(delivery))
    context = {"delivery": delivery, "address": address_of(delivery), "missing": request.method == "POST"}
    return render(request, "portal/close.html", context, status=422 if request.method == "POST" else 200)


def _page(request: HttpRequest, submission: Submission, tab: str, *, revealed: bool) -> HttpResponse:
    deliveries = list(submission.deliveries.select_related("connection", "mapping").order_by("id"))
    excused = Event.objects.filter(submission_id=submission.id, kind="delivery.not_applicable").exists()
    name = str(submission.applicant.get("name", ""))
    context = {
        "submission": submission,
        "deliveries": deliveries,
        "state": message_state({delivery.state for delivery in deliveries}, excused),
        "failures": failures(deliveries),
        "entries": timeline(submission, deliveries),
        "applicant": name if revealed else mask(name),
        "revealed": revealed,
        "tab": tab,
        "tabs": _tabs(places_of(submission, deliveries)),
        "arrival": Arrival.objects.filter(submission_id=submission.id).first(),
        **_tab_context(request, submission, deliveries, tab, revealed),
    }
    return render(request, "portal/message.html", context)


def _tabs(places: list[Place]) -> list[tuple[str, str]]:
    """The log of other sides has a tab where one keeps it."""
    return [(code, words) for code, words in _tab_words().items() if code != "log" or places]


def _tab_words() -> dict[str, str]:
    return {"raw": _("Received"), "mapped": _("Mapped"), "log": _("Event log"), "wire": _("Wire")}


def _tab_context(
    request: HttpRequest, submission: Submission, deliveries: list[Delivery], tab: str, revealed: bool
) -> dict[str, Any]:
    if tab == "mapped":
        return {
            "mapped": [(delivery, mapped_objects(delivery, revealed=revealed)) for delivery in deliveries]
        }
    if tab == "log":
        return {"logs": logs(places_of(submission, deliveries))}
    if tab == "wire":
        found = exchanges([delivery.id for delivery in deliveries], limit=EXCHANGES + 1)
        return {"exchanges": found[:EXCHANGES], "more_exchanges": len(found) > EXCHANGES}
    documents = _documents(submission)
    readable = allowed(actor_of(request), "documents.read")
    shown = structured_file(documents) if readable and revealed else None
    return {
        "documents": documents,
        "structured": shown,
        "has_structured": any(one.role == "structured" for one in documents),
    }


def _documents(submission: Submission) -> list[Document]:
    rows = Document.objects.filter(submission_id=submission.id)
    return list(rows.prefetch_related("renditions").order_by("index", "id"))


def _person(submission: Submission) -> str | None:
    """Return what the trail finds the applicant by: an identifier where there is one."""
    for name in ("id", "identifier", "email"):
        if value := submission.applicant.get(name):
            return str(value)
    return None
