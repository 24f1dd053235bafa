"""What a delivery holds at the platform between its steps: an announcement, and what was uploaded under it.

Nobody else sees it, and it ends by itself after a day. While it is held its receipts say everything that
later steps need; when it ended, or was made for a key that is exchanged, it holds no more (`Void`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from caseway.core.errors import Refused
from caseway.rails.contract import Document, Link, Receipt, Step, Void
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.jwk import PublicKey
from caseway.rails.fit_connect.plan import ANNOUNCE, ATTACHMENT
from caseway.rails.fit_connect.recipient import checked_key, reply_key
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Submissions

ENDED = ("fit_connect.submission_unknown", "fit_connect.reply_unknown", "fit_connect.case_unknown")


def announced(step: Step) -> Receipt | None:
    """Return the receipt of the announcement a step goes under, where it is made."""
    return step.receipts.get(f"{ANNOUNCE}:{_submission(step)}")


def held(step: Step) -> Receipt:
    """Return the receipt of the announcement. Raises `Void` where it is gone."""
    found = announced(step)
    if found is None:
        raise ended(step)
    return found


def uploaded(step: Step) -> dict[str, Receipt]:
    """Return the receipts of what was uploaded under the announcement, by the id there."""
    prefix = f"{ATTACHMENT}:{_submission(step)}:"
    return {one.remote_id: one for key, one in step.receipts.items() if key.startswith(prefix)}


@contextmanager
def while_held(step: Step) -> Iterator[None]:
    """A block in which the announcement must still hold; else all of it is made anew."""
    try:
        yield
    except NotThere as error:
        if error.code not in ENDED:
            raise
        raise ended(step) from error


def recipient_key(step: Step, announcement: Receipt, link: Link) -> PublicKey:
    """Return the key the announcement was made for. Raises `Void` when it is not published any more."""
    if announcement.facts["what"] == "reply":
        return reply_key(announcement.facts["reply_key"])
    try:
        return checked_key(announcement.facts["destination_id"], announcement.facts["kid"], link)
    except NotThere as error:
        raise exchanged(step) from error


def calls(announcement: Receipt, link: Link) -> Submissions | Replies:
    """Return the calls for what was announced."""
    client = Client.of(link)
    return Replies(client) if announcement.facts["what"] == "reply" else Submissions(client)


def document_of(step: Step) -> Document:
    """Return the document a step is about. Raises `Refused`."""
    if step.document is None:
        raise Refused(
            "The document of this step is gone.",
            code="fit_connect.document_gone",
            remedy="Look into the store of documents, then retry.",
        )
    return step.document


def ended(step: Step) -> Void:
    """Return the error for an announcement that does not hold any more."""
    return Void(
        "The announcement does not hold any more; unfinished ones end after a day.",
        _own_keys(step),
        code="fit_connect.reservation_ended",
        remedy="It is announced and sent again by itself.",
    )


def exchanged(step: Step) -> Void:
    """Return the error for a key that was exchanged: what was uploaded for it could not be read."""
    return Void(
        "The destination exchanged its key while attachments went up.",
        _own_keys(step),
        code="fit_connect.key_exchanged",
        remedy="It is sent again with the new key by itself.",
    )


def _own_keys(step: Step) -> list[str]:
    return [key for key in step.receipts if key.split(":")[1:2] == [_submission(step)]]


def _submission(step: Step) -> str:
    return step.key.split(":")[1]
