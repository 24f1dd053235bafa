"""What the mapping editor shows: source, rules, result. From a form, a sample and the DMS's types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import allowed
from caseway.access.scope import scope
from caseway.cases.models import Document, DocumentRole
from caseway.core.errors import CasewayError, Invalid, NotFound
from caseway.delivery.live_types import LiveTypes, live_types
from caseway.intake.models import Submission
from caseway.mapping import catalogue
from caseway.mapping.findings import Finding
from caseway.mapping.preview import Preview, Sample, render_sample, sample_of
from caseway.mapping.publishing import findings_of
from caseway.mapping.typedefs import PropertyDefinition, TypeDefinitions, object_type
from caseway.portal.setup.document_form import DocumentForm
from caseway.portal.setup.source_tree import Node, TermLine, structured_tree, vocabulary_lines

SAMPLES = 25


@dataclass(frozen=True)
class Line:
    """A finding with the place on the page it speaks of."""

    finding: Finding
    anchor: str


@dataclass(frozen=True)
class Offer:
    """Fields of one target that the DMS has and the mapping does not fill."""

    target: str
    required: Sequence[PropertyDefinition]
    optional: Sequence[PropertyDefinition]


@dataclass
class EditorPage:
    """Everything the editor's templates ask for."""

    form: DocumentForm
    samples: Sequence[Submission] = ()
    sample: Sample | None = None
    tree: Node | None = None
    terms: Sequence[TermLine] = ()
    preview: Preview | None = None
    findings: Sequence[Line] = ()
    offers: Sequence[Offer] = ()
    live: LiveTypes | None = None
    trouble: Sequence[CasewayError] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(line.finding.level == "error" for line in self.findings)

    def offer_of(self, target: str) -> Offer | None:
        """Return what one target could be given besides."""
        return next((offer for offer in self.offers if offer.target == target), None)


def build(
    actor: Actor, form: DocumentForm, document: Mapping[str, Any] | None, sample_id: UUID | None
) -> EditorPage:
    """Return the page of a form; `document` is what the form says, None where its inputs are wrong.

    Asks the DMS for its types, so call it outside any transaction.
    """
    live = live_types(actor, document) if document is not None else None
    page = EditorPage(form, live=live)
    with scope(actor.organisation_id):
        _add_source(actor, page, document or {}, sample_id)
        if document is not None:
            _add_result(actor, page, document, live.types if live else None)
    return page


def _add_source(actor: Actor, page: EditorPage, document: Mapping[str, Any], sample_id: UUID | None) -> None:
    page.terms = vocabulary_lines({})
    if not allowed(actor, "documents.read") or not allowed(actor, "submissions.read"):
        return
    page.samples = list(Submission.objects.order_by("-id")[:SAMPLES])
    chosen = sample_id or _usual_sample(actor, page.samples, str(document.get("id", "")))
    if chosen is None:
        return
    try:
        page.sample = sample_of(actor, chosen)
        page.terms = vocabulary_lines(page.sample.facts.values)
        page.tree = structured_tree(page.sample.facts, _namespaces(actor, document))
    except NotFound:
        return
    except CasewayError as error:
        page.trouble = [*page.trouble, error]


def _usual_sample(actor: Actor, samples: Sequence[Submission], mapping_id: str) -> UUID | None:
    """Return the submission that tells most: one the mapping serves, with a structured file, the newest."""
    bindings = catalogue.bindings_of(actor, mapping_id)
    forms = {binding.form_id for binding in bindings} - {""}
    services = {binding.service_id for binding in bindings} - {""}
    rows = Document.objects.filter(
        role=DocumentRole.STRUCTURED, submission_id__in=[one.id for one in samples]
    )
    structured = set(rows.values_list("submission_id", flat=True))

    def worth(one: Submission) -> tuple[bool, bool, bool]:
        served = one.form_id in forms or one.service_id in services
        return served, one.id in structured, bool(one.documents_count)

    return max(samples, key=worth).id if samples else None


def _add_result(
    actor: Actor, page: EditorPage, document: Mapping[str, Any], types: TypeDefinitions | None
) -> None:
    page.findings = [Line(one, anchor_of(page.form, one.path)) for one in findings_of(actor, document, types)]
    if types is not None:
        page.offers = list(_offers(actor, document, types))
    if page.sample is None:
        return
    try:
        page.preview = render_sample(actor, document, page.sample, types)
    except CasewayError as error:
        page.trouble = [*page.trouble, error]


def anchor_of(form: DocumentForm, path: str) -> str:
    """Return the id of the input, row or target that a place in the document is edited by; empty: none."""
    parts = path.split(".")
    if parts[0] != "targets" or len(parts) < 2:
        heads = {"idempotency": "key_property", "namespaces": "namespaces", "lookups": "lookups"}
        known = heads.get(parts[0], parts[0])
        return f"d.{known}" if known in form.fields or known in heads.values() else ""
    target = next((one for one in form.targets if one.name == parts[1]), None)
    if target is None:
        return ""
    for number, row in enumerate(target.rows):
        place = f"targets.{target.name}.properties.{row.fields.get('id', '')}"
        if path == place or path.startswith(f"{place}."):
            return f"r.{target.name}.{number}"
    return f"t.{target.name}"


def _offers(actor: Actor, document: Mapping[str, Any], types: TypeDefinitions) -> Iterator[Offer]:
    try:
        resolved = catalogue.resolved(actor, document)
    except Invalid:
        return
    for name, target in resolved["targets"].items():
        if not target["enabled"]:
            continue
        try:
            kind = object_type(target, types)
        except Invalid:
            continue
        mapped = target["properties"]
        required = [one for one in kind.required() if one.id not in mapped]
        needed = {one.id for one in required}
        optional = [
            one
            for key, one in sorted(kind.properties.items(), key=lambda item: item[1].display_name.casefold())
            if key not in mapped and key not in needed and one.updatability != "readonly" and ":" not in key
        ]
        yield Offer(name, required, optional)


def _namespaces(actor: Actor, document: Mapping[str, Any]) -> Mapping[str, str]:
    try:
        found: Mapping[str, str] = catalogue.resolved(actor, document)["namespaces"]
    except (Invalid, KeyError):
        return {}
    return found
