"""Submissions: announced and handed over by a sender, listed for and fetched by a subscriber."""

from __future__ import annotations

import re
import uuid
from typing import Any

from caseway.rails.fit_connect.simulator.call import Call, paged, uuid_of
from caseway.rails.fit_connect.simulator.model import Case, Destination, Parcel
from caseway.rails.fit_connect.simulator.parcels import (
    announced,
    callback_of,
    encrypted,
    for_receiver,
    hand_over,
    listed,
    open_parcel,
)
from caseway.rails.fit_connect.simulator.problem import bad_request, forbidden, not_found, unprocessable
from caseway.testing.simulator import Response, json_response

URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9()+,.:=@;$_!*'%/?#-]+", re.ASCII)
REGION = re.compile(r"DE[0-9]{0,12}", re.ASCII)


def create(call: Call) -> Response:
    """POST submissions: open a case, or go on with one. 201."""
    field = "serviceType" if call.version == "v1" else "publicService"
    data = call.json({"destinationId": str, "announcedAttachments": list, field: dict})
    destination_id = uuid_of(data["destinationId"], "destinationId")
    call.names += [destination_id, str(data[field].get("identifier"))]
    service, files = _service(data[field], field), announced(call, data)
    callback = callback_of(call, data.get("callback"))
    region = _region(data.get("region"))
    with call.platform.store.lock:
        destination = _destination(call, destination_id, service)
        case = _case(call, data.get("caseId"), destination)
        more = {"service": service, "region": region, "callback": callback, "announced": files}
        parcel = open_parcel(call, "submission", case, **more)
    shown = {"destinationId": destination.id, "submissionId": parcel.id, "caseId": case.id}
    return json_response(shown, 201, [("Location", f"/{call.version}/submissions/{parcel.id}")])


def submit(call: Call) -> Response:
    """PUT submission. 202 in v1, 200 in v2."""
    parcel = hand_over(call)
    return json_response(_reduced(call, parcel), 202 if call.version == "v1" else 200)


def pickup(call: Call) -> Response:
    """GET submissions: what is ready for the caller's destinations."""
    offset, limit = call.page()
    wanted = call.request.query.get("destinationId")
    if wanted is not None and not call.platform.serves(call.caller(), uuid_of(wanted, "destinationId")):
        raise forbidden("The client does not serve this destination.")
    shown = [
        {"destinationId": parcel.destination_id, "submissionId": parcel.id, "caseId": parcel.case_id}
        for parcel in listed(call, "submission")
        if wanted is None or parcel.destination_id == wanted.lower()
    ]
    return json_response(paged(shown, offset, limit, "submissions"))


def fetch(call: Call) -> Response:
    """GET submission, for the receiving side, while it is submitted (or forwarded in v1)."""
    parcel = for_receiver(call)
    call.platform.tally("submission_fetched")
    return json_response({**_reduced(call, parcel), **encrypted(call, parcel)})


def _reduced(call: Call, parcel: Parcel) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "destinationId": parcel.destination_id,
        "submissionId": parcel.id,
        "caseId": parcel.case_id,
        "attachments": [key for key in parcel.announced if key in parcel.attachments],
        "serviceType" if call.version == "v1" else "publicService": parcel.service,
    }
    if call.version == "v1" and parcel.callback is not None:
        shown["callback"] = {"url": parcel.callback.url}
    if call.version == "v2" and parcel.region is not None:
        shown["region"] = parcel.region
    return shown


def _service(data: dict[str, Any], field: str) -> dict[str, Any]:
    identifier = data.get("identifier")
    if not isinstance(identifier, str) or not 7 <= len(identifier) <= 255 or not URN.fullmatch(identifier):
        raise bad_request(f"{field}.identifier is not the URN of a service.")
    texts = {name: data[name] for name in ("name", "description") if data.get(name) is not None}
    if "name" not in texts or not all(isinstance(text, str) for text in texts.values()):
        raise bad_request(f"{field}.name is missing or not a text.")
    return {**texts, "identifier": identifier}


def _region(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not REGION.fullmatch(value):
        raise bad_request("region is DE and an ARS.")
    return value


def _destination(call: Call, destination_id: str, service: dict[str, Any]) -> Destination:
    destination = call.platform.store.destinations.get(destination_id)
    if destination is None:
        raise not_found("destination")
    if destination.status != "active" or call.fault("destination_inactive"):
        raise unprocessable(
            "destination-not-active", "Destination not active", "The destination takes no submissions."
        )
    offered = {item["identifier"] for item in destination.services}
    if call.platform.options.check_service and service["identifier"] not in offered:
        raise unprocessable(
            "service-not-offered", "Service not offered", "The destination does not offer this service."
        )
    return destination


def _case(call: Call, value: object, destination: Destination) -> Case:
    client = call.caller()
    if value is None:
        case = Case(str(uuid.uuid4()), destination.id, client.id, call.version)
        call.platform.store.save(case)
        return case
    found = call.platform.store.cases.get(uuid_of(value, "caseId"))
    if found is None or found.client != client.id:
        raise not_found("case")
    if found.destination_id != destination.id:
        raise unprocessable("case-mismatch", "Another case", "The case belongs to another destination.")
    return found
