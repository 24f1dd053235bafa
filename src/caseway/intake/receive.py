"""The one way in: blobs first, then one transaction, then the answer.

What is promised when `receive_submission` returns: contents and rows are on disk, what is owed because of
them is owed, and the same request again gets the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError
from django.db.models import QuerySet

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.core.errors import Conflict, Invalid, Unavailable
from caseway.intake.content_hash import content_hash
from caseway.intake.data import Provenance, SubmissionData
from caseway.intake.files import IncomingFile, StoredFile, store_files
from caseway.intake.models import Submission
from caseway.intake.storing import KeyKnown, store
from caseway.testing import crash

_TRIES = 5  # a try is lost only to another request that stored the same key, case or reference first


@dataclass(frozen=True)
class Received:
    """What became of a request: the submission with its files, and whether this request made it."""

    submission: Submission
    renditions: Sequence[Rendition]
    created: bool


def receive_submission(
    actor: Actor,
    data: SubmissionData,
    files: Iterable[IncomingFile],
    idempotency_key: str,
    provenance: Provenance | None = None,
) -> Received:
    """Accept a submission durably, exactly once for each key of a sender.

    `files` is read lazily, one after the other, into the blob store, outside any transaction. Raises
    `Invalid` (`submission.…`, `file.…`, `malware.found`), `TooLarge`, `Conflict`
    (`submission.idempotency_conflict`), `Unavailable` (`malware.scanner_unavailable`, `blob.no_space`) and
    `NotPermitted`; then no submission is stored.
    """
    require(actor, "submissions.create")
    key = checked_key(idempotency_key)
    stored = store_files(data, files)
    fingerprint = content_hash(data, stored)
    for _ in range(_TRIES):
        try:
            return _accept(actor, data, stored, key, fingerprint, provenance)
        except IntegrityError:
            continue
    raise Unavailable("Too many requests write to this case at once.", code="submission.contended")


def checked_key(key: str) -> str:
    """Return the idempotency key. Raises `Invalid` when it is missing, too long or not printable ASCII."""
    if not key:
        raise MissingKey(
            "A submission needs an Idempotency-Key.",
            remedy="Send a header that is new for each submission and the same for each repeat of it.",
        )
    if len(key) > 200 or not (key.isascii() and key.isprintable()):
        raise Invalid(
            "An Idempotency-Key has at most 200 printable ASCII characters.",
            code="submission.idempotency_key_invalid",
            remedy="Use a UUID.",
        )
    return key


class MissingKey(Invalid):
    """A submission came without an Idempotency-Key."""

    default_code = "submission.idempotency_key_missing"
    status = 400


def _accept(
    actor: Actor,
    data: SubmissionData,
    files: list[StoredFile],
    key: str,
    fingerprint: str,
    provenance: Provenance | None,
) -> Received:
    try:
        with scope(actor.organisation_id):
            # A repeat has the first answer, also where the case it names could not be taken any more.
            if (data.case or data.continues) and (first := _first(actor, key).first()):
                return _repeat(first, fingerprint)
            submission, renditions = store(actor, data, files, key, fingerprint, provenance)
            crash.point("accept.before_commit")
    except KeyKnown:
        with scope(actor.organisation_id):
            return _repeat(_first(actor, key).get(), fingerprint)
    crash.point("accept.after_commit")
    return Received(submission, renditions, created=True)


def _first(actor: Actor, key: str) -> QuerySet[Submission]:
    mine = Submission.objects.filter(organisation_id=actor.organisation_id, sender=actor.id)
    return mine.filter(idempotency_key=key).select_related("case")


def _repeat(first: Submission, fingerprint: str) -> Received:
    if first.content_hash != fingerprint:
        raise Conflict(
            "This Idempotency-Key was used before with other content.",
            code="submission.idempotency_conflict",
            remedy="Use a new key for a new submission; repeat an old one unchanged.",
            submission=str(first.id),
        )
    renditions = Rendition.objects.filter(document__submission_id=first.id, kind="original")
    return Received(
        first, list(renditions.select_related("document").order_by("document__index")), created=False
    )
