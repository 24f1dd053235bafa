"""What needs a person, grouped by cause; one, many or all of a group tried again."""

from __future__ import annotations

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.models import Connection
from caseway.delivery.queries import attention_groups
from caseway.delivery.replay import LIMIT, plan_replay
from caseway.portal.doors import actor_of, found, identifier, screen
from caseway.portal.reading.attention import stuck, stuck_rows
from caseway.portal.reading.paging import Cursor, page

NO_CODE = "-"


@screen("deliveries.read")
def attention(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/attention.html", {"groups": attention_groups()})


@screen("deliveries.read")
def group(request: HttpRequest, connection: str, code: str) -> HttpResponse:
    where = found(Connection.objects.filter(slug=connection).first(), "connection")
    rows = stuck(connection, _code(code))
    shown = page(rows, Cursor.of(request.GET))
    context = {
        "connection": where,
        "code": _code(code),
        "group_code": code,
        "number": rows.count(),
        "newest": rows.order_by("-id").first(),
        "rows": stuck_rows(list(shown.rows)),
        "page": shown,
    }
    return render(request, "portal/attention_group.html", context)


@require_POST
@screen("deliveries.retry")
def plan(request: HttpRequest, connection: str, code: str) -> HttpResponse:
    """Plan a replay of the chosen deliveries of a group, or of all of it."""
    ids = [one for text in request.POST.getlist("delivery")[:1000] if (one := identifier(text))]
    if request.POST.get("which") == "all":
        ids = list(stuck(connection, _code(code)).order_by("id").values_list("id", flat=True)[: LIMIT + 1])
    if not ids:
        flashes.warning(request, _("Nothing that could be tried again was chosen."))
        return HttpResponseRedirect(reverse("portal:attention_group", args=[connection, code]))
    wanted = DeliveryFilter(ids=tuple(ids))
    replay = plan_replay(actor_of(request), wanted, request.POST.get("reason", "").strip())
    return HttpResponseRedirect(reverse("portal:replay", args=[replay.id]))


def _code(code: str) -> str:
    return "" if code == NO_CODE else code
