"""Attachments up and down, as streams of bounded memory (OpenAPI: add and get submission attachment)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from caseway.rails.fit_connect.simulator import jwe
from caseway.rails.fit_connect.simulator.call import Call
from caseway.rails.fit_connect.simulator.model import Parcel, Part
from caseway.rails.fit_connect.simulator.parcels import for_author, for_receiver
from caseway.rails.fit_connect.simulator.problem import (
    not_found,
    too_large,
    unauthorized,
    unprocessable,
)
from caseway.testing.simulator import Hangup, Response

MEDIA_TYPE = "application/jose"


def put_attachment(call: Call) -> Response:
    """Take one attachment, new or again. 204."""
    call.content_type(MEDIA_TYPE)
    parcel, attachment_id = for_author(call), call.uuid("attachmentId")
    _may_come(call, parcel, attachment_id)
    path = call.platform.store.new_file(parcel)
    try:
        sink = jwe.Sink(path, call.platform.options.attachment_limit)
        sink.fill(call.request.read, _disturbance(call))
        part = sink.part(call.platform.options)
        jwe.check_header(part, "attachment", call.version, call.platform.options)
        with call.platform.store.lock:
            _may_come(call, parcel, attachment_id)
            _check_total(call, parcel, attachment_id, part)
            path.replace(call.platform.store.path(parcel, attachment_id))
            parcel.attachments[attachment_id] = part
            call.platform.store.save(parcel)
    finally:
        path.unlink(missing_ok=True)
    call.platform.tally("attachments_uploaded")
    call.platform.tally("bytes_uploaded", part.size)
    return Response(204)


def get_attachment(call: Call) -> Response:
    """Give one attachment to the receiving side."""
    parcel, attachment_id = for_receiver(call), call.uuid("attachmentId")
    part = parcel.attachments.get(attachment_id)
    if part is None:
        raise not_found("attachment")
    path = call.platform.store.path(parcel, attachment_id)
    flip = None
    if call.fault("tamper_attachment"):
        with path.open("rb") as file:
            flip = jwe.weak_spot(file.read(jwe.CHUNK))
    cut = call.fault("truncate_download")
    stream: Iterator[bytes] = jwe.chunks(path, flip_at=flip)
    if cut is not None:
        stream = _cut(stream, int(part.size * cut.parameters["percent"] / 100))
    call.platform.tally("attachments_downloaded")
    return Response(200, [("Content-Type", MEDIA_TYPE)], stream, part.size)


def _may_come(call: Call, parcel: Parcel, attachment_id: str) -> None:
    if parcel.status != "incomplete":
        raise unprocessable(
            f"{parcel.kind}-not-incomplete", "Not incomplete", f"The {parcel.kind} is {parcel.status}."
        )
    if attachment_id not in parcel.announced:
        raise unprocessable(
            "attachment-not-announced", "Attachment not announced", "Upload under the announced UUIDs."
        )
    if (call.request.content_length or 0) > call.platform.options.attachment_limit:
        raise too_large(f"At most {call.platform.options.attachment_limit} bytes an attachment.")


def _check_total(call: Call, parcel: Parcel, attachment_id: str, part: Part) -> None:
    before = parcel.attachments.get(attachment_id)
    total = parcel.size() - (before.size if before else 0) + part.size
    if total > call.platform.options.total_limit:
        raise too_large(f"At most {call.platform.options.total_limit} bytes in all.")


def _disturbance(call: Call) -> Callable[[int], None] | None:
    """Return what goes wrong in the middle of an upload."""
    announced = call.request.content_length or 0
    cut, expired = call.fault("drop_upload_at"), call.fault("token_expired_mid_upload")
    if cut is None and expired is None:
        return None
    share = cut.parameters["percent"] / 100 if cut is not None else 0.5
    least = int(announced * share)

    def grows(size: int) -> None:
        if size < least:
            return
        if expired is not None:
            call.platform.login.revoke(call.request)
            raise unauthorized("The access token expired.")
        raise Hangup

    return grows


def _cut(stream: Iterator[bytes], size: int) -> Iterator[bytes]:
    left = size
    for chunk in stream:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            raise Hangup
