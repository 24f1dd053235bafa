"""What is on the platform and what happened there, for tests and for people."""

from __future__ import annotations

from collections import Counter
from typing import Any

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.model import Case, Destination, Parcel
from caseway.rails.fit_connect.simulator.platform import Platform


def counts(platform: Platform) -> dict[str, Any]:
    """Return effects so far, and submissions and replies by status."""
    with platform.store.lock:
        parcels = list(platform.store.parcels.values())
        events = Counter(event.name for case in platform.store.cases.values() for event in case.events)
    by_status: dict[str, Counter[str]] = {"submission": Counter(), "reply": Counter()}
    for parcel in parcels:
        by_status[parcel.kind][parcel.status] += 1
    return {
        "submissions": dict(sorted(by_status["submission"].items())),
        "replies": dict(sorted(by_status["reply"].items())),
        "cases": len(platform.store.cases),
        "events": dict(sorted(events.items())),
        "effects": dict(sorted(platform.counted.items())),
        "tokens": platform.login.issued,
        "callbacks": dict(Counter(f"{item.kind} {item.status}" for item in list(platform.caller.sent))),
        "callbacksWaiting": platform.caller.waiting(),
        "handedOver": sum(parcel.submitted is not None for parcel in parcels if parcel.kind == "submission"),
        "doubled": _doubled(parcels),
        "bytes": sum(parcel.size() for parcel in parcels),
    }


def describe(platform: Platform) -> dict[str, Any]:
    """Return everything but secrets and contents."""
    with platform.store.lock:
        return {
            "time": platform.store.clock.now().isoformat(),
            "destinations": [describe_destination(d) for d in platform.store.destinations.values()],
            "clients": [
                {"id": c.id, "kind": c.kind, "name": c.name, "destinations": c.destinations}
                for c in platform.store.clients.values()
            ],
            "cases": [describe_case(case) for case in platform.store.cases.values()],
            "parcels": [describe_parcel(parcel) for parcel in platform.store.parcels.values()],
            "callbacks": platform.caller.describe(),
        }


def describe_destination(destination: Destination) -> dict[str, Any]:
    """Return a destination without the secret of its callback."""
    return {
        "destinationId": destination.id,
        "name": destination.name,
        "status": destination.status,
        "services": destination.services,
        "metadataVersions": destination.metadata_versions,
        "encryptionKid": destination.encryption_kid,
        "kids": list(destination.keys),
        "callback": destination.callback.url if destination.callback else None,
    }


def describe_case(case: Case) -> dict[str, Any]:
    """Return a case with the names and claims of its events."""
    return {
        "caseId": case.id,
        "destinationId": case.destination_id,
        "client": case.client,
        "events": [
            {"name": event.name, "sub": event.subject, "claims": jose.header_and_claims(event.jws)[1]}
            for event in case.events
        ],
    }


def describe_parcel(parcel: Parcel) -> dict[str, Any]:
    """Return a submission or reply without its contents."""
    return {
        "id": parcel.id,
        "kind": parcel.kind,
        "caseId": parcel.case_id,
        "destinationId": parcel.destination_id,
        "version": parcel.version,
        "status": parcel.status,
        "author": parcel.author,
        "service": parcel.service,
        "region": parcel.region,
        "announced": parcel.announced,
        "attachments": {key: part.size for key, part in parcel.attachments.items()},
        "tags": parcel.tags(),
        "kids": sorted({str(part.header.get("kid")) for part in _parts(parcel)}),
        "size": parcel.size(),
    }


def _doubled(parcels: list[Parcel]) -> int:
    """Count what was handed over again: contents are opaque, but attachment ids are the sender's own."""
    handed = Counter(tuple(sorted(p.announced)) for p in parcels if p.submitted is not None and p.announced)
    return sum(number - 1 for number in handed.values())


def _parts(parcel: Parcel) -> list[Any]:
    return [part for part in (parcel.metadata, parcel.data, *parcel.attachments.values()) if part is not None]
