"""Filling a document that exists: whole, or in pieces that can be taken up again where they stopped."""

from __future__ import annotations

from caseway.core.errors import Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.errors import UpdateConflict
from caseway.rails.cmis.identity import Likeness, compare
from caseway.rails.cmis.multipart import Content
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import Target
from caseway.rails.contract import Document, Step

TRIES = 3
_NOTHING_TO_APPEND_TO = ("cmis.constraint", "cmis.not_supported", "cmis.invalid_argument")


def content_of(document: Document | None, target: Target) -> Content | None:
    """Return what goes into the request. Raises `Refused` when the document is not at hand."""
    facts = target.content
    if facts is None:
        return None
    if document is None:
        raise Refused(
            "The content of the document is no longer kept here.",
            code="cmis.content_missing",
            remedy="Check the retention of documents; the step cannot be sent without it.",
        )
    return Content(facts.filename, facts.media_type, facts.size, document.open)


def fill(session: Session, there: CmisObject, target: Target, step: Step, *, in_pieces: bool) -> CmisObject:
    """Put the content into a document that is empty or holds a part of it; return the document as it is then.

    The change token goes along, so that a repeated request changes nothing. Raises `UpdateConflict` when
    somebody else keeps changing the document.
    """
    content = content_of(step.document, target)
    assert content is not None
    for _ in range(TRIES):
        try:
            if in_pieces:
                return _append(session, there, content, step)
            return _fresh(session, session.client.set_content(there.id, content, there.change_token))
        except UpdateConflict as error:
            conflict = error
            there = session.client.object(there.id)
            if not in_pieces and there.length == content.size:
                return there  # the conflict is our own lost reply
    raise conflict


def _append(session: Session, there: CmisObject, content: Content, step: Step) -> CmisObject:
    done = _whole_part(session, there, step, content.size)
    if done is None:
        return _fresh(session, session.client.set_content(there.id, content, there.change_token))
    size = session.settings.chunk_bytes
    while done < content.size:
        step.checkpoint({**step.progress, "object_id": there.id, "bytes": done})
        piece = content.window(done, min(size, content.size - done))
        last = done + piece.size == content.size
        there = _counted(session, there, piece, _fresh(session, _put(session, there, piece, last=last)))
        done += piece.size
        if there.length != done:
            raise _lost_count(there, done)
    return there


def _put(session: Session, there: CmisObject, piece: Content, *, last: bool) -> CmisObject:
    """Append a piece; a server that appends to nothing gets the first one as the content."""
    try:
        return session.client.append_content(there.id, piece, there.change_token, last=last)
    except Refused as error:
        if there.length or last or error.code not in _NOTHING_TO_APPEND_TO:
            raise
        return session.client.set_content(there.id, piece, there.change_token)


def _counted(session: Session, before: CmisObject, piece: Content, after: CmisObject) -> CmisObject:
    """Put the first piece as the content where a server said yes to appending it and kept nothing.

    OpenCMIS 1.1.0 in memory does so with a document that has no content stream yet.
    """
    if before.length or after.length:
        return after
    return _fresh(session, session.client.set_content(after.id, piece, after.change_token))


def _whole_part(session: Session, there: CmisObject, step: Step, size: int) -> int | None:
    """Return how many bytes are there already and are ours, or None when the content must be replaced."""
    if there.length == 0:
        return 0
    if there.length >= size or step.document is None or there.length > session.settings.verify_bytes:
        # A large beginning is believed only where we noted it ourselves.
        noted = there.id == step.progress.get("object_id") and there.length >= step.progress.get("bytes", 0)
        return there.length if noted and there.length <= size else None
    likeness = compare(session.client, there.id, step.document)
    return there.length if likeness is Likeness.BEGINNING else None


def _fresh(session: Session, answer: CmisObject) -> CmisObject:
    """Return the object with length and token, asking again where the answer was thin."""
    told = answer.properties
    if told.get("cmis:contentStreamLength") is not None and told.get("cmis:changeToken") is not None:
        return answer
    return session.client.object(answer.id)


def _lost_count(there: CmisObject, expected: int) -> Refused:
    return Refused(
        "The DMS counts other bytes than were sent in pieces.",
        code="cmis.append_miscounted",
        remedy="Set the chunk size of the connection to 0, delete the document in the DMS, then retry.",
        object_id=there.id,
        length=there.length,
        expected=expected,
    )
