"""An organisation at one end of the FIT-Connect platform, and what became of everything, counted at both."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.following import follow_due
from caseway.delivery.keys import import_key, put_in_force
from caseway.delivery.models import Connection, Delivery, DeliveryState, Purpose, Receipt, Step
from caseway.delivery.occasion import blob_store
from caseway.delivery.routes import RouteDraft, save_route
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.rails.keys import Use
from caseway.receiving.models import Arrival
from caseway.testing.harness_hub import QUICK, Hub
from caseway.testing.harness_papers import FRAGMENT, PARTS, STEPS, as_submission, digests
from caseway.testing.harness_platform import OFFICE, SECRET, PlatformProcess

SLUG = "fit"
ACCEPTED, SUBMITTED = "accept-submission", "submit-submission"


@dataclass(frozen=True)
class HandedOver:
    """What became of what was sent. `said` are receipts of what the platform does not hold as we say."""

    accepted: int
    delivered: int
    steps: int
    receipts: int
    handed_over: int
    submissions: int
    answered: int
    doubled: int = 0
    said: int = 0
    missing: int = 0
    foreign: int = 0

    @staticmethod
    def perfect(number: int) -> HandedOver:
        """Return what must come out: each thing once."""
        steps = number * STEPS
        return HandedOver(number, number, steps, steps, number, number, number)


@dataclass(frozen=True)
class SendingHub(Hub):
    """An organisation that sends everything to the office."""

    platform: PlatformProcess

    def submission(self, number: int) -> tuple[SubmissionData, Iterable[IncomingFile]]:
        return as_submission(self.organisation.slug, number)

    def handed_over(self) -> bool:
        """Tell whether nothing waits for anything but the office's word."""
        return self.settled(but="sent")

    def hear(self) -> None:
        """Ask for the office's word on all that was sent, though it was asked a moment ago."""
        with scope(self.organisation.id):
            Delivery.objects.filter(state=DeliveryState.SENT).update(follow_at=now())
        while follow_due():
            pass

    def count(self, came: Counter[str]) -> HandedOver:
        """Count our rows, the platform's, and the contents that came to the office."""
        counts, log = self.platform.counts(), self.platform.log()
        with scope(self.organisation.id):
            numbers = range(Submission.objects.count())
            return HandedOver(
                accepted=len(numbers),
                delivered=Delivery.objects.filter(state=DeliveryState.DELIVERED).count(),
                steps=Step.objects.filter(state=Step.State.DONE).count(),
                receipts=Receipt.objects.count(),
                handed_over=counts["handedOver"],
                submissions=counts["effects"]["submission_submitted"],
                answered=sum(events.count(ACCEPTED) for events in log.values()),
                doubled=counts["doubled"],
                said=self._said(),
                missing=(digests(self.organisation.slug, numbers) - came).total(),
                foreign=(came - digests(self.organisation.slug, numbers)).total(),
            )

    def _said(self) -> int:
        held = {one["id"]: one["tags"] for one in self.platform.state()["parcels"]}
        receipts = Receipt.objects.filter(step__kind="submit")
        return sum(held.get(row.remote_id) != row.facts["tags"] for row in receipts)


@dataclass(frozen=True)
class TakenIn:
    """What became of what arrived. `early` was accepted before it was durable."""

    handed_over: int
    answered: int
    arrivals: int
    taken_in: int
    submissions: int
    answers: int
    early: int = 0
    missing: int = 0
    foreign: int = 0

    @staticmethod
    def perfect(number: int) -> TakenIn:
        """Return what must come out: each thing once."""
        return TakenIn(number, number, number, number, number, number)


@dataclass(frozen=True)
class ReceivingHub:
    """The organisation of the office. `early` gathers what it accepted before it was durable."""

    organisation: Organisation
    platform: PlatformProcess
    early: set[str] = field(default_factory=set)

    def answered(self) -> int:
        """Return how much we know to be accepted; note what is accepted there before it is durable here."""
        self.look()
        with scope(self.organisation.id):
            return _accepts().count()

    def look(self) -> None:
        """Note what is accepted there and not durable here. What is accepted is asked for first."""
        accepted = {name for name, events in self.platform.log().items() if ACCEPTED in events}
        self.early.update(accepted - self._durable())

    def _durable(self) -> set[str]:
        """Return what we hold whole, by its name there: a submission with all of its contents to be read."""
        with scope(self.organisation.id):
            kept = Submission.objects.values_list("id", "origin__remote_id")
            names: dict[UUID | None, str] = dict(kept)
            originals = Rendition.objects.filter(kind="original", document__submission_id__in=names)
            rows = list(originals.values_list("document__submission_id", "sha256", "size"))
        readable = Counter(names[name] for name, sha256, size in rows if _readable(sha256, size))
        return {name for name, number in readable.items() if number == PARTS}

    def found_by(self) -> set[str]:
        """Return the ways by which things were found."""
        with scope(self.organisation.id):
            return set(Arrival.objects.values_list("found_by", flat=True))

    def count(self, sent: Counter[str]) -> TakenIn:
        """Count our rows and the platform's, and hold the contents against those that were sent."""
        self.look()
        log = self.platform.log()
        with scope(self.organisation.id):
            kept = Counter(Rendition.objects.values_list("sha256", flat=True))
            return TakenIn(
                handed_over=sum(events.count(SUBMITTED) for events in log.values()),
                answered=sum(events.count(ACCEPTED) for events in log.values()),
                arrivals=Arrival.objects.count(),
                taken_in=Arrival.objects.filter(state=Arrival.State.TAKEN_IN).count(),
                submissions=Submission.objects.count(),
                answers=_accepts().count(),
                early=len(self.early),
                missing=(sent - kept).total(),
                foreign=(kept - sent).total(),
            )


def _accepts() -> QuerySet[Delivery]:
    return Delivery.objects.filter(purpose=Purpose.ACCEPT, state=DeliveryState.DELIVERED)


def _readable(sha256: str, size: int) -> bool:
    try:
        with blob_store().open(sha256) as stream:
            return stream.seek(0, 2) == size
    except CasewayError:
        return False


def a_sending_hub(slug: str, platform: PlatformProcess) -> SendingHub:
    """Make an organisation that sends everything to the office, by the use cases a person would use."""
    organisation = _an_organisation(slug)
    who = {"client_id": "demo-sender", "client_secret": "demo-sender-secret", "roles": "send"}
    how = {"addressing": "fixed", "destination_id": OFFICE, "fragment_bytes": FRAGMENT}
    _connect(system(organisation.id), platform.settings(**who, **how))
    save_route(system(organisation.id), RouteDraft(name="Everything", connection=SLUG))
    return SendingHub(organisation, platform)


def a_receiving_hub(slug: str, platform: PlatformProcess, door: str) -> ReceivingHub:
    """Make the organisation of the office; `door` is where the platform calls it back."""
    organisation = _an_organisation(slug)
    actor = system(organisation.id)
    who = {"client_id": "demo-subscriber", "client_secret": "demo-subscriber-secret", "roles": "receive"}
    how = {"receive_destinations": [OFFICE], "poll_seconds": 10, "callback_secret": SECRET}
    _connect(actor, platform.settings(**who, **how))
    for jwk in platform.office_keys():
        use: Use = "sign" if "sign" in jwk["key_ops"] else "decrypt"
        put_in_force(actor, SLUG, import_key(actor, SLUG, use, json.dumps(jwk)).kid)
    platform.call_back_to(f"{door}/callbacks/{organisation.slug}/{SLUG}")
    return ReceivingHub(organisation, platform)


def _an_organisation(slug: str) -> Organisation:
    return Organisation.objects.create(slug=slug, name=f"Gemeinde {slug}", country="DE")


def _connect(actor: Actor, settings: dict[str, Any]) -> None:
    draft = ConnectionDraft(SLUG, "FIT-Connect", "fit_connect", "sandbox", {**settings, "concurrency": 8})
    connection = save_connection(actor, draft)
    with scope(actor.organisation_id):
        Connection.objects.filter(id=connection.id).update(retry=QUICK)
