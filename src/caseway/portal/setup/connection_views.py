"""The screens of connections: all of them, one of them, and the form that tests before it saves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.access.scope import scope
from caseway.core.errors import CasewayError, Conflict, Invalid
from caseway.delivery.connections import (
    check_connection,
    check_draft,
    pause_connection,
    resume_connection,
    save_connection,
)
from caseway.delivery.models import Connection
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.setup.connection_cards import card_of, cards, rail_name
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.portal.setup.typed_secrets import keep_secrets, with_kept_secrets
from caseway.rails.contract import Finding
from caseway.rails.registry import rail, rails


@screen("connections.read")
def connections(request: HttpRequest) -> HttpResponse:
    """Every connection as a card, the one with the oldest waiting thing first."""
    context = {"cards": cards(), "may_edit": allowed(actor_of(request), "connections.edit")}
    return render(request, "setup/connections.html", context)


@screen("connections.read")
def connection(request: HttpRequest, slug: str) -> HttpResponse:
    """One connection: its health, the report of its last test, its settings without secrets, its routes."""
    row = found(Connection.objects.filter(slug=slug).first(), "connection")
    actor = actor_of(request)
    context = {
        "card": card_of(row),
        "connection": row,
        "rail": rail(row.rail),
        "report": row.check_report,
        "report_ok": all(line.get("ok") for line in row.check_report),
        "settings": _shown_settings(row),
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
    return _edit(request, rail_id, None)


@screen("connections.edit", in_transaction=False)
def connection_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a connection: test, then save."""
    with scope(actor_of(request).organisation_id):
        stored = found(Connection.objects.filter(slug=slug).first(), "connection")
    return _edit(request, stored.rail, stored)


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


def _edit(request: HttpRequest, rail_id: str, stored: Connection | None) -> HttpResponse:
    if request.method != "POST":
        return _form_page(request, ConnectionForm(rail(rail_id), stored))
    form = ConnectionForm(rail(rail_id), stored, with_kept_secrets(request, rail_id), request.FILES)
    if not form.is_valid() or _taken(request, form):
        return _form_page(request, form, status=422)
    try:
        return _test_or_save(request, form)
    except Conflict as error:
        if error.code != "connection.check_failed":
            raise
        return _form_page(request, form, findings=error.details["findings"], refused=True, status=409)
    except Invalid as error:
        if "fields" not in error.details:
            raise
        form.accuse(error.details["fields"])
        return _form_page(request, form, status=422)


def _test_or_save(request: HttpRequest, form: ConnectionForm) -> HttpResponse:
    actor, draft = actor_of(request), form.draft()
    if request.POST.get("do") == "test":
        return _form_page(request, form, findings=check_draft(actor, draft).findings)
    paused = request.POST.get("do") == "save-paused"
    saved = save_connection(actor, draft, paused=paused)
    if paused:
        messages.warning(request, _("Saved, and paused: nothing is sent until you resume it."))
    else:
        messages.success(request, _("Tested and saved."))
    return redirect("setup:connection", slug=saved.slug)


def _taken(request: HttpRequest, form: ConnectionForm) -> bool:
    """Whether a new connection wants the short name of another: saving must not change that one."""
    if form.stored is not None:
        return False
    with scope(actor_of(request).organisation_id):
        taken = Connection.objects.filter(slug=form.cleaned_data["slug"]).exists()
    if taken:
        form.add_error("slug", _("Another connection has this short name."))
    return taken


def _form_page(
    request: HttpRequest,
    form: ConnectionForm,
    *,
    findings: Sequence[Finding | Mapping[str, Any]] | None = None,
    refused: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "connection": form.stored,
        "rail_words": rail_name(form.rail.manifest.id),
        "findings": findings,
        "refused": refused,
        "findings_ok": findings is not None and all(_ok(finding) for finding in findings),
        "kept": keep_secrets(request, form) if form.is_bound else "",
    }
    return render(request, "setup/connection_form.html", context, status=status)


def _ok(finding: Finding | Mapping[str, Any]) -> bool:
    return bool(finding["ok"] if isinstance(finding, Mapping) else finding.ok)


def _shown_settings(row: Connection) -> list[tuple[str, Any]]:
    try:
        fields = rail(row.rail).settings_type.model_fields
    except CasewayError:
        return list(row.settings.items())
    titles = {name: _(info.title or name) for name, info in fields.items()}
    return [
        (titles.get(name, name), _shown(row.settings[name]))
        for name in [*(name for name in titles if name in row.settings), *(row.settings.keys() - titles)]
        if row.settings[name] not in (None, "", [])
    ]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _address(slug: str) -> str:
    return redirect("setup:connection", slug=slug).url
