"""What the set-up screens call keys, runs, questions and what is found. In catalogues' words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from caseway.portal.receiving_words import REPLY_CHANNELS as CHANNELS
from caseway.portal.words import Tone, Words

Tagged = dict[str, tuple[Words, Tone]]

KEY_USES: dict[str, Words] = {"sign": _("to sign"), "decrypt": _("to decrypt")}

KEY_STATES: Tagged = {
    "prepared": (_("prepared, not in force yet"), "wait"),
    "in_force": (_("in force"), "good"),
    "overlap": (_("still understood"), ""),
    "retired": (_("retired"), ""),
}

KEY_ORIGINS: dict[str, Words] = {"generated": _("generated here"), "imported": _("imported")}

RUN_STATES: Tagged = {
    "running": (_("running"), "wait"),
    "passed": (_("passed"), "good"),
    "failed": (_("not passed"), "bad"),
    "unfinished": (_("broken off"), "bad"),
}

CLAUSE_STATES: Tagged = {
    "waiting": (_("comes next"), ""),
    "passed": (_("proven"), "good"),
    "failed": (_("to mend"), "bad"),
    "not_tried": (_("not tried"), "wait"),
}

ITEM_STATES: Tagged = {
    "open": (_("open"), ""),
    "asked": (_("asked, waits for an answer"), "wait"),
    "answered": (_("answered"), "good"),
    "not_needed": (_("not needed"), ""),
    "satisfied": (_("done"), "good"),
}

WHO: dict[str, Words] = {
    "responsible_officer": _("Responsible officer"),
    "it_provider": _("IT provider"),
}

PLACE_KINDS: dict[str, Words] = {
    "area": _("name or postcode"),
    "ars": _("regional key (ARS)"),
    "ags": _("municipality key (AGS)"),
}

# What a destination takes answers by: our words, and those of the platform for the same.
REPLY_CHANNELS: dict[str, Words] = {
    **CHANNELS,
    "fitConnect": CHANNELS["fit_connect"],
    "e_mail": CHANNELS["email"],
    "eMail": CHANNELS["email"],
    "deMail": CHANNELS["de_mail"],
    "id_bund_de_mailbox": CHANNELS["mailbox"],
    "idBundDeMailbox": CHANNELS["mailbox"],
}
