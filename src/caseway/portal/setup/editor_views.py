"""The mapping editor: source, rules, result; the same mapping as YAML; publishing with its checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.actor import Actor
from caseway.access.permissions import allowed
from caseway.access.scope import scope
from caseway.core.errors import CasewayError, Conflict, Invalid
from caseway.delivery.live_types import live_types
from caseway.delivery.models import Connection
from caseway.mapping import catalogue
from caseway.mapping.diff import Change, diff
from caseway.mapping.document import dump
from caseway.mapping.drafts import need_draft
from caseway.mapping.findings import has_errors
from caseway.mapping.models import MappingVersion
from caseway.mapping.publishing import (
    discard_draft,
    findings_of,
    import_yaml,
    publish,
    save_draft,
    succeed,
)
from caseway.portal.doors import actor_of, identifier, screen
from caseway.portal.setup import form_edits
from caseway.portal.setup.document_form import MAX_ROWS, DocumentForm, from_post, to_document, to_form
from caseway.portal.setup.editor_page import EditorPage, Line, anchor_of, build
from caseway.portal.setup.editor_words import words_for


@screen("mappings.edit", in_transaction=False)
def mapping_draft(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """The editor. Every button sends the whole form; only “save” keeps it."""
    actor = actor_of(request)
    draft = _draft(actor, mapping_id)
    if request.method != "POST":
        return _open(request, actor, draft)
    form = from_post(_identity(draft), request.POST)
    if request.POST.get("do") == "save":
        return _save(request, actor, draft, form)
    jump = form_edits.apply(form, request.POST.get("do", ""), request.POST.get("into", ""))
    return _page(request, actor, draft, form, jump=jump)


def _open(request: HttpRequest, actor: Actor, draft: MappingVersion) -> HttpResponse:
    form = to_form(catalogue.written(draft))
    if form.rows > MAX_ROWS:
        messages.info(request, _("This mapping has too many rows for the table; it is edited as YAML."))
        return redirect("setup:mapping-yaml", mapping_id=draft.mapping_id)
    return _page(request, actor, draft, form, seen=catalogue.revision(draft.document))


def _save(request: HttpRequest, actor: Actor, draft: MappingVersion, form: DocumentForm) -> HttpResponse:
    document = to_document(form)
    if document is None:
        return _page(request, actor, draft, form, status=422)
    try:
        with scope(actor.organisation_id):
            save_draft(actor, document, seen=request.POST.get("seen") or None)
    except Conflict as error:
        if error.code != "mapping.draft_changed":
            raise
        theirs = _draft(actor, draft.mapping_id)
        conflict = _StaleForm(error, theirs, tuple(_changes(theirs.document, document)))
        return _page(
            request, actor, theirs, form, seen=str(error.details["revision"]), stale=conflict, status=409
        )
    except Invalid as error:
        place = anchor_of(form, str(error.details.get("path", "")))
        return _page(request, actor, draft, form, refused=(error, place), status=422)
    messages.success(request, _("The draft is saved."))
    sample = request.POST.get("sample", "")
    address = reverse("setup:mapping-draft", args=[draft.mapping_id])
    return HttpResponseRedirect(f"{address}?sample={sample}" if identifier(sample) else address)


@dataclass(frozen=True)
class _StaleForm:
    """Somebody else's save came between: what theirs and ours differ in."""

    error: Conflict
    theirs: MappingVersion
    changes: Sequence[Change]


def _page(
    request: HttpRequest,
    actor: Actor,
    draft: MappingVersion,
    form: DocumentForm,
    *,
    seen: str = "",
    jump: str = "",
    stale: _StaleForm | None = None,
    refused: tuple[CasewayError, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    said = request.POST if request.method == "POST" else request.GET
    document = to_document(form)
    page = build(actor, form, document, identifier(said.get("sample", "")))
    with scope(actor.organisation_id):
        connections = list(Connection.objects.filter(rail="cmis").order_by("name"))
        bases = _bases(actor, draft.mapping_id)
    context = {
        "draft": draft,
        "page": page,
        "form": form,
        "seen": seen or said.get("seen", ""),
        "show": said.get("show") == "yes",
        "jump": jump,
        "stale": stale,
        "refused": refused,
        "form_errors": form.all_errors(),
        "result": result_of(page),
        "connections": connections,
        "connection_slugs": [one.slug for one in connections],
        "bases": bases,
        "words": words_for(),
        "may_publish": allowed(actor, "mappings.publish"),
    }
    return render(request, "setup/mapping_editor.html", context, status=status)


def result_of(page: EditorPage) -> list[dict[str, Any]]:
    """Return what the DMS would get, object by object, with what is wrong at each."""
    if page.preview is None:
        return []
    problems = list(page.preview.problems)
    names = {str(one.id): one.filename for one in page.preview.sample.documents}
    result: list[dict[str, Any]] = []
    for target in page.preview.rendered.targets:
        here = [one for one in problems if _is_of(one, target.target, target.document_id)]
        result.append({"target": target, "file": names.get(target.document_id or "", ""), "problems": here})
    placed = [problem for entry in result for problem in entry["problems"]]
    left = [one for one in problems if one not in placed]
    return [*result, {"target": None, "problems": left}] if left else result


def _is_of(problem: Invalid, target: str, document_id: str | None) -> bool:
    return problem.details.get("target") == target and problem.details.get("document_id") == document_id


@screen("mappings.edit", in_transaction=False)
def mapping_yaml(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """The draft as YAML, for what the table does not show."""
    actor = actor_of(request)
    draft = _draft(actor, mapping_id)
    text, refused, seen = dump(catalogue.written(draft)), None, catalogue.revision(draft.document)
    if request.method == "POST":
        text, seen = request.POST.get("text", ""), request.POST.get("seen", "")
        try:
            with scope(actor.organisation_id):
                import_yaml(actor, text, mapping_id=mapping_id, seen=seen or None)
            messages.success(request, _("The draft is saved."))
            return redirect("setup:mapping-yaml", mapping_id=mapping_id)
        except Invalid as error:
            refused = error
            seen = str(error.details.get("revision", seen))
    with scope(actor.organisation_id):
        findings = findings_of(actor, draft.document) if refused is None else []
    context = {"draft": draft, "text": text, "seen": seen, "refused": refused, "findings": findings}
    return render(request, "setup/mapping_yaml.html", context, status=refused.status if refused else 200)


@screen("mappings.publish", in_transaction=False)
def mapping_publish(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """What publishing would change and what stands in its way; then publishing itself."""
    actor = actor_of(request)
    draft = _draft(actor, mapping_id)
    live = live_types(actor, draft.document)
    refused: Invalid | None = None
    if request.method == "POST":
        if live.types is None and request.POST.get("unverified") != "yes":
            refused = _unverified(live.error)
        else:
            try:
                with scope(actor.organisation_id):
                    version = publish(actor, mapping_id, live.types, seen=request.POST.get("seen", ""))
                    served = succeed(actor, version) if request.POST.get("succeed") == "yes" else []
                messages.success(request, _published(version, len(served)))
                return redirect("setup:mapping", mapping_id=mapping_id)
            except Invalid as error:
                refused = error
    return _publish_page(request, actor, draft, live, refused)


def _publish_page(
    request: HttpRequest, actor: Actor, draft: MappingVersion, live: Any, refused: Invalid | None
) -> HttpResponse:
    with scope(actor.organisation_id):
        draft = _draft(actor, draft.mapping_id)
        last = catalogue.newest_published(actor, draft.mapping_id)
        findings = findings_of(actor, draft.document, live.types)
        form = to_form(catalogue.written(draft))
        try:
            changes = diff((last and last.resolved) or {}, catalogue.resolved(actor, draft.document))
        except Invalid:
            changes = []
    context = {
        "draft": draft,
        "last": last,
        "changes": changes,
        "findings": [Line(one, anchor_of(form, one.path)) for one in findings],
        "blocked": has_errors(findings),
        "live": live,
        "refused": refused,
        "seen": catalogue.revision(draft.document),
    }
    return render(request, "setup/mapping_publish.html", context, status=refused.status if refused else 200)


@require_POST
@screen("mappings.edit")
def mapping_discard(request: HttpRequest, mapping_id: str) -> HttpResponse:
    """Throw the draft away; published versions stay."""
    discard_draft(actor_of(request), mapping_id, seen=request.POST.get("seen") or None)
    messages.success(request, _("The draft is gone."))
    return redirect("setup:mappings")


def _draft(actor: Actor, mapping_id: str) -> MappingVersion:
    with scope(actor.organisation_id):
        return need_draft(actor.organisation_id, mapping_id)


def _identity(draft: MappingVersion) -> Mapping[str, Any]:
    return {name: draft.document[name] for name in ("apiVersion", "kind", "id", "version")}


def _bases(actor: Actor, mapping_id: str) -> list[str]:
    rows = MappingVersion.objects.filter(state=MappingVersion.State.PUBLISHED).exclude(mapping_id=mapping_id)
    return [str(row) for row in rows.order_by("mapping_id", "-version")]


def _changes(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> list[Change]:
    return diff({"targets": {}, **theirs}, {"targets": {}, **ours})


def _published(version: MappingVersion, served: int) -> str:
    said = _("%(version)s is published and never changes again.") % {"version": version}
    if served:
        said += " " + _("It serves from now on what the version before served.")
    return said


def _unverified(error: CasewayError | None) -> Invalid:
    return Invalid(
        _("The DMS could not be asked, so it is not known whether it wants more than the mapping fills."),
        code="mapping.not_verified",
        remedy=_("Try again when the connection answers, or tick that you publish without asking it."),
        why=error.code if error else "",
    )
