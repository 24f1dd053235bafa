"""The pages of one connection, as tabs: only those its rail has something to say on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from caseway.access.permissions import allowed
from caseway.access.scope import within
from caseway.core.errors import NotConfigured
from caseway.delivery.models import Connection
from caseway.portal.doors import actor_of
from caseway.rails.conformance import Conforms
from caseway.rails.contract import Rail
from caseway.rails.directory import Finds
from caseway.rails.onboarding import Onboards
from caseway.rails.registry import rail


@dataclass(frozen=True)
class Tab:
    """A page of a connection."""

    words: str
    url: str
    current: bool


def tabs_of(request: HttpRequest, row: Connection) -> list[Tab]:
    """Return the pages of a connection; none where there is only the one."""
    view = request.resolver_match.view_name if request.resolver_match else ""
    places = [(_("Overview"), "setup:connection"), *_offered(request, row)]
    tabs = [Tab(words, reverse(name, args=[row.slug]), _is_current(view, name)) for words, name in places]
    return tabs if len(tabs) > 1 else []


def _offered(request: HttpRequest, row: Connection) -> list[tuple[str, str]]:
    known = _rail(row)
    offered = []
    if isinstance(known, Onboards):
        offered.append((_("Checklist"), "setup:checklist"))
    if allowed(actor_of(request), "keys.read") and (isinstance(known, Conforms) or _has_keys(row)):
        offered.append((_("Keys"), "setup:keys"))
    if isinstance(known, Conforms):
        offered.append((_("Conformance"), "setup:conformance"))
    if isinstance(known, Finds):
        offered.append((_("Find an authority"), "setup:directory-of"))
    return offered


def _has_keys(row: Connection) -> bool:
    with within(row.organisation_id):
        return row.keys.exists()


def _rail(row: Connection) -> Rail | None:
    try:
        return rail(row.rail)
    except NotConfigured:
        return None


def _is_current(view: str, name: str) -> bool:
    return view == name if name == "setup:connection" else view.startswith(name)
