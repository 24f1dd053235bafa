"""The effects of a delivery, one step at a time, and how to tell afterwards whether they happened.

Nothing is visible to the recipient before the last step. An announcement that got lost ends by itself after
a day; an attachment sent again overwrites itself. Only the last step, and an event of ours, must not be
doubled: whether they happened is read in the event log of the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from caseway.rails.contract import Link, Receipt, Step
from caseway.rails.fit_connect import announcing, answering, handing_over
from caseway.rails.fit_connect.plan import ANNOUNCE, ATTACHMENT, EVENT, SUBMIT
from caseway.rails.fit_connect.reservation import calls, document_of, held, recipient_key, while_held
from caseway.rails.fit_connect.sealed_body import SealedBody
from caseway.rails.fit_connect.window import sha512_of, window


def send(step: Step, link: Link) -> Receipt:
    """Have the effect of one step (`Rail.send`)."""
    return _SENDING[step.kind](step, link)


def probe(step: Step, link: Link) -> Receipt | None:
    """Say whether a step happened (`Rail.probe`)."""
    if step.kind == SUBMIT:
        return handing_over.probe(step, link)
    if step.kind == EVENT:
        return answering.probe(step, link)
    return None  # an announcement without its answer is nothing; an attachment overwrites itself


def _upload(step: Step, link: Link) -> Receipt:
    announcement = held(step)
    document, piece = document_of(step), step.payload
    body = SealedBody(
        partial(window, document, piece["offset"], piece["length"]),
        piece["length"],
        recipient_key(step, announcement, link),
        piece["document"]["media_type"],
    )
    with while_held(step):
        calls(announcement, link).upload(announcement.remote_id, piece["attachment_id"], body.body)
    whole = body.sealed.sha512
    if piece["document"]["fragments"] > 1:
        whole = sha512_of(document) if piece["offset"] == 0 else ""
    facts = {
        "tag": body.sealed.tag,
        "sha512": whole,
        "offset": piece["offset"],
        "document": piece["document"],
    }
    return Receipt(piece["attachment_id"], facts)


_SENDING: Mapping[str, Callable[[Step, Link], Receipt]] = {
    ANNOUNCE: announcing.announce,
    ATTACHMENT: _upload,
    SUBMIT: handing_over.hand_over,
    EVENT: answering.send,
}
