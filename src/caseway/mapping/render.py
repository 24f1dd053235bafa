"""Rendering: a resolved mapping and the facts become the objects to file. Pure, and the same every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.conditions import holds
from caseway.mapping.document import TARGETS
from caseway.mapping.expressions import Source, evaluate
from caseway.mapping.facts import DescribedDocument, Facts, document_values
from caseway.mapping.fields import is_sensitive, render_field
from caseway.mapping.names import MAX_LENGTH, hash8, object_name
from caseway.mapping.rendered import Rendered, RenderedProperty, RenderedTarget, Skipped
from caseway.mapping.scalars import text_of
from caseway.mapping.typedefs import ObjectType, TypeDefinitions, object_type

Resolved = Mapping[str, Any]


def render(
    resolved: Resolved,
    facts: Facts,
    documents: Sequence[DescribedDocument],
    types: TypeDefinitions | None = None,
    *,
    case_exists: bool = False,
) -> Rendered:
    """Return every object to file for one occasion: the case, then each document by its role.

    `types` are the DMS's type definitions by id (Browser binding JSON); with them each value is also
    converted and checked by the DMS's own definition, and required properties must be there. A case file that
    exists is not rendered: a later message has not the facts it was made from. Raises `Invalid`
    for the first thing wrong, with `target`, `property`, `label` in its details and all of them under
    `problems`; a sensitive value is never in it.
    """
    rendered, problems = render_what_can(resolved, facts, documents, types, case_exists=case_exists)
    if not problems:
        return rendered
    first = problems[0]
    told = [
        {"code": one.code, "sentence": one.sentence, "remedy": one.remedy, **one.details} for one in problems
    ]
    details = {**first.details, "problems": told}
    raise Invalid(first.sentence, code=first.code, remedy=first.remedy, **details)


def render_what_can(
    resolved: Resolved,
    facts: Facts,
    documents: Sequence[DescribedDocument],
    types: TypeDefinitions | None = None,
    *,
    case_exists: bool = False,
) -> tuple[Rendered, list[Invalid]]:
    """Return what can be rendered, for a preview, and every problem that `render` would raise for.

    Raises `Invalid` only where nothing can be rendered (`mapping.role_unknown`, `mapping.key_missing`).
    """
    run = _Rendering(resolved, facts, types, case_exists)
    for name, document in _objects(facts, documents):
        run.add(name, document)
    return Rendered(run.targets, run.skipped), run.problems


def _objects(
    facts: Facts, documents: Sequence[DescribedDocument]
) -> Iterator[tuple[str, DescribedDocument | None]]:
    """Yield what is to be filed in order: case, application, structured, attachments, messages."""
    yield "case", None
    for document in documents:
        if document.role not in TARGETS[1:]:
            raise Invalid(
                f"A document has the role {document.role}, which no mapping knows.",
                code="mapping.role_unknown",
                remedy=f"Use one of {', '.join(TARGETS[1:])}.",
                document_id=str(document.id),
            )
    ordered = sorted(documents, key=lambda one: (TARGETS.index(one.role), one.index, str(one.id)))
    yield from ((document.role, document) for document in ordered)
    if facts.values.get("message.id") and not any(document.role == "message" for document in documents):
        yield "message", None


class _Rendering:
    """One run: what is rendered so far, the names in use, and what is wrong."""

    def __init__(
        self, resolved: Resolved, facts: Facts, types: TypeDefinitions | None, case_exists: bool
    ) -> None:
        self.resolved = resolved
        self.case_exists = case_exists
        self.types = types
        self.source = Source(facts, namespaces=resolved["namespaces"], timezone=resolved["timezone"])
        self.targets: list[RenderedTarget] = []
        self.skipped: list[Skipped] = []
        self.problems: list[Invalid] = []
        self._names: Counter[tuple[str, str]] = Counter()
        self._keys: set[str] = set()

    def add(self, name: str, document: DescribedDocument | None) -> None:
        target = self.resolved["targets"].get(name)
        document_id = None if document is None else str(document.id)
        if target is None or not target["enabled"]:
            self.skipped.append(Skipped(name, document_id, "off"))
            return
        if name == "case" and self.case_exists:
            self.skipped.append(Skipped(name, document_id, "exists"))
            return
        key, short = self._key(name, document_id)
        more = {"filing.key": key} | ({} if document is None else document_values(document))
        source = self.source.with_values(more)
        with _Problems(self.problems, name, document_id):
            if holds(target.get("when"), source):
                self._render(name, target, source, document_id, key, short)
            else:
                self.skipped.append(Skipped(name, document_id, "condition"))

    def _render(
        self, name: str, target: Resolved, source: Source, document_id: str | None, key: str, short: str
    ) -> None:
        if target["parent"].get("target") == "case" and not any(one.target == "case" for one in self.targets):
            self._check_parent()
        kind = object_type(target, self.types) if self.types is not None else None
        properties = list(self._properties(name, target, source, document_id, kind))
        self._check_required(name, target, document_id, properties, kind)
        self.targets.append(
            RenderedTarget(
                target=name,
                document_id=document_id,
                object_type=target["type"],
                secondary_types=list(target["secondaryTypes"]),
                parent=dict(target["parent"]),
                name=self._name(name, target, source, key, short, kind),
                properties=properties,
                key=key,
                versioning=target["versioning"],
                on_existing=target["onExisting"],
                acl=[dict(entry) for entry in target["acl"]],
            )
        )

    def _check_parent(self) -> None:
        if self.case_exists:
            return
        if any(problem.details.get("target") == "case" for problem in self.problems):
            return  # the case itself has a problem, which is told already
        raise Invalid(
            "The object belongs into the case file, but the mapping makes none.",
            code="mapping.parent_missing",
            remedy="Switch the target case on, or give another parent.",
        )

    def _properties(
        self, name: str, target: Resolved, source: Source, document_id: str | None, kind: ObjectType | None
    ) -> Iterator[RenderedProperty]:
        for property_id in sorted(target["properties"], key=lambda one: (len(one), one)):
            rule = target["properties"][property_id]
            with _Problems(self.problems, name, document_id, property_id, rule):
                definition = kind.find(property_id) if kind else None
                if kind and definition is None:
                    raise Invalid(
                        f"The object type {kind.id} has no property {property_id}.",
                        code="mapping.property_not_in_type",
                        remedy="Correct the property id, or add the secondary type that has it.",
                    )
                found = render_field(property_id, rule, source, self.resolved["lookups"], definition)
                if found is not None:
                    yield found

    def _check_required(
        self,
        name: str,
        target: Resolved,
        document_id: str | None,
        properties: list[RenderedProperty],
        kind: ObjectType | None,
    ) -> None:
        sent = {one.id for one in properties if one.value not in (None, "", [], [""])}
        told = {one.details.get("property") for one in self.problems if one.details.get("target") == name}
        for definition in kind.required() if kind else ():
            rule = target["properties"].get(definition.id)
            if definition.id in sent or (rule is not None and definition.id in told):
                continue
            with _Problems(self.problems, name, document_id, definition.id, rule or {}):
                raise Invalid(
                    f"The DMS requires {definition.display_name} ({definition.id}), which has no value.",
                    code="mapping.required_property_missing",
                    remedy="Complete the source, or set a default." if rule else "Map the property.",
                    display_name=definition.display_name,
                )

    def _name(
        self, name: str, target: Resolved, source: Source, key: str, short: str, kind: ObjectType | None
    ) -> str:
        raw = " ".join(text_of(value, source.timezone) for value in evaluate(target["name"], source))
        suffix = {"none": "", "key": short, "hash8": hash8(key)}[self.resolved["idempotency"]["nameSuffix"]]
        definition = kind.find("cmis:name") if kind else None
        limit = min(MAX_LENGTH, (definition and definition.max_length) or MAX_LENGTH)
        file_like = name != "case"
        made = object_name(raw or short, suffix=suffix, keep_extension=file_like, limit=limit)
        if self._is_taken(target, made):
            made = object_name(raw or short, suffix=hash8(key), keep_extension=file_like, limit=limit)
            self._is_taken(target, made)
        return made

    def _is_taken(self, target: Resolved, name: str) -> bool:
        """Remember the name in its parent; some systems do not tell capital from small letters."""
        place = (str(sorted(target["parent"].items())), name.casefold())
        self._names[place] += 1
        return self._names[place] > 1

    def _key(self, name: str, document_id: str | None) -> tuple[str, str]:
        """Return (filing key, its own last part), derived from our identifiers, never random."""
        values = self.source.facts.values
        submission, message = values.get("submission.id"), values.get("message.id")
        if name == "case":
            key = short = str(values.get("case.id") or submission or "")
        elif name == "message" and message and str(message) not in self._keys:
            key = short = str(message)
        else:
            key, short = f"{submission or ''}/{document_id}", str(document_id)
        if not submission or not short:
            raise Invalid(
                "The facts do not say which submission this is.",
                code="mapping.key_missing",
                remedy="Give submission.id in the facts.",
            )
        self._keys.add(key)
        return key, short


class _Problems:
    """Collects what goes wrong in a block, with its place, and without the value where it is sensitive."""

    def __init__(
        self,
        problems: list[Invalid],
        target: str,
        document_id: str | None,
        property_id: str | None = None,
        rule: Mapping[str, Any] | None = None,
    ) -> None:
        self.problems = problems
        self.rule = rule or {}
        self.place: dict[str, Any] = {"target": target, "document_id": document_id}
        if property_id is not None:
            self.place |= {"property": property_id, "label": self.rule.get("label") or property_id}

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Invalid):
            return False
        details = {**error.details, **self.place}
        if is_sensitive(self.rule) or "property" not in self.place:
            details.pop("value", None)
        self.problems.append(Invalid(error.sentence, code=error.code, remedy=error.remedy, **details))
        return True
