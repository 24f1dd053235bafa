"""Small mappings, facts and documents for the tests of the language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from caseway.mapping.facts import DocumentFacts, Facts
from caseway.mapping.render import render
from caseway.mapping.rendered import RenderedProperty
from caseway.mapping.resolve import Find, resolve

XML = b"""<antrag xmlns="urn:example:hundesteuer:1">
  <halter><nachname>Mustermann</nachname></halter>
  <hund><seit>2026-11-01</seit><gefaehrlich>Nein</gefaehrlich><rasse>labrador</rasse><rasse>dackel</rasse></hund>
  <gebuehr>1.212,50</gebuehr>
</antrag>"""

VALUES: dict[str, Any] = {
    "submission.id": "sub-1",
    "submission.reference": "S-8F3KQ2ZT",
    "submission.receivedAt": datetime(2026, 11, 16, 13, 3, tzinfo=UTC),
    "case.id": "case-1",
    "service.id": "hundesteuer",
    "service.name": "Hundesteuer anmelden",
    "applicant.givenName": "Erika",
    "applicant.familyName": "Mustermann",
}

APPLICATION = DocumentFacts("doc-1", "application", 1, "Antrag.pdf", "application/pdf", 100)
STRUCTURED = DocumentFacts("doc-2", "structured", 2, "antrag.xml", "application/xml", 200)
ATTACHMENT = DocumentFacts("doc-3", "attachment", 3, "Impfpass.pdf", "application/pdf", 300)
MESSAGE = DocumentFacts("doc-4", "message", 4, "Nachricht.txt", "text/plain", 20)


def mapping(targets: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a written mapping; without targets, one bare case file."""
    head = {"apiVersion": "caseway/mapping/v1", "kind": "DmsMapping", "id": "test", "version": 1}
    return {**head, "targets": {"case": {}} if targets is None else dict(targets), **more}


def finder(*documents: Mapping[str, Any]) -> Find:
    """Return a `find` over a few published mappings."""
    published = {(document["id"], document["version"]): document for document in documents}
    return lambda mapping_id, version: published.get((mapping_id, version))


def resolved(targets: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a resolved mapping that extends nothing."""
    return resolve(mapping(targets, **more), finder())


def facts(xml: bytes | None = None, json: Any = None, **values: Any) -> Facts:
    """Return the facts of one submission; `applicant_email=…` sets `applicant.email`."""
    more = {name.replace("_", ".", 1): value for name, value in values.items()}
    return Facts({**VALUES, **more}, xml=xml, json=json)


def field(
    rule: Mapping[str, Any],
    *,
    of: Facts | None = None,
    definition: Mapping[str, Any] | None = None,
    **more: Any,
) -> RenderedProperty | None:
    """Render one property with the id 7 of a case file, and return it."""
    types = None
    if definition is not None:
        types = {
            "cmis:folder": {"id": "cmis:folder", "propertyDefinitions": {"7": {"id": "7", **definition}}}
        }
    document = resolved({"case": {"properties": {"7": dict(rule)}}}, **more)
    return render(document, of or facts(), [], types).targets[0].find("7")


def value(rule: Mapping[str, Any], **more: Any) -> Any:
    """Render one property and return its value."""
    found = field(rule, **more)
    assert found is not None, "the property was left out"
    return found.value
