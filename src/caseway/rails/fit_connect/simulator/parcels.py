"""What submissions and replies have in common: announced, filled, handed over, fetched."""

from __future__ import annotations

import re
import uuid
from typing import Any

from caseway.rails.fit_connect.simulator import events, jwe, notices
from caseway.rails.fit_connect.simulator.call import Call, uuid_of
from caseway.rails.fit_connect.simulator.model import Callback, Case, Kind, Parcel, Part
from caseway.rails.fit_connect.simulator.problem import (
    Problem,
    bad_request,
    conflict,
    forbidden,
    not_found,
    too_large,
    unprocessable,
)

FETCHABLE = ("submitted", "forwarded")
_JWE = re.compile(r"[a-zA-Z0-9\-_=.]+", re.ASCII)


def open_parcel(call: Call, kind: Kind, case: Case, **more: Any) -> Parcel:
    """Begin a submission or a reply in a case; the log says so."""
    parcel = Parcel(
        id=str(uuid.uuid4()),
        kind=kind,
        case_id=case.id,
        destination_id=case.destination_id,
        version=call.version,
        author=call.caller().id,
        sent_by="sender" if kind == "submission" else "subscriber",
        created=call.platform.store.clock.seconds(),
        **more,
    )
    call.platform.store.save(parcel)
    events.record(call.platform, parcel, f"create-{kind}")
    call.platform.deadlines.watch(parcel)
    call.platform.tally(f"{kind}_created")
    call.note.name = parcel.id
    return parcel


def parcel_of(call: Call) -> Parcel:
    """Return the submission or reply a path names. Raises 400 or 404."""
    kind = "reply" if "replyId" in call.parameters else "submission"
    parcel = call.platform.store.parcels.get(call.uuid(f"{kind}Id"))
    if parcel is None or parcel.kind != kind:
        raise not_found(kind)
    call.names.append(parcel.destination_id)
    return parcel


def for_author(call: Call) -> Parcel:
    """Return a parcel that the caller made. Raises 403 or 404."""
    parcel = parcel_of(call)
    if parcel.author != call.caller().id:
        raise forbidden(f"The {parcel.kind} is another client's.")
    if parcel.status == "deleted":
        raise not_found(parcel.kind)
    return parcel


def for_receiver(call: Call) -> Parcel:
    """Return a parcel that the caller may fetch now. Raises 403, or 404 unless it is ready."""
    parcel = parcel_of(call)
    if not call.platform.receives(call.caller(), parcel):
        raise forbidden("Connect the client and the destination in the portal.")
    if parcel.status not in FETCHABLE:
        raise not_found(parcel.kind)
    return parcel


def announced(call: Call, data: dict[str, Any]) -> list[str]:
    """Return the announced attachments. Raises 400 or 413."""
    found = [uuid_of(item, "announcedAttachments") for item in data["announcedAttachments"]]
    if len(set(found)) != len(found):
        raise bad_request("announcedAttachments has an id twice.")
    if len(found) > call.platform.options.attachments_limit:
        raise too_large(f"At most {call.platform.options.attachments_limit} attachments.")
    return found


def callback_of(call: Call, data: Any) -> Callback | None:
    """Return the callback of a body (schema CreateCallback). Raises 400."""
    if data is None:
        return None
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("url"), str)
        or not isinstance(data.get("secret"), str)
    ):
        raise bad_request("A callback has a url and a secret.")
    allowed = ("https://", "http://127.0.0.1", "http://localhost")
    if not data["url"].startswith(allowed if call.platform.options.allow_http_callbacks else "https://"):
        raise bad_request("The URL of a callback begins with https://.")
    if not 32 <= len(data["secret"]) <= 512:
        raise bad_request("The secret of a callback has 32 to 512 characters.")
    return Callback(data["url"], data["secret"])


def hand_over(call: Call) -> Parcel:
    """Take metadata and data; from now on the other side may fetch. Raises 4xx."""
    parcel = for_author(call)
    data = call.json({"encryptedMetadata": str})
    texts = _texts(call, parcel, data)
    parts = {name: _keep(call, parcel, name, text) for name, text in texts.items()}
    with call.platform.store.lock:
        _ready(call, parcel)
        _check_total(call, parcel, parts)
        lag = call.fault("lag")
        parcel.metadata, parcel.data = parts["metadata"], parts.get("data")
        parcel.status, parcel.submitted = "submitted", call.platform.store.clock.seconds()
        parcel.hidden_reads = int(lag.parameters["reads"]) if lag else 0
        call.platform.store.save(parcel)
        events.record(call.platform, parcel, f"submit-{parcel.kind}", events.tags(parcel))
        if parcel.kind == "submission" and call.platform.options.notify == "submit":
            notices.notify(call.platform, parcel)
    notices.submitted(call.platform, parcel)
    call.platform.deadlines.watch(parcel)
    call.platform.tally(f"{parcel.kind}_submitted")
    return parcel


def encrypted(call: Call, parcel: Parcel) -> dict[str, str]:
    """Return the two JWEs of a parcel."""
    store = call.platform.store
    shown = {"encryptedMetadata": store.path(parcel, "metadata").read_text()}
    if parcel.data is not None:
        text = store.path(parcel, "data").read_text()
        if call.fault("tamper_data"):
            place = jwe.weak_spot(text.encode())
            text = text[:place] + events.flipped(text[place:])
        shown["encryptedData"] = text
    return shown


def listed(call: Call, kind: str) -> list[Parcel]:
    """Return what the caller may fetch, oldest first; what lags behind is not there yet."""
    found = []
    with call.platform.store.lock:
        for parcel in call.platform.store.waiting(kind):
            if not call.platform.receives(call.caller(), parcel):
                continue
            if parcel.hidden_reads:
                parcel.hidden_reads -= 1
                continue
            found.append(parcel)
    return found


def _texts(call: Call, parcel: Parcel, data: dict[str, Any]) -> dict[str, str]:
    texts = {"metadata": data["encryptedMetadata"]}
    if data.get("encryptedData") is not None:
        texts["data"] = data["encryptedData"]
    elif call.version == "v2":
        raise unprocessable("missing-data", "encryptedData is missing", "encryptedData is mandatory.")
    for name, text in texts.items():
        if not isinstance(text, str) or not _JWE.fullmatch(text):
            raise jwe.wrong(f"The JWE of {name} has other characters than a compact JWE.")
    return texts


def _keep(call: Call, parcel: Parcel, name: str, text: str) -> Part:
    """Check one JWE of the body and put it where it lies when the parcel is handed over."""
    options = call.platform.options
    path = call.platform.store.new_file(parcel)
    try:
        sink = jwe.Sink(path, options.body_limit)
        pieces = iter([text.encode(), b""])
        sink.fill(lambda size: next(pieces))
        part = sink.part(options)
        jwe.check_header(part, name, call.version, options)
        _refuse_old_key(call, parcel, part)
        with call.platform.store.lock:
            _ready(call, parcel)
            path.replace(call.platform.store.path(parcel, name))
    finally:
        path.unlink(missing_ok=True)
    return part


def _check_total(call: Call, parcel: Parcel, parts: dict[str, Part]) -> None:
    total = sum(part.size for part in (*parcel.attachments.values(), *parts.values()))
    if total > call.platform.options.total_limit:
        raise too_large(f"At most {call.platform.options.total_limit} bytes in all.")


def _refuse_old_key(call: Call, parcel: Parcel, part: Part) -> None:
    kid = part.header.get("kid")
    if (parcel.destination_id, kid) in call.platform.refused_kids:
        raise unprocessable("unknown-key", "Unknown encryption key", "The key has been replaced.")


def _ready(call: Call, parcel: Parcel) -> None:
    if parcel.status != "incomplete":
        raise _again(call, parcel)
    missing = [key for key in parcel.announced if key not in parcel.attachments]
    if missing:
        raise unprocessable(
            f"{parcel.kind}-incomplete",
            "Announced attachments are missing",
            f"{len(missing)} announced attachments have not been uploaded.",
        )


def _again(call: Call, parcel: Parcel) -> Problem:
    status = call.platform.options.resubmit_status
    if status == 409:
        return conflict(f"The {parcel.kind} is {parcel.status}.")
    return Problem(status, f"{parcel.kind}-not-incomplete", "Not incomplete", f"It is {parcel.status}.")
