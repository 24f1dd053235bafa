"""The first screen: how every connection is doing, and what needs a person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caseway.access.permissions import allowed
from caseway.core.clock import now
from caseway.delivery.queries import attention_groups
from caseway.portal.doors import actor_of, screen
from caseway.portal.reading.arrivals import ReceivingRow, receiving_rows
from caseway.portal.reading.overview import ConnectionCard, connection_cards, today


@screen("deliveries.read")
def overview(request: HttpRequest) -> HttpResponse:
    at = now()
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    cards = connection_cards(at, midnight)
    receiving = receiving_rows() if allowed(actor_of(request), "arrivals.read") else []
    context = {
        "headline": _headline(cards, receiving),
        "cards": cards,
        "receiving": receiving,
        "today": today(midnight),
        "groups": attention_groups()[:8],
    }
    return render(request, "portal/overview.html", context)


def _headline(cards: list[ConnectionCard], receiving: list[ReceivingRow]) -> str:
    if not cards:
        return _("Nothing is connected yet.")
    troubled = len(
        {card.connection.id for card in cards if card.tone == "bad"}
        | {row.health.connection.id for row in receiving if row.tone}
    )
    if not troubled:
        return _("All is well.")
    return ngettext("%(n)d connection needs you.", "%(n)d connections need you.", troubled) % {"n": troubled}
