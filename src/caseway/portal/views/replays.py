"""Batches of retries: the plan, the start, how far it is, pause, resume, cancel."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caseway.access.actor import Actor
from caseway.core.errors import NotFound
from caseway.delivery.models import Replay
from caseway.delivery.replay import cancel_replay, pause_replay, resume_replay, start_replay
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.reading.paging import Cursor, page
from caseway.portal.reading.replays import reason_words, replay_view

_ACTS: dict[str, Callable[[Actor, UUID], Replay]] = {
    "start": start_replay,
    "pause": pause_replay,
    "resume": resume_replay,
    "cancel": cancel_replay,
}


@screen("deliveries.read")
def replays(request: HttpRequest) -> HttpResponse:
    shown = page(Replay.objects.all(), Cursor.of(request.GET))
    context = {"views": [replay_view(replay) for replay in shown.rows], "page": shown}
    return render(request, "portal/replays.html", context)


@screen("deliveries.read")
def replay(request: HttpRequest, replay_id: UUID) -> HttpResponse:
    one = found(Replay.objects.filter(id=replay_id).first(), "replay")
    items = one.items.select_related(
        "delivery__submission", "delivery__case", "delivery__connection", "delivery__answers"
    )
    if (decision := request.GET.get("decision", "")) in ("send", "skip"):
        items = items.filter(decision=decision)
    shown = page(items, Cursor.of(request.GET))
    context = {
        "view": replay_view(one),
        "items": [(item, reason_words(item.reason)) for item in shown.rows],
        "page": shown,
        "decision": decision,
    }
    return render(request, "portal/replay.html", context)


@require_POST
@screen("deliveries.retry")
def act(request: HttpRequest, replay_id: UUID) -> HttpResponse:
    """Start, pause, resume or cancel. Raises `NotFound` for another word."""
    do = _ACTS.get(request.POST.get("act", ""))
    if do is None:
        raise NotFound("There is no such act.", code="replay.unknown_act")
    do(actor_of(request), replay_id)
    return HttpResponseRedirect(reverse("portal:replay", args=[replay_id]))
