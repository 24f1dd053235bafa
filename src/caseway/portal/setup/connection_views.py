"""The screens of connections: all of them, one of them, and what is done with one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.core.clock import now
from caseway.delivery.connections import check_connection, pause_connection, resume_connection
from caseway.delivery.diagnosis import diagnose
from caseway.delivery.models import Connection
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.setup.checklist_view import checklist_progress
from caseway.portal.setup.connection_cards import card_of, cards, rail_name
from caseway.portal.setup.connection_editing import edit, named
from caseway.portal.setup.connection_tabs import tabs_of
from caseway.portal.setup.shown_settings import shown_settings
from caseway.rails.registry import rail, rails


@screen("connections.read")
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection as a card, the one with the oldest waiting thing first."""
    actor = actor_of(request)
    context = {
        "cards": [(card, checklist_progress(actor, card.connection)) for card in cards()],
        "may_edit": allowed(actor, "connections.edit"),
    }
    return render(request, "setup/connections.html", context)


@screen("connections.read")
def connection(request: HttpRequest, slug: str) -> HttpResponse:
    """One connection: its health, the report of its last test, its settings without secrets, its routes."""
    row = found(Connection.objects.filter(slug=slug).first(), "connection")
    actor = actor_of(request)
    context = {
        "card": card_of(row),
        "tabs": tabs_of(request, row),
        "connection": row,
        "rail": rail(row.rail),
        "report": row.check_report,
        "report_ok": all(line.get("ok") for line in row.check_report),
        "settings": shown_settings(row),
        "routes": row.routes.all(),
        "may_edit": allowed(actor, "connections.edit"),
        "may_pause": allowed(actor, "connections.pause"),
        "may_route": allowed(actor, "routes.edit"),
    }
    return render(request, "setup/connection.html", context)


@screen("connections.edit")
def connection_new(request: HttpRequest) -> HttpResponse:
    """Choose the rail; where there is one only, go on to its form."""
    known = list(rails().values())
    if len(known) == 1:
        return redirect("setup:connection-create", rail_id=known[0].manifest.id)
    choices = [(one.manifest.id, rail_name(one.manifest.id)) for one in known]
    return render(request, "setup/connection_new.html", {"rails": choices})


@screen("connections.edit", in_transaction=False)
def connection_create(request: HttpRequest, rail_id: str) -> HttpResponse:
    """Make a connection of a rail: test, then save."""
    return edit(request, rail_id, None)


@screen("connections.edit", in_transaction=False)
def connection_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a connection: test, then save."""
    stored = named(request, slug)
    return edit(request, stored.rail, stored)


@screen("connections.edit")
def connection_diagnosis(request: HttpRequest, slug: str) -> HttpResponse:
    """Download what somebody who helps needs to see; nothing secret is in it, and nothing of a person."""
    told = diagnose(actor_of(request), slug)
    response = JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="diagnosis-{slug}-{now():%Y-%m-%d}.json"'
    return response


@require_POST
@screen("connections.read", in_transaction=False)
def connection_check(request: HttpRequest, slug: str) -> HttpResponse:
    """Test a saved connection now."""
    report = check_connection(actor_of(request), slug)
    if report.ok:
        messages.success(request, _("The test found everything well."))
    else:
        bad = sum(not finding.ok for finding in report.findings)
        messages.warning(request, _("The test found %(n)d things to look at.") % {"n": bad})
    return redirect("setup:connection", slug=slug)


@require_POST
@screen("connections.pause", in_transaction=False)
def connection_pause(request: HttpRequest, slug: str) -> HttpResponse:
    """Pause a connection, with a reason that others will read."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Say why it is paused: others will ask."))
        return HttpResponseRedirect(f"{_address(slug)}#pause-reason")
    pause_connection(actor_of(request), slug, reason)
    messages.success(request, _("Paused. What is owed waits, and no attempt is used up."))
    return redirect("setup:connection", slug=slug)


@require_POST
@screen("connections.pause", in_transaction=False)
def connection_resume(request: HttpRequest, slug: str) -> HttpResponse:
    """Let a paused connection go on."""
    resume_connection(actor_of(request), slug)
    messages.success(request, _("It goes on: what waited is tried now."))
    return redirect("setup:connection", slug=slug)


def _address(slug: str) -> str:
    return redirect("setup:connection", slug=slug).url
