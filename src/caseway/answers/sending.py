"""Answering the applicant of a case: accepted durably like anything else, and owed to one way or to none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.answers.applications import application_of, channel_of, reply_of
from caseway.answers.ways import way_for
from caseway.cases.queries import case as find_case
from caseway.core.errors import Invalid
from caseway.delivery.occasion import origin_of
from caseway.intake.data import (
    CaseKey,
    DocumentData,
    Form,
    Message,
    Provenance,
    ReplyWish,
    Service,
    SubmissionData,
)
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.intake.receive import Received, receive_submission
from caseway.intake.text import Line, Paragraphs

WORDS = "structured"  # the part that carries the words of an answer as data


class _Said(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)

    subject: Annotated[str, Line(300, 1)]
    body: Annotated[str, Paragraphs(100_000)]


def answer_case(
    actor: Actor,
    case_id: UUID,
    subject: str,
    body: str,
    files: Iterable[IncomingFile],
    idempotency_key: str,
    *,
    to: ReplyWish | None = None,
    documents: Sequence[DocumentData] = (),
) -> Received:
    """Answer the applicant of a case: by the way they chose, or as they have said meanwhile (`to`).

    The answer is durable when this returns; where no way is connected it stays on the case, and
    `answer.not_connected` says so. The same key again gets the first answer. Raises `Invalid`
    (`answer.invalid`, with a sentence for each field, and what `receive_submission` raises), `Conflict`
    (`answer.nothing_to_answer`, `case.read_only`), `NotFound` (`case.not_found`) and `NotPermitted`.
    """
    require(actor, "answers.send")
    said = _said(subject, body)
    with scope(actor.organisation_id):
        application = application_of(find_case(_trusted(actor), case_id).id)
        reply = to.model_dump() if to and to.channel else reply_of(application)
        way = way_for(application, reply)
        as_data = way is not None and bool(origin_of(application.case_id, way.connection_id))
    data = _data(application, said, reply, to, documents)
    received = receive_submission(
        _trusted(actor),
        data,
        _with_words(files, said, documents) if as_data else files,
        idempotency_key,
        Provenance({}, reply),
    )
    if received.created:
        _write_down(actor, received.submission, connected=way is not None)
    return received


def _said(subject: str, body: str) -> _Said:
    try:
        said = _Said(subject=subject, body=body.replace("\r\n", "\n"))
    except ValidationError as error:
        raise _invalid({str(one["loc"][0]): one["msg"] for one in error.errors()}) from error
    if not said.body.strip():
        raise _invalid({"body": "An answer says something."})
    return said


def _invalid(fields: dict[str, str]) -> Invalid:
    return Invalid(
        "Some of this cannot be sent as an answer.",
        code="answer.invalid",
        remedy="Correct the fields named.",
        fields=fields,
    )


def _data(
    application: Submission,
    said: _Said,
    reply: dict[str, str],
    to: ReplyWish | None,
    documents: Sequence[DocumentData],
) -> SubmissionData:
    return SubmissionData(
        kind="answer",
        form=Form(id=application.form_id, name=application.form_name, version=application.form_version),
        service=Service(
            id=application.service_id, name=application.service_name, leika_id=application.leika_id
        ),
        channel=channel_of(reply),
        case=CaseKey(reference=application.case.reference),
        message=Message(subject=said.subject, body=said.body, direction="out"),
        region=application.region,
        reply=to,
        documents=tuple(documents),
        test=application.test,
    )


def _with_words(
    files: Iterable[IncomingFile], said: _Said, documents: Sequence[DocumentData]
) -> Iterator[IncomingFile]:
    """An answer over the connection the application came by carries its words as data, or a file as such."""
    given = any(one.role == "structured" for one in documents)
    for file in files:
        given = given or file.part == WORDS
        yield file
    if not given:
        content = json.dumps(said.model_dump(), ensure_ascii=False).encode()
        yield IncomingFile(WORDS, "answer.json", "application/json", [content])


def _trusted(actor: Actor) -> Actor:
    """Who may answer may do what answering needs; it is still they who did it."""
    return replace(actor, kind="system")


def _write_down(actor: Actor, answer: Submission, *, connected: bool) -> None:
    with scope(actor.organisation_id):
        audit.record(
            actor,
            "answers.send",
            "submission",
            answer.id,
            person=answer.reply.get("address") or None,
            case=answer.case.reference,
            channel=answer.channel,
            connected=connected,
        )
