"""What arrived over connections: the list, one of it, and what a person decides about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import allowed
from caseway.cases.models import Document
from caseway.core.errors import NotFound
from caseway.delivery.models import Connection
from caseway.portal.doors import actor_of, screen
from caseway.portal.reading import arrivals as reading
from caseway.portal.reading.failures import failures
from caseway.portal.reading.paging import Cursor, page
from caseway.portal.reading.problems import shown_problems
from caseway.portal.reading.remote_log import logs
from caseway.portal.receiving_words import ARRIVAL_STATES
from caseway.receiving.deciding import accept_arrival, collect_again, forward_arrival
from caseway.receiving.models import FINAL, Arrival
from caseway.receiving.queries import arrival as find_arrival
from caseway.receiving.queries import decisions_for, exchanges_of_arrival

TABS = ("what", "log", "wire")
EXCHANGES = 200

_ACTS: dict[str, tuple[Callable[[Actor, UUID, str], Arrival], str | Promise]] = {
    "accept": (accept_arrival, gettext_lazy("Accepted. The acceptance goes out by itself.")),
    "forward": (forward_arrival, gettext_lazy("The other side is told. It still needs a decision.")),
    "collect": (
        lambda actor, arrival_id, reason: collect_again(actor, arrival_id),
        gettext_lazy("It is collected again now."),
    ),
}


@screen("arrivals.read")
def arrivals(request: HttpRequest) -> HttpResponse:
    chosen = reading.ArrivalsChosen.of(request.GET)
    found = page(reading.arrivals(chosen), Cursor.of(request.GET))
    context = {
        "chosen": chosen,
        "rows": [(one, reading.state_of(one)) for one in found.rows],
        "page": found,
        "chips": _chips(chosen),
        "connections": Connection.objects.filter(arrivals__isnull=False).distinct().order_by("name"),
    }
    return render(request, "portal/arrivals.html", context)


@screen("arrivals.read")
def arrival(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    one = find_arrival(actor, arrival_id)
    audit.read(actor, "arrival", one.id)
    tab = request.GET.get("view", "")
    tab = tab if tab in TABS else "what"
    context = {
        "arrival": one,
        "submission": one.submission,
        "state": reading.state_of(one),
        "decided": one.answer is not None and one.answer.purpose in FINAL,
        "problems": shown_problems(one.problems),
        "decisions": decisions_for(one) if allowed(actor, "arrivals.decide") else frozenset(),
        "answer_failures": failures([one.answer]) if one.answer else [],
        "tab": tab,
        "tabs": [("what", _("What came")), ("log", _("Event log")), ("wire", _("Wire"))],
        **_tab_context(actor, one, tab),
    }
    return render(request, "portal/arrival.html", context)


@require_POST
@screen("arrivals.decide")
def decide(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    """Accept, tell of forwarding, or collect again. Raises `NotFound` for another word."""
    act = _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise NotFound("There is no such decision.", code="arrival.unknown_act")
    do, words = act
    do(actor_of(request), arrival_id, request.POST.get("reason", "").strip())
    flashes.success(request, str(words))
    return HttpResponseRedirect(reverse("portal:arrival", args=[arrival_id]))


def _tab_context(actor: Actor, arrival: Arrival, tab: str) -> dict[str, Any]:
    if tab == "log":
        return {"logs": logs([(arrival.connection_id, arrival.remote_case_id)])}
    if tab == "wire":
        found = exchanges_of_arrival(actor, arrival.id, limit=EXCHANGES + 1)
        return {"exchanges": found[:EXCHANGES], "more_exchanges": len(found) > EXCHANGES}
    rows = Document.objects.filter(submission_id=arrival.submission_id) if arrival.submission_id else None
    documents = list(rows.prefetch_related("renditions").order_by("index", "id")) if rows is not None else []
    return {"documents": documents}


def _chips(chosen: reading.ArrivalsChosen) -> list[dict[str, Any]]:
    counts = reading.view_counts(chosen)
    names = {
        "person": _("waits for a person"),
        "late": _("late"),
        "taken_in": _("taken in"),
        "held": _("held"),
        "rejected": _("not taken in"),
    }
    chips = [
        {
            "words": names.get(view) or ARRIVAL_STATES[view][0],
            "count": f"{reading.COUNTED_TO}+" if number >= reading.COUNTED_TO else number,
            "query": chosen.parameters(view=view),
            "current": chosen.view == view,
        }
        for view, number in counts.items()
        if number or view == chosen.view
    ]
    everything = {
        "words": _("all"),
        "count": "",
        "query": chosen.parameters(view=""),
        "current": not chosen.view,
    }
    return [everything, *chips]
