"""The list of messages, and the plan to try a selection or a whole filter again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.models import STUCK_STATES, Connection, Delivery, DeliveryState
from caseway.delivery.replay import LIMIT, plan_replay
from caseway.portal.doors import actor_of, identifier, screen
from caseway.portal.reading import messages as reading
from caseway.portal.reading.paging import Cursor, page
from caseway.portal.words import KINDS, STATES


@screen("submissions.read")
def messages(request: HttpRequest) -> HttpResponse:
    chosen = reading.MessageFilter.of(request.GET)
    found = page(reading.messages(chosen), Cursor.of(request.GET))
    context = {
        "chosen": chosen,
        "rows": reading.message_rows(found.rows),
        "page": found,
        "chips": _chips(chosen),
        "connections": Connection.objects.order_by("name"),
        "forms": reading.forms_in_use(),
        "kinds": KINDS.items(),
        "filter_query": chosen.parameters(),
    }
    return render(request, "portal/messages.html", context)


@require_POST
@screen("deliveries.retry")
def plan(request: HttpRequest) -> HttpResponse:
    """Plan a replay of the chosen messages, or of all of the filter; it is looked at before it starts."""
    chosen = reading.MessageFilter.of(QueryDict(request.POST.get("filter", "")))
    everything = request.POST.get("which") == "all"
    wanted = _all_of(chosen) if everything else _selection(request, chosen)
    if wanted is None:
        flashes.warning(request, _("Nothing that could be tried again was chosen."))
        return HttpResponseRedirect(f"{reverse('portal:messages')}?{chosen.parameters()}")
    replay = plan_replay(actor_of(request), wanted, request.POST.get("reason", "").strip())
    return HttpResponseRedirect(reverse("portal:replay", args=[replay.id]))


def _selection(request: HttpRequest, chosen: reading.MessageFilter) -> DeliveryFilter | None:
    ids = [found for text in request.POST.getlist("message")[:1000] if (found := identifier(text))]
    return _by_ids(chosen, submission_id__in=ids) if ids else None


def _all_of(chosen: reading.MessageFilter) -> DeliveryFilter | None:
    return _by_ids(chosen, submission__in=reading.messages(chosen))


def _by_ids(chosen: reading.MessageFilter, **which: Any) -> DeliveryFilter | None:
    """Name the deliveries one by one, so that what arrives meanwhile is not swept along."""
    rows = Delivery.objects.filter(**which)
    if chosen.connection:
        rows = rows.filter(connection__slug=chosen.connection)
    states = [chosen.state] if chosen.state else [*STUCK_STATES, DeliveryState.WAITING, DeliveryState.UNKNOWN]
    ids: tuple[UUID, ...] = tuple(
        rows.filter(state__in=states).order_by("id").values_list("id", flat=True)[: LIMIT + 1]
    )
    return DeliveryFilter(ids=ids) if ids else None


def _chips(chosen: reading.MessageFilter) -> list[dict[str, Any]]:
    counts = reading.state_counts(chosen)
    chips = [
        {
            "words": STATES[state][0],
            "count": f"{reading.COUNTED_TO}+" if number >= reading.COUNTED_TO else number,
            "query": chosen.parameters(state=state),
            "current": chosen.state == state,
        }
        for state, number in counts.items()
        if number or state == chosen.state
    ]
    everything = {
        "words": _("all"),
        "count": "",
        "query": chosen.parameters(state=""),
        "current": not chosen.state,
    }
    return [everything, *chips]
