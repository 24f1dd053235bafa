"""Answering the applicant of a case: accepted durably like anything else, and owed to one way or to none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.answers import words
from caseway.answers.applications import application_of, channel_of, reply_of
from caseway.answers.data import AnswerData
from caseway.answers.ways import way_for
from caseway.cases.queries import case as find_case
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
    said = AnswerData.of(subject=subject, body=body, to=to, documents=tuple(documents))
    with scope(actor.organisation_id):
        application = application_of(find_case(_trusted(actor), case_id).id)
        reply = to.model_dump() if to and to.channel else reply_of(application)
        way = way_for(application, reply)
        as_data = way is not None and bool(origin_of(application.case_id, way.connection_id))
    received = receive_submission(
        _trusted(actor),
        _data(application, said, reply),
        _with_words(files, said) if as_data else files,
        idempotency_key,
        Provenance({}, reply),
    )
    if received.created:
        _write_down(actor, received.submission, connected=way is not None)
    return received


def _data(application: Submission, said: AnswerData, reply: dict[str, str]) -> SubmissionData:
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
        reply=said.to,
        documents=said.documents,
        test=application.test,
    )


def _with_words(files: Iterable[IncomingFile], said: AnswerData) -> Iterator[IncomingFile]:
    """An answer over the connection the application came by carries its words as data, or a file as such."""
    given = any(one.role == "structured" for one in said.documents)
    for file in files:
        given = given or file.part == words.PART
        yield file
    if not given:
        content = words.written(said.subject, said.body)
        yield IncomingFile(words.PART, words.FILENAME, "application/json", [content])


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
