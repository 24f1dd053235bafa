"""Conformance of a connection: its runs, one run as it goes on, its report, and moving on."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.core.errors import Conflict, Invalid
from caseway.delivery.conformance import (
    LARGE_BYTES,
    MAX_LARGE_BYTES,
    MB,
    PATIENCE,
    RunWish,
    start_conformance,
)
from caseway.delivery.environments import ORDER
from caseway.delivery.models import ConformanceRun, Connection
from caseway.delivery.promotion import next_environment, obstacles
from caseway.delivery.runs import ClauseView, get_run, list_runs, progress_of, state_of
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.sentences import said, words_of
from caseway.portal.setup.connection_editing import edit, named
from caseway.portal.setup.connection_tabs import tabs_of


class WishForm(forms.Form):
    """Where and with what a run is made; left alone, the rail chooses."""

    place = forms.CharField(
        label=gettext_lazy("Place set aside"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Where the run may act at the other side. Empty: it makes one for itself."),
    )
    large = forms.IntegerField(
        label=gettext_lazy("Large document (MB)"), min_value=1, max_value=MAX_LARGE_BYTES // MB,
        initial=LARGE_BYTES // MB,
    )  # fmt: skip
    patience = forms.IntegerField(
        label=gettext_lazy("Patience (seconds)"),
        min_value=1,
        max_value=3600,
        initial=int(PATIENCE),
        help_text=gettext_lazy("How long to wait for the other side in each clause."),
    )

    def wish(self) -> RunWish:
        """Return what was wished, once the form is valid."""
        said = self.cleaned_data
        return RunWish(said["place"], None, said["large"] * MB, float(said["patience"]))


@screen("connections.read", in_transaction=False)
def conformance(request: HttpRequest, slug: str) -> HttpResponse:
    """Whether a connection is proven, its runs, and the way to the next environment."""
    return _page(request, named(request, slug), WishForm())


@require_POST
@screen("conformance.run", in_transaction=False)
def run_now(request: HttpRequest, slug: str) -> HttpResponse:
    """Have a worker make a run, and show it."""
    form = WishForm(request.POST)
    if not form.is_valid():
        return _page(request, named(request, slug), form, status=422)
    try:
        run = start_conformance(actor_of(request), slug, form.wish())
    except Conflict as error:
        if error.code != "conformance.running":
            raise
        messages.warning(request, words_of(error))
        return redirect("setup:conformance-run", slug=slug, run_id=error.details["run"])
    except Invalid as error:
        form.add_error(None, words_of(error))
        return _page(request, named(request, slug), form, status=422)
    return redirect("setup:conformance-run", slug=slug, run_id=run.id)


@screen("connections.read")
def run(request: HttpRequest, slug: str, run_id: UUID) -> HttpResponse:
    """One run, clause by clause; while it goes on, the page looks again by itself."""
    one = get_run(actor_of(request), slug, run_id)
    clauses = progress_of(one)
    context = {
        "connection": one.connection,
        "run": one,
        "state": state_of(one),
        "clauses": clauses,
        "done": _done(clauses),
        "duration": (one.finished_at - one.started_at).total_seconds() if one.finished_at else None,
    }
    return render(request, "setup/conformance_run.html", context)


@screen("connections.read")
def report(request: HttpRequest, slug: str, run_id: UUID) -> HttpResponse:
    """The signed report of a run as a file (compact JWS, RFC 7515)."""
    one = get_run(actor_of(request), slug, run_id)
    found(one.report or None, "conformance.report")
    name = f"{slug}-{one.environment}-{one.started_at:%Y-%m-%d}-{str(one.id)[-8:]}.jws"
    response = HttpResponse(one.report, content_type="application/jose")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@screen("connections.edit", in_transaction=False)
def move(request: HttpRequest, slug: str, environment: str) -> HttpResponse:
    """Move a connection to another environment: its settings there, its credentials there, tested."""
    stored = named(request, slug)
    found((environment in ORDER and environment != stored.environment) or None, "environment")
    if in_the_way := obstacles(actor_of(request), slug, environment):
        messages.error(request, " ".join(f"{said(one.sentence)} {said(one.remedy)}" for one in in_the_way))
        return redirect("setup:conformance", slug=slug)
    return edit(request, stored.rail, stored, moving_to=environment)


def _page(request: HttpRequest, row: Connection, form: WishForm, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    runs = list_runs(actor, row.slug)
    following = next_environment(row)
    context = {
        "connection": row,
        "tabs": tabs_of(request, row),
        "form": form,
        "runs": [_line(one) for one in runs],
        "going_on": next((one for one in runs if state_of(one) == "running"), None),
        "following": following,
        "obstacles": obstacles(actor, row.slug, following) if following else [],
        "before": list(reversed(ORDER[: ORDER.index(row.environment)])),
        "way": [(one, _passed(one, row.environment)) for one in ORDER],
        "may_run": allowed(actor, "conformance.run"),
        "may_move": allowed(actor, "connections.edit"),
    }
    return render(request, "setup/conformance.html", context, status=status)


def _passed(environment: str, now: str) -> str:
    """Return whether a station of the way lies behind, is here, or is to come."""
    place, here = ORDER.index(environment), ORDER.index(now)
    return "behind" if place < here else "here" if place == here else "ahead"


def _line(one: ConformanceRun) -> dict[str, Any]:
    clauses = progress_of(one)
    proven = sum(clause.state == "passed" for clause in clauses)
    return {"run": one, "state": state_of(one), "proven": proven, "clauses": len(clauses)}


def _done(clauses: list[ClauseView]) -> int:
    return sum(clause.state not in ("waiting", "not_tried") for clause in clauses)
