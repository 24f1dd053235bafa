"""The screens around the editor: all mappings, one of them, bindings, differences, files in and out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.actor import Actor
from caseway.access.permissions import allowed
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.core.errors import Conflict, Invalid
from caseway.delivery.live_types import live_types
from caseway.delivery.models import Connection
from caseway.mapping import catalogue, publishing
from caseway.mapping.bindings import in_force
from caseway.mapping.diff import diff
from caseway.mapping.drafts import ensure_unused
from caseway.mapping.exchange import export_losses, import_as_new
from caseway.mapping.models import MappingVersion
from caseway.portal.doors import actor_of, screen
from caseway.portal.sentences import words_of
from caseway.portal.setup.editor_words import target_words
from caseway.portal.setup.mapping_forms import BindMapping, ImportMapping, NewMapping
from caseway.portal.setup.route_views import known_names

PUBLISHED = MappingVersion.State.PUBLISHED


@screen("mappings.read")
def mappings(request: HttpRequest) -> HttpResponse:
    """Every mapping with its versions and what it serves."""
    return _list(request, {})


@require_POST
@screen("mappings.read", in_transaction=False)
def mappings_drift(request: HttpRequest) -> HttpResponse:
    """Hold the newest version of each mapping against the DMS as it is now."""
    actor = actor_of(request)
    with scope(actor.organisation_id):
        newest = [line.newest for line in catalogue.list_mappings(actor) if line.newest and not line.abstract]
        bound = {binding.mapping_id: binding.connection_slug for binding in catalogue.bindings_of(actor)}
    drifts: dict[str, Any] = {}
    for version in newest:
        live = live_types(
            actor, version.document, "" if version.document.get("connection") else bound.get(version.id, "")
        )
        with scope(actor.organisation_id):
            drifts[version.mapping_id] = (
                publishing.drift(actor, version, live.types) if live.types is not None else live.error
            )
    return _list(request, drifts)


def _list(request: HttpRequest, drifts: dict[str, Any]) -> HttpResponse:
    actor = actor_of(request)
    with scope(actor.organisation_id):
        lines = catalogue.list_mappings(actor)
        names = dict(Connection.objects.values_list("slug", "name"))
    context = {
        "rows": [
            {
                "line": line,
                "drift": drifts.get(line.mapping_id),
                "connection": names.get(line.connection_slug, ""),
            }
            for line in lines
        ],
        "checked": bool(drifts),
        "may_edit": allowed(actor, "mappings.edit"),
    }
    return render(request, "setup/mappings.html", context)


@screen("mappings.edit")
def mapping_new(request: HttpRequest) -> HttpResponse:
    """Begin a mapping of a new name."""
    form = NewMapping(request.POST or None)
    if form.is_bound and form.is_valid():
        actor, document = actor_of(request), form.document()
        try:
            ensure_unused(actor, document["id"])
            publishing.save_draft(actor, document, seen=publishing.NOTHING_SEEN)
            return redirect("setup:mapping-draft", mapping_id=document["id"])
        except Conflict as error:
            form.add_error("mapping_id", words_of(error))
    return render(request, "setup/mapping_new.html", {"form": form}, status=422 if form.is_bound else 200)


@screen("mappings.edit")
def mapping_import(request: HttpRequest) -> HttpResponse:
    """Take a mapping from a table or from YAML: a new one, or over the draft of one that is there."""
    form = ImportMapping(
        request.POST or None, request.FILES or None, initial={"mapping_id": request.GET.get("id", "")}
    )
    refused = None
    if form.is_bound and form.is_valid():
        try:
            draft = _import(actor_of(request), form)
            messages.success(request, _("Imported as a draft of %(id)s.") % {"id": draft.mapping_id})
            return redirect("setup:mapping-draft", mapping_id=draft.mapping_id)
        except Invalid as error:
            refused = error
    context = {"form": form, "refused": refused}
    return render(request, "setup/mapping_import.html", context, status=422 if form.is_bound else 200)


def _import(actor: Actor, form: ImportMapping) -> MappingVersion:
    said, content = form.cleaned_data, form.content()
    mapping_id, title, base = said["mapping_id"], said["title"], said["base"] or None
    return import_as_new(actor, content, mapping_id, title, base)


@screen("mappings.read")
def mapping(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """One mapping: its draft, its versions, what they serve."""
    return _one(request, mapping_id, None)


def _one(request: HttpRequest, mapping_id: str, bind_form: BindMapping | None) -> HttpResponse:
    actor = actor_of(request)
    versions = catalogue.versions_of(actor, mapping_id)
    bindings = catalogue.bindings_of(actor, mapping_id)
    holding = in_force(catalogue.bindings_of(actor), now())
    form = bind_form or BindMapping(versions)
    context = {
        "mapping_id": mapping_id,
        "title": versions[0].title or mapping_id,
        "draft": next((row for row in versions if row.state != PUBLISHED), None),
        "versions": [row for row in versions if row.state == PUBLISHED],
        "all_versions": versions,
        "bindings": [(binding, binding.id in holding, binding.valid_from > now()) for binding in bindings],
        "bind_form": form,
        "abstract": bool(versions[0].document.get("abstract")),
        "derived": catalogue.derived_from(actor, mapping_id),
        "may_edit": allowed(actor, "mappings.edit"),
        "may_publish": allowed(actor, "mappings.publish"),
        **known_names(),
    }
    return render(request, "setup/mapping.html", context, status=422 if form.is_bound else 200)


@require_POST
@screen("mappings.publish")
def mapping_bind(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """Have a version serve a form or service from a time on."""
    actor = actor_of(request)
    form = BindMapping(catalogue.versions_of(actor, mapping_id), request.POST)
    if not form.is_valid():
        return _one(request, mapping_id, form)
    said = form.cleaned_data
    try:
        publishing.bind(
            actor,
            catalogue.get_version(actor, mapping_id, said["version"]),
            form_id=said["form_id"],
            service_id=said["service_id"],
            connection_slug=said["connection"],
            valid_from=said["valid_from"],
        )
    except Invalid as error:
        form.add_error(None, words_of(error))
        return _one(request, mapping_id, form)
    messages.success(request, _("Bound. It serves what arrives from then on."))
    return redirect("setup:mapping", mapping_id=mapping_id)


@require_POST
@screen("mappings.publish")
def mapping_unbind(request: HttpRequest, mapping_id: str, binding_id: UUID) -> HttpResponse:
    """Take back a binding that has not begun to hold."""
    publishing.unbind(actor_of(request), binding_id)
    messages.success(request, _("The binding is taken back."))
    return redirect("setup:mapping", mapping_id=mapping_id)


@require_POST
@screen("mappings.edit")
def mapping_begin(request: HttpRequest, mapping_id: str, version: int) -> HttpResponse:
    """Begin a draft with the content of a version."""
    publishing.new_draft_from(actor_of(request), mapping_id, version)
    return redirect("setup:mapping-draft", mapping_id=mapping_id)


@screen("mappings.read")
def mapping_version(request: HttpRequest, mapping_id: str, version: int) -> HttpResponse:
    """One version as it was written, and what comes from its bases."""
    actor = actor_of(request)
    row = catalogue.get_version(actor, mapping_id, version)
    context = {
        "row": row,
        "yaml": publishing.export_yaml(row),
        "losses": export_losses(row) if row.resolved else [],
        "others": [one for one in catalogue.versions_of(actor, mapping_id) if one.version != version],
        "has_draft": catalogue.get_draft(actor, mapping_id) is not None,
        "may_edit": allowed(actor, "mappings.edit"),
    }
    return render(request, "setup/mapping_version.html", context)


@screen("mappings.read")
def mapping_diff(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """What differs between two versions, with their bases applied."""
    actor = actor_of(request)
    versions = catalogue.versions_of(actor, mapping_id)
    left, right = (
        _chosen(versions, request.GET.get(name, ""), place) for name, place in (("from", 1), ("to", 0))
    )
    changes = diff(_whole(actor, left), _whole(actor, right))
    context = {
        "mapping_id": mapping_id,
        "versions": versions,
        "left": left,
        "right": right,
        "changes": changes,
        "target_words": target_words(),
    }
    return render(request, "setup/mapping_diff.html", context)


@screen("mappings.read")
def mapping_export(request: HttpRequest, mapping_id: str, version: int, form: str) -> HttpResponse:
    """One version as a file: `csv` (five columns) or `yaml`."""
    row = catalogue.get_version(actor_of(request), mapping_id, version)
    if form == "csv":
        language = "de" if (get_language() or "").startswith("de") else "en"
        content = "\ufeff" + publishing.export_table(row, "de" if language == "de" else "en")
        response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(publishing.export_yaml(row), content_type="application/yaml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{mapping_id}-{version}.{form}"'
    return response


def _chosen(versions: list[MappingVersion], said: str, place: int) -> MappingVersion:
    number = int(said) if said.isascii() and said.isdigit() else -1
    default = versions[min(place, len(versions) - 1)]
    return next((row for row in versions if row.version == number), default)


def _whole(actor: Actor, row: MappingVersion) -> dict[str, Any]:
    return dict(row.resolved) if row.resolved is not None else catalogue.resolved(actor, row.document)
