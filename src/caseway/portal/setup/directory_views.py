"""Who receives what: asked of a directory, kept in the catalogue, found again there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from caseway.access.permissions import allowed, require
from caseway.core.errors import Conflict, Invalid, NotConfigured, NotFound, Unavailable
from caseway.delivery.catalogue import (
    ReuseHint,
    look_up,
    reuse_hints,
    search_areas,
    search_catalogue,
    service_key,
)
from caseway.delivery.models import CatalogueEntry, Connection
from caseway.delivery.schemas import list_schemas
from caseway.portal.doors import actor_of, screen
from caseway.portal.sentences import words_of
from caseway.portal.setup.connection_editing import named
from caseway.portal.setup.connection_tabs import tabs_of
from caseway.portal.setup.party_cards import PartyCard, party_cards
from caseway.portal.setup.trust_words import PLACE_KINDS
from caseway.rails.directory import Area, Finds, Wanted
from caseway.rails.registry import rail


class DirectoryForm(forms.Form):
    """A service, and one way to name a place."""

    service = forms.RegexField(
        r"^\S{1,200}$",
        label=gettext_lazy("Service key"),
        help_text=gettext_lazy("The 14 digits of the catalogue of services (LeiKa), or its URN."),
    )
    place_kind = forms.ChoiceField(label=gettext_lazy("Place given as"), choices=list(PLACE_KINDS.items()))
    place = forms.CharField(
        label=gettext_lazy("Place"),
        max_length=100,
        help_text=gettext_lazy("A key of digits only, or a name or postcode; * stands for anything."),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("place_kind") in ("ars", "ags") and not str(said.get("place", "0")).isdecimal():
            self.add_error("place", _("This key has digits only. Choose “name or postcode” for words."))
        return said

    def wanted(self, area_id: str = "") -> Wanted:
        """Return who is looked for, once the form is valid."""
        said = self.cleaned_data
        key = service_key(said["service"])
        if area_id:
            return Wanted(key, area_id=area_id)
        return Wanted(key, **{said["place_kind"]: said["place"].strip()})


class CatalogueForm(forms.Form):
    """What to look for among those known already."""

    q = forms.CharField(label=gettext_lazy("Name or id"), max_length=200, required=False)
    service = forms.CharField(label=gettext_lazy("Service"), max_length=300, required=False)
    schema = forms.CharField(label=gettext_lazy("Schema (URI)"), max_length=500, required=False)


@screen("connections.read")
def catalogue(request: HttpRequest) -> HttpResponse:
    """Everybody a directory showed us, and what may be used again for a service."""
    form = CatalogueForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {"q": "", "service": "", "schema": ""}
    actor = actor_of(request)
    hints: list[ReuseHint] = []
    if said["service"] or said["schema"]:
        told = reuse_hints(actor, said["service"], said["schema"])
        hints = list({(hint.kind, hint.sentence): hint for hint in told}.values())
    entries = search_catalogue(actor, said["q"], said["service"], said["schema"])
    context = {
        "form": form,
        "searched": any(said.values()),
        "cards": _cards(request, entries),
        "hints": hints,
        "finders": _finders(),
        "may_find": allowed(actor, "onboarding.edit"),
        "may_edit": allowed(actor, "connections.edit"),
    }
    return render(request, "setup/catalogue.html", context)


@screen("connections.read")
def directory(request: HttpRequest) -> HttpResponse:
    """Choose over which connection to ask; where there is one only, go on to it."""
    finders = _finders()
    if len(finders) == 1:
        return redirect("setup:directory-of", slug=finders[0].slug)
    return render(request, "setup/directory_choose.html", {"finders": finders})


@screen("connections.read", in_transaction=False)
def directory_of(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask the directory of a connection; a name is first turned into an area."""
    row = named(request, slug)
    if request.method != "POST":
        initial = {name: request.GET.get(name, "") for name in ("service", "place", "place_kind")}
        return _page(request, row, DirectoryForm(initial=initial))
    require(actor_of(request), "onboarding.edit")
    form = DirectoryForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        return _ask(request, row, form)
    except (NotFound, Conflict):
        raise
    except (Invalid, Unavailable) as error:
        field = _FIELDS.get(str(error.details.get("field", "")))
        form.add_error(field, words_of(error))
        return _page(request, row, form, status=error.status)


_FIELDS = {"service": "service", "region": "place", "words": "place"}
"""Fields of the form by what a rail says was wrong."""


def _ask(request: HttpRequest, row: Connection, form: DirectoryForm) -> HttpResponse:
    actor, area_id = actor_of(request), request.POST.get("area_id", "")
    if form.cleaned_data["place_kind"] == "area" and not area_id:
        areas = search_areas(actor, row.slug, form.cleaned_data["place"])
        return _page(request, row, form, areas=areas)
    entries = look_up(actor, row.slug, form.wanted(area_id))
    area_name = request.POST.get(f"area-{area_id}", "")
    return _page(request, row, form, cards=_cards(request, entries), area_name=area_name)


def _page(
    request: HttpRequest,
    row: Connection,
    form: DirectoryForm,
    *,
    areas: Sequence[Area] | None = None,
    cards: Sequence[PartyCard] | None = None,
    area_name: str = "",
    status: int = 200,
) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "connection": row,
        "tabs": tabs_of(request, row),
        "form": form,
        "areas": areas,
        "cards": cards,
        "area_name": area_name,
        "may_find": allowed(actor, "onboarding.edit"),
        "may_edit": allowed(actor, "connections.edit"),
    }
    return render(request, "setup/directory.html", context, status=status)


def _cards(request: HttpRequest, entries: Sequence[CatalogueEntry]) -> list[PartyCard]:
    registered = frozenset(one.uri for one in list_schemas(actor_of(request)))
    return party_cards(entries, registered)


def _finders() -> list[Connection]:
    """Return the connections of the scope that have a directory."""
    return [row for row in Connection.objects.order_by("name") if _finds(row)]


def _finds(row: Connection) -> bool:
    try:
        return isinstance(rail(row.rail), Finds)
    except NotConfigured:
        return False
