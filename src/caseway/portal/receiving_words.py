"""What the portal calls what arrives: its states, the other side's events, the problems of the standard."""

from __future__ import annotations

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from caseway.portal.words import Tone, Words

ARRIVAL_STATES: dict[str, tuple[Words, Tone]] = {
    "found": (_("to be collected"), "wait"),
    "not_collected": (_("could not be collected yet"), "wait"),
    "held": (_("held, needs a person"), "bad"),
    "taken_in": (_("taken in, waits for a decision"), "wait"),
    "forwarded": (_("said to be forwarded, waits for a decision"), "wait"),
    "accepting": (_("acceptance on its way"), "wait"),
    "rejecting": (_("rejection on its way"), "wait"),
    "accepted": (_("accepted"), "good"),
    "rejected": (_("rejected"), ""),
    "answer_stuck": (_("the answer did not go out"), "bad"),
    "closed": (_("closed without an answer"), ""),
    "gone": (_("no longer there"), ""),
}

ARRIVAL_KINDS: dict[str, Words] = {"submission": _("Submission"), "reply": _("Reply")}

FOUND_BY: dict[str, Words] = {"poll": _("we asked"), "callback": _("we were told")}

PURPOSES: dict[str, Words] = {
    "submission": _("Sent there"),
    "accept": _("Acceptance"),
    "reject": _("Rejection"),
    "forward": _("Notice of forwarding"),
}

DECISIONS: dict[str, Words] = {
    "accept": _("accept"),
    "reject": _("reject"),
    "forward": _("say that it is forwarded"),
    "collect": _("collect again"),
}

REPLY_CHANNELS: dict[str, Words] = {
    "": _("no way named"),
    "not_chosen": _("no way named"),
    "fit_connect": "FIT-Connect",
    "email": _("e-mail"),
    "de_mail": "De-Mail",
    "fink": "FINK",
    "elster": "ELSTER",
    "mailbox": _("BundID mailbox (ZBP)"),
    "letter": _("letter"),
}

_EVENTS: dict[str, Words] = {
    "create": _("Announced"),
    "submit": _("Handed over; the delivery service holds it"),
    "notify": _("The recipient was told"),
    "forward": _("Taken over for forwarding"),
    "accept": _("Accepted"),
    "reject": _("Rejected"),
    "delete": _("Deleted by the delivery service"),
}

_PROBLEMS: dict[str, Words] = {
    "incorrect-authentication-tag": _("It is not what the sender handed over: the seals differ."),
    "encryption-issue": _("It cannot be decrypted with our key."),
    "syntax-violation": _("It is not readable: its form is broken."),
    "missing-schema": _("It does not say which schema it follows."),
    "schema-violation": _("It does not keep to its schema."),
    "unsupported-schema": _("Its schema is not one we take."),
    "unsupported-service": _("It is for a service that we do not offer."),
    "hash-mismatch": _("Its checksum does not fit the content."),
    "missing-data": _("The data of the form are missing."),
    "missing-attachment": _("An attachment is missing."),
    "attachments-mismatch": _("Announced and described attachments differ."),
    "technical-error": _("A technical error."),
}

_INSTANCES: dict[str, Words] = {
    "metadata": _("the accompanying description (metadata)"),
    "data": _("the data of the form"),
}


def event_words(what: str) -> Words:
    """Return an event of the other side's log in plain words; one we do not know as it is called there."""
    return _EVENTS.get(what.partition("-")[0], what)


def problem_words(type_: str, title: str) -> Words:
    """Return a problem in plain words, by the last part of its type; else its own title."""
    return _PROBLEMS.get(type_.rstrip("/").rpartition("/")[2], title or type_)


def instance_words(instance: str) -> Words:
    """Return what a problem is about in plain words."""
    if instance.startswith("attachment:"):
        return _now("the attachment %(id)s") % {"id": instance.partition(":")[2]}
    return _INSTANCES.get(instance, instance)
