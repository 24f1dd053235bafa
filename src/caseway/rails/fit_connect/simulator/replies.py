"""Replies: made by a subscriber in a case, fetched by the sender that opened it (facts 6)."""

from __future__ import annotations

from typing import Any

from caseway.rails.fit_connect.simulator.call import Call, paged, uuid_of
from caseway.rails.fit_connect.simulator.model import Parcel
from caseway.rails.fit_connect.simulator.parcels import (
    announced,
    encrypted,
    for_receiver,
    hand_over,
    listed,
    open_parcel,
)
from caseway.rails.fit_connect.simulator.problem import forbidden, not_found, unprocessable
from caseway.testing.simulator import Response, json_response


def create(call: Call) -> Response:
    """POST replies: answer in a case that has something submitted. 201."""
    data = call.json({"caseId": str, "announcedAttachments": list})
    files = announced(call, data)
    with call.platform.store.lock:
        case = call.platform.store.cases.get(uuid_of(data["caseId"], "caseId"))
        if case is None:
            raise not_found("case")
        if not call.platform.serves(call.caller(), case.destination_id):
            raise forbidden("The client does not serve the destination of this case.")
        submissions = [p for p in call.platform.store.in_case(case.id) if p.kind == "submission"]
        if all(parcel.submitted is None for parcel in submissions):
            raise unprocessable(
                "case-without-submission", "Nothing submitted", "There is nothing to reply to."
            )
        parcel = open_parcel(call, "reply", case, announced=files)
    return json_response(_short(parcel), 201, [("Location", f"/{call.version}/replies/{parcel.id}")])


def submit(call: Call) -> Response:
    """PUT reply. 202 in v1, 200 in v2."""
    parcel = hand_over(call)
    return json_response(_reduced(parcel), 202 if call.version == "v1" else 200)


def pickup(call: Call) -> Response:
    """GET replies: what is ready for the caller; `caseId` asks for one case only."""
    offset, limit = call.page()
    wanted = call.request.query.get("caseId")
    case_id = None if wanted is None else uuid_of(wanted, "caseId")
    shown = [_short(parcel) for parcel in listed(call, "reply") if case_id in (None, parcel.case_id)]
    return json_response(paged(shown, offset, limit, "replies"))


def fetch(call: Call) -> Response:
    """GET reply, for the side that shall receive it."""
    parcel = for_receiver(call)
    call.platform.tally("reply_fetched")
    return json_response({**_reduced(parcel), **encrypted(call, parcel)})


def _short(parcel: Parcel) -> dict[str, Any]:
    return {"destinationId": parcel.destination_id, "replyId": parcel.id, "caseId": parcel.case_id}


def _reduced(parcel: Parcel) -> dict[str, Any]:
    return {**_short(parcel), "attachments": [key for key in parcel.announced if key in parcel.attachments]}
