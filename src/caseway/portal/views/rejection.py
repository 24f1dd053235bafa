"""Rejecting what arrived: choose the reasons, see what the sender will read, then say so for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.contrib import messages as flashes
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from caseway.core.errors import Conflict
from caseway.portal.doors import actor_of, screen
from caseway.portal.reading.problems import ShownProblem, shown_problems
from caseway.rails.inbound import Problem
from caseway.receiving.deciding import DETAIL, reject_arrival
from caseway.receiving.models import Arrival
from caseway.receiving.queries import arrival as find_arrival
from caseway.receiving.queries import decisions_for, reasons_of


@dataclass(frozen=True)
class Choice:
    """A reason one may choose: ticked or not, with what the person adds to it."""

    key: str  # names it on the form, whatever the order of the list
    problem: ShownProblem
    ticked: bool
    proven: bool
    detail: str

    @property
    def sent_detail(self) -> str:
        """What the sender will read: one's own words, else those that were proven."""
        return self.detail or self.problem.detail


@screen("arrivals.decide")
def reject(request: HttpRequest, arrival_id: UUID) -> HttpResponse:
    """Compose (GET, or `step=change`), preview (`step=preview`), and reject (`step=reject`)."""
    actor = actor_of(request)
    arrival = find_arrival(actor, arrival_id)
    if "reject" not in decisions_for(arrival):
        raise Conflict(
            "This cannot be rejected as it stands.",
            code="arrival.not_rejectable",
            remedy="Look at the arrival: it was decided before, or has to be collected first.",
        )
    choices = _choices(request, arrival, reasons_of(arrival))
    chosen = [one for one in choices if one.ticked]
    reason = request.POST.get("reason", "").strip()[:500]
    step = request.POST.get("step", "") if request.method == "POST" else ""
    if step == "reject" and chosen:
        reject_arrival(actor, arrival_id, [_wish(one) for one in chosen], reason)
        flashes.success(request, _("Rejected. The rejection goes out by itself."))
        return HttpResponseRedirect(reverse("portal:arrival", args=[arrival_id]))
    context = {
        "arrival": arrival,
        "choices": choices,
        "chosen": chosen,
        "reason": reason,
        "detail_length": DETAIL,
        "missing": step in ("preview", "reject") and not chosen,
    }
    if step == "preview" and chosen:
        return render(request, "portal/rejection_preview.html", context)
    return render(request, "portal/rejection.html", context, status=422 if context["missing"] else 200)


def _choices(request: HttpRequest, arrival: Arrival, reasons: Sequence[Problem]) -> list[Choice]:
    proven = {(one["type"], one["instance"]) for one in arrival.problems}
    first = request.method != "POST"
    ticked = set(request.POST.getlist("problem"))
    return [
        Choice(
            key=key,
            problem=shown,
            ticked=(shown.type, shown.instance) in proven if first else key in ticked,
            proven=(shown.type, shown.instance) in proven,
            detail=shown.detail if first else request.POST.get(f"detail-{key}", "").strip()[:DETAIL],
        )
        for shown in shown_problems([one.as_json() for one in reasons])
        for key in [_key(shown)]
    ]


def _key(problem: ShownProblem) -> str:
    return sha256(f"{problem.type}\n{problem.instance}".encode()).hexdigest()[:12]


def _wish(choice: Choice) -> dict[str, str]:
    return {"type": choice.problem.type, "instance": choice.problem.instance, "detail": choice.detail}
