"""What the portal calls the states, roles and kinds of the glossary. One place, in catalogues' words."""

from __future__ import annotations

from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caseway.access.models import Role

Words = str | Promise
Tone = Literal["", "good", "wait", "bad"]

STATES: dict[str, tuple[Words, Tone]] = {
    "accepted": (_("accepted"), ""),
    "placed": (_("placed on case"), ""),
    "inbox": (_("needs placing"), "wait"),
    "waiting": (_("waiting to send"), "wait"),
    "transmitting": (_("being sent"), "wait"),
    "unknown": (_("outcome unknown, checking"), "wait"),
    "sent": (_("sent"), "good"),
    "delivered": (_("delivered, receipt held"), "good"),
    "refused": (_("refused by the other side"), "bad"),
    "attention": (_("needs a person"), "bad"),
    "not_applicable": (_("nothing to send (rule)"), ""),
}

STEP_STATES: dict[str, tuple[Words, Tone]] = {
    "planned": (_("planned"), ""),
    "transmitting": (_("being sent"), "wait"),
    "unknown": (_("outcome unknown, checking"), "wait"),
    "done": (_("receipt held"), "good"),
    "refused": (_("refused by the other side"), "bad"),
}

REPLAY_STATES: dict[str, tuple[Words, Tone]] = {
    "planned": (_("planned, not started"), ""),
    "running": (_("running"), "wait"),
    "paused": (_("paused"), "wait"),
    "cancelled": (_("cancelled"), ""),
    "done": (_("done"), "good"),
}

ROLES: dict[Role, Words] = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.FUNCTIONAL_ADMINISTRATOR: _("functional administrator"),
    Role.CASEWORKER: _("caseworker"),
    Role.AUDITOR: _("auditor"),
}

ENVIRONMENTS: dict[str, Words] = {
    "sandbox": _("sandbox"),
    "test": _("test"),
    "reference": _("reference"),
    "production": _("production"),
}

CIRCUITS: dict[str, tuple[Words, Tone]] = {
    "closed": (_("answers"), "good"),
    "open": (_("does not answer"), "bad"),
    "half_open": (_("trying one again"), "wait"),
}

KINDS: dict[str, Words] = {"application": _("Application"), "message": _("Message"), "answer": _("Answer")}

DOCUMENT_ROLES: dict[str, Words] = {
    "application": _("Application"),
    "structured": _("Structured file"),
    "attachment": _("Accompanying document"),
    "message": _("Message"),
}

CHANNELS: dict[str, Words] = {
    "api": _("interface (API)"),
    "portal": _("portal form"),
    "cli": _("command line"),
    "mail": _("e-mail"),
    "fit_connect": "FIT-Connect",
    "demo": _("demo"),
}

OUTCOMES: dict[str, tuple[Words, Tone]] = {
    "": (_("running"), "wait"),
    "receipted": (_("confirmed"), "good"),
    "absent": (_("not found there"), "wait"),
    "refused": (_("refused"), "bad"),
    "unavailable": (_("did not reach it"), "wait"),
    "unknown": (_("outcome unknown"), "wait"),
    "lost": (_("broken off"), "wait"),
}
