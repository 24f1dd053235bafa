"""One organisation with a DMS, a mapping and a route; submissions for it; and what became of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.core.clock import now
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import Connection, Delivery, DeliveryState, Receipt, Step
from caseway.delivery.routes import RouteDraft, save_route
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.mapping.publishing import bind, publish, save_draft
from caseway.testing.harness_hub import QUICK, Hub

PAPERS = 2
"""Files of one submission; with the case folder its delivery has one step more."""

_AUFTRAG = {"label": "Auftrag-ID", "value": {"property": "submission.id"}, "required": True}


def mapping(mapping_id: str = "alles") -> dict[str, Any]:
    """Return a mapping for everything: a folder, and below it each paper, known again by path and query."""

    def paper(kind: str, name: str) -> dict[str, Any]:
        return {
            "type": "DPORT",
            "parent": {"target": "case"},
            "name": {"template": name},
            "properties": {"355": _AUFTRAG, "362": {"label": "Dokumenttyp", "value": {"const": kind}}},
        }

    return {
        "apiVersion": "caseway/mapping/v1",
        "kind": "DmsMapping",
        "id": mapping_id,
        "version": 1,
        "title": "Everything",
        "timezone": "Europe/Berlin",
        "idempotency": {
            "strategy": ["path", "query"],
            "keyProperty": "355",
            "secondaryType": "hub:filing",
            "nameSuffix": "hash8",
        },
        "targets": {
            "case": {
                "type": "D_AKTE",
                "parent": {"path": "/Onlineantraege"},
                "name": {"template": "{submission.reference} {service.name}"},
                "properties": {
                    "355": _AUFTRAG,
                    "304": {"label": "Dienstleistung-ID", "value": {"property": "service.id"}},
                },
            },
            "application": paper("DOC01", "Antrag {submission.reference}.pdf"),
            "attachment": paper("DOC02", "{document.index} {document.filename}"),
        },
    }


@dataclass(frozen=True)
class Count:
    """What became of everything, counted on both sides. `said` are receipts of objects that are not there."""

    accepted: int
    delivered: int
    steps: int
    receipts: int
    folders: int
    documents: int
    doubled: int = 0
    missing: int = 0
    foreign: int = 0
    said: int = 0

    @staticmethod
    def perfect(submissions: int) -> Count:
        """Return what must come out: each thing once."""
        steps = submissions * (PAPERS + 1)
        return Count(submissions, submissions, steps, steps, submissions, submissions * PAPERS)


class Dms(Protocol):
    """A DMS that can be counted, whether it runs in a process of its own or in this one."""

    @property
    def url(self) -> str: ...
    def objects(self) -> list[dict[str, Any]]: ...
    def doubled(self) -> int: ...


SomeDms = TypeVar("SomeDms", bound=Dms)


@dataclass(frozen=True)
class World(Hub, Generic[SomeDms]):
    """An organisation that files into one DMS."""

    connection: Connection
    dms: SomeDms

    def submission(self, number: int) -> tuple[SubmissionData, Iterable[IncomingFile]]:
        data, files = a_submission(self.organisation.slug, number)
        return data, [IncomingFile(part, f"{part}.pdf", "application/pdf", [body]) for part, body in files]

    def count(self) -> Count:
        """Count our rows, and what lies in the DMS."""
        there = self.dms.objects()
        ids = {one["id"] for one in there}
        contents = Counter(one["sha256"] for one in there if one["base"] == "cmis:document")
        with scope(self.organisation.id):
            wanted = Counter(Rendition.objects.values_list("sha256", flat=True))
            receipts = list(Receipt.objects.values_list("remote_id", flat=True))
            return Count(
                accepted=Submission.objects.count(),
                delivered=Delivery.objects.filter(state=DeliveryState.DELIVERED).count(),
                steps=Step.objects.filter(state=Step.State.DONE).count(),
                receipts=len(set(receipts)),
                folders=sum(one["base"] == "cmis:folder" for one in there),
                documents=contents.total(),
                doubled=self.dms.doubled(),
                missing=(wanted - contents).total(),
                foreign=(contents - wanted).total(),
                said=len(set(receipts) - ids),
            )


def a_world(
    slug: str,
    dms: SomeDms,
    *,
    concurrency: int = 16,
    retry: Mapping[str, Any] | None = QUICK,
    **settings: Any,
) -> World[SomeDms]:
    """Make an organisation that files everything into a DMS, through the use cases a person would use."""
    organisation = Organisation.objects.create(slug=slug, name=f"Gemeinde {slug}", country="DE")
    actor = system(organisation.id)
    values = {
        "service_url": f"{dms.url}/cmis/browser",
        "login": "none",
        "concurrency": concurrency,
        **settings,
    }
    draft = ConnectionDraft("dms", "DMS", "cmis", "sandbox", values)
    connection = save_connection(actor, draft)
    with scope(organisation.id):
        save_draft(actor, mapping())
        bind(actor, publish(actor, "alles"), form_id="", connection_slug="dms", valid_from=now())
        Connection.objects.filter(id=connection.id).update(retry=retry)
    save_route(actor, RouteDraft(name="Everything", connection="dms"))
    return World(organisation, connection, dms)


def a_submission(world: str, number: int) -> tuple[SubmissionData, Iterable[tuple[str, bytes]]]:
    """Return one submission and its files; no two have a content in common."""
    documents = [{"part": "application", "role": "application"}, {"part": "proof", "role": "attachment"}]
    said: Mapping[str, Any] = {
        "form": {"id": "bewohnerparkausweis", "name": "Bewohnerparkausweis"},
        "service": {"id": "99088001080000", "name": "Bewohnerparkausweis"},
        "documents": documents,
    }
    files = [(one["part"], f"%PDF-1.7\n% {world} {number} {one['part']}\n".encode()) for one in documents]
    return SubmissionData.model_validate_json(json.dumps(said)), files
