"""The event log over the wire: read by both parties of a case, written by the receiving side."""

from __future__ import annotations

from caseway.rails.fit_connect.simulator import events, incoming, notices
from caseway.rails.fit_connect.simulator.call import Call, paged
from caseway.rails.fit_connect.simulator.model import Case, Event
from caseway.rails.fit_connect.simulator.parcels import parcel_of
from caseway.rails.fit_connect.simulator.problem import bad_request, forbidden, not_found
from caseway.testing.simulator import Response, json_response

_SPOILING = ("tamper_tag_in_set", "wrong_set_signature", "wrong_issuer")
_TOKEN_LIMIT = 1 << 20


def case_log(call: Call) -> Response:
    """GET cases/{id}/events, oldest first."""
    return _log(call, _case(call), None)


def parcel_log(call: Call) -> Response:
    """GET submissions/{id}/events and replies/{id}/events."""
    parcel = parcel_of(call)
    case = call.platform.store.cases[parcel.case_id]
    _concerned(call, case)
    return _log(call, case, parcel.subject)


def post_event(call: Call) -> Response:
    """POST cases/{id}/events: accept, reject or forward. 204."""
    case = _case(call)
    call.content_type("application/jose")
    try:
        token = call.body(_TOKEN_LIMIT).decode("ascii").strip()
    except UnicodeDecodeError:
        raise bad_request("The body is no compact JWS.") from None
    with call.platform.store.lock:
        parcel, status, event = incoming.check(call, case, token)
        call.platform.store.log_event(case, event)
        parcel.status = status
        if status != "forwarded":
            parcel.ended = call.platform.store.clock.seconds()
            call.platform.store.remove_content(parcel)
        call.platform.store.save(parcel)
    call.platform.deadlines.watch(parcel)
    call.platform.tally(event.name)
    notices.sender_events(call.platform, parcel)
    return Response(204)


def _case(call: Call) -> Case:
    case = call.platform.store.cases.get(call.uuid("caseId"))
    if case is None:
        raise not_found("case")
    call.names.append(case.destination_id)
    _concerned(call, case)
    return case


def _concerned(call: Call, case: Case) -> None:
    if not call.platform.concerned(call.caller(), case):
        raise forbidden("The case is of other parties.")


def _log(call: Call, case: Case, subject: str | None) -> Response:
    offset, limit = call.page()
    with call.platform.store.lock:
        hidden = _hidden(call, case)
        shown = [
            event
            for event in case.events
            if (subject is None or event.subject == subject)
            and (event.subject not in hidden or event.name.startswith("create-"))
        ]
    tokens = [_token(call, event) for event in shown]
    return json_response(paged(tokens, offset, limit, "eventLog"))


def _hidden(call: Call, case: Case) -> set[str]:
    """Return the subjects whose news lag behind, and let them come one read nearer."""
    found: set[str] = set()
    for parcel in call.platform.store.in_case(case.id):
        if parcel.hidden_reads:
            parcel.hidden_reads -= 1
            found.add(parcel.subject)
    return found


def _token(call: Call, event: Event) -> str:
    for fault in call.platform.faults if len(call.platform.faults) else ():
        if fault.kind not in _SPOILING or fault.parameters["event"] not in ("", event.name):
            continue
        if call.fault(fault.kind) is not None:
            return events.spoiled(call.platform, event, fault.kind, str(fault.parameters.get("issuer", "")))
    return event.jws
