"""`POST /submissions`: one multipart request, streamed part by part into `receive_submission`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ValidationError

from caseway.api.door import actor_of
from caseway.api.multipart import BadRequest, Part, Read, boundary_of, parts
from caseway.api.problems import InvalidFields
from caseway.api.shapes import accepted_body
from caseway.configuration import configuration
from caseway.core.errors import TooLarge
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.receive import Received, checked_key, receive_submission

Described = TypeVar("Described", bound=BaseModel)
SUBMISSION_PART_BYTES = 1_000_000
"""The most bytes of the JSON part."""


def submit(request: HttpRequest) -> HttpResponse:
    """Accept a submission. No transaction is open while the sender sends.

    201 with the submission; 200 and `Idempotent-Replay: true` with the same body for the same request again.
    """
    actor = actor_of(request)
    key, incoming = opened(request)
    data = described(incoming, "submission", SubmissionData)
    return accepted(receive_submission(actor, data, files_of(incoming), key))


def opened(request: HttpRequest) -> tuple[str, Iterator[Part]]:
    """Return the idempotency key and the parts of a multipart request, read as they come in."""
    key = checked_key(request.headers.get("Idempotency-Key", ""))
    boundary = boundary_of(request.headers.get("Content-Type", ""))
    length = _content_length(request)
    return key, parts(_body(request), boundary, length, most=configuration().documents + 1)


def accepted(received: Received) -> HttpResponse:
    """Answer with what was stored, now or by the same request before."""
    response = HttpResponse(
        accepted_body(received), "application/json", status=201 if received.created else 200
    )
    response["Location"] = f"/api/v1/submissions/{received.submission.id}"
    if not received.created:
        response["Idempotent-Replay"] = "true"
    return response


def _content_length(request: HttpRequest) -> int | None:
    said = request.META.get("CONTENT_LENGTH") or ""
    if not said:
        return None if "Transfer-Encoding" in request.headers else 0
    if not said.isdecimal():
        raise BadRequest("The Content-Length is not a number.", code="request.content_length")
    if int(said) > configuration().submission_bytes:
        raise _too_large()
    return int(said)


def _body(request: HttpRequest) -> Read:
    """Return a reader of the raw body that stops at the limit, also where no length was announced."""
    read: Read = request.META["wsgi.input"].read
    most = configuration().submission_bytes
    count = 0

    def counted(size: int) -> bytes:
        nonlocal count
        chunk = read(size)
        count += len(chunk)
        if count > most:
            raise _too_large()
        return chunk

    return counted


def _too_large() -> TooLarge:
    most = configuration().submission_bytes
    return TooLarge(
        f"A submission may have {most} bytes, all parts together.",
        code="submission.too_large",
        remedy="Send fewer or smaller files, or several submissions that continue the first.",
        limit=most,
    )


def described(incoming: Iterator[Part], name: str, form: type[Described]) -> Described:
    """Return the JSON part that stands before the files. Raises `BadRequest`, `InvalidFields`."""
    first = next(incoming, None)
    if first is None or first.name != name:
        raise BadRequest(
            f"The first part is not `{name}`.",
            code="submission.part_order",
            remedy=f"Send the JSON part `{name}` first, then the files.",
        )
    content = first.read(SUBMISSION_PART_BYTES)
    _refuse_double_names(content, name)
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        raise InvalidFields(error) from None


def _refuse_double_names(content: bytes, name: str) -> None:
    """RFC 8259 leaves open which of two equal names counts; two readers would read two submissions."""
    try:
        json.loads(content, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise BadRequest(
            f"The part `{name}` is not readable JSON.",
            code="submission.json_broken",
            remedy="Send one JSON object in UTF-8, each name once (RFC 8259).",
        ) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def files_of(incoming: Iterator[Part]) -> Iterator[IncomingFile]:
    """Return the file parts behind the JSON part, each read once."""
    for part in incoming:
        if not part.name:
            raise BadRequest(
                "A file part has no name.", code="submission.part_unnamed", remedy="Name every part."
            )
        yield IncomingFile(part.name, part.filename or "", part.media_type, part.chunks)
