"""The form that tests before it saves: for a new connection, a changed one, and one that moves on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from caseway.access.scope import scope
from caseway.core.errors import Conflict, Invalid
from caseway.delivery.connections import check_draft, save_connection
from caseway.delivery.models import Connection
from caseway.delivery.promotion import promote_connection
from caseway.portal.doors import actor_of, found
from caseway.portal.sentences import words_of
from caseway.portal.setup.connection_cards import rail_name
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.portal.setup.typed_secrets import keep_secrets, with_kept_secrets
from caseway.rails.contract import Finding
from caseway.rails.registry import rail


def named(request: HttpRequest, slug: str) -> Connection:
    """Return a connection of the organisation, in a scope of its own. Raises `NotFound`."""
    with scope(actor_of(request).organisation_id):
        return found(Connection.objects.filter(slug=slug).first(), "connection")


def edit(
    request: HttpRequest, rail_id: str, stored: Connection | None, *, moving_to: str = ""
) -> HttpResponse:
    """Show the form, test what was typed, save it when it is well."""
    if request.method != "POST":
        offered = _offered(request)
        return _page(request, ConnectionForm(rail(rail_id), stored, moving_to=moving_to, offered=offered))
    typed = with_kept_secrets(request, rail_id)
    form = ConnectionForm(rail(rail_id), stored, typed, request.FILES, moving_to=moving_to)
    if not form.is_valid() or _taken(request, form):
        return _page(request, form, status=422)
    try:
        return _test_or_save(request, form)
    except Conflict as error:
        if error.code == "connection.check_failed":
            return _page(request, form, findings=error.details["findings"], refused=True, status=409)
        form.add_error(None, words_of(error))
        return _page(request, form, status=409)
    except Invalid as error:
        if "fields" not in error.details:
            raise
        form.accuse(error.details["fields"])
        return _page(request, form, status=422)


def _offered(request: HttpRequest) -> dict[str, str]:
    """Return the settings a link brings along; `?like=` takes those of another connection."""
    offered = {name: str(value) for name, value in request.GET.items()}
    if like := offered.pop("like", ""):
        settings = named(request, like).settings
        plain = {name: value for name, value in settings.items() if isinstance(value, str | int | float)}
        offered = {**{name: str(value) for name, value in plain.items()}, **offered}
    return offered


def _test_or_save(request: HttpRequest, form: ConnectionForm) -> HttpResponse:
    actor, draft = actor_of(request), form.draft()
    if request.POST.get("do") == "test":
        return _page(request, form, findings=check_draft(actor, draft).findings)
    if form.moving_to:
        saved = promote_connection(actor, draft.slug, draft)
        messages.success(request, _("Tested, and moved. It works with the new settings from now on."))
        return redirect("setup:connection", slug=saved.slug)
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


def _page(
    request: HttpRequest,
    form: ConnectionForm,
    *,
    findings: Sequence[Finding | Mapping[str, Any]] | None = None,
    refused: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "groups": form.groups(),
        "connection": form.stored,
        "rail_words": rail_name(form.rail.manifest.id),
        "findings": findings,
        "refused": refused and not form.moving_to,
        "findings_ok": findings is not None and all(_ok(finding) for finding in findings),
        "kept": keep_secrets(request, form) if form.is_bound else "",
    }
    return render(request, "setup/connection_form.html", context, status=status)


def _ok(finding: Finding | Mapping[str, Any]) -> bool:
    return bool(finding["ok"] if isinstance(finding, Mapping) else finding.ok)
