"""What every page shows around its content: navigation with counts, who is signed in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from caseway.access.models import Membership, Role
from caseway.access.permissions import ACTIONS, allowed
from caseway.access.scope import scope
from caseway.portal import navigation
from caseway.portal.doors import actor_of
from caseway.portal.reading.arrivals import waiting_for_a_person
from caseway.portal.reading.attention import stuck_count
from caseway.portal.words import ROLES


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the frame; outside an organisation only that there is none."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {"membership": None}
    actor = actor_of(request)
    view_name = request.resolver_match.view_name if request.resolver_match else ""
    memberships = list(Membership.objects.filter(user=membership.user_id).select_related("organisation"))
    with scope(membership.organisation_id):
        waiting = {
            "portal:attention": stuck_count() if allowed(actor, "deliveries.read") else 0,
            "portal:arrivals": waiting_for_a_person() if allowed(actor, "arrivals.read") else 0,
        }
    return {
        "membership": membership,
        "memberships": memberships,
        "other_memberships": len(memberships) > 1,
        "role_name": ROLES[Role(membership.role)],
        "may": {action.replace(".", "_"): allowed(actor, action) for action in ACTIONS},
        "navigation": list(navigation.sections(lambda action: allowed(actor, action), view_name, waiting)),
        "sign_out_url": reverse("account_logout"),
    }
