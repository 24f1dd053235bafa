"""What was said on a case, both ways, and the form to answer by the way the applicant chose."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast, get_args
from uuid import UUID

from django.contrib import messages as flashes
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from caseway.access.actor import Actor
from caseway.access.permissions import allowed, require
from caseway.access.scope import scope
from caseway.answers.conversation import NOT_CONNECTED
from caseway.answers.conversation import conversation as said_on
from caseway.answers.sending import answer_case
from caseway.answers.ways import Ways, ways_of
from caseway.cases.queries import case as find_case
from caseway.core.errors import Conflict, Invalid, TooLarge
from caseway.core.ids import uuid7
from caseway.intake.data import ReplyChannel, ReplyWish
from caseway.intake.files import IncomingFile
from caseway.portal.doors import actor_of, screen
from caseway.portal.sentences import words_of

CHANNELS = [one for one in get_args(ReplyChannel) if one]
FIELDS = ("subject", "body", "to", "address")


@dataclass
class Typed:
    """What stands in the form, and what is wrong with it, by field."""

    key: str  # the same for every repeat of one form: an answer goes out once, however often it is sent
    subject: str = ""
    body: str = ""
    to: str = ""  # a channel; empty: as the applicant chose
    address: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> Typed:
        subject, body, to, address = (request.POST.get(name, "") for name in FIELDS)
        return cls(request.POST.get("key", "") or str(uuid7()), subject, body, to, address)

    def wish(self) -> ReplyWish | None:
        """Return where the applicant wants it now, or None for the way of the application."""
        if self.to not in CHANNELS:
            return None
        try:
            return ReplyWish(channel=cast(ReplyChannel, self.to), address=self.address.strip())
        except ValueError:
            raise _of_field("address", _("This cannot be an address.")) from None


@screen("cases.read", in_transaction=False)
def conversation(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show what was said; take an answer. Files stream while no transaction is open."""
    actor = actor_of(request)
    if request.method != "POST":
        return _page(request, actor, case_id, Typed(str(uuid7())))
    require(actor, "answers.send")
    typed = Typed.of(request)
    try:
        received = answer_case(
            actor, case_id, typed.subject, typed.body, _files(request), typed.key, to=typed.wish()
        )
    except (Invalid, TooLarge) as error:
        typed.errors = _errors(error)
        return _page(request, actor, case_id, typed, status=422)
    if received.created:
        flashes.success(request, _("Answered. How far it has come stands with it."))
    return HttpResponseRedirect(f"{reverse('portal:conversation', args=[case_id])}#last")


def _page(request: HttpRequest, actor: Actor, case_id: UUID, typed: Typed, status: int = 200) -> HttpResponse:
    with scope(actor.organisation_id):
        case = find_case(actor, case_id)
        turns = said_on(actor, case_id)
        context = {
            "case": case,
            "turns": turns,
            "not_connected": NOT_CONNECTED,
            "readable": allowed(actor, "documents.read"),
            "ways": _ways(actor, case_id),
            "typed": typed,
            "channels": CHANNELS,
            "may_answer": allowed(actor, "answers.send") and not case.source_system,
        }
        return render(request, "portal/conversation.html", context, status=status)


def _ways(actor: Actor, case_id: UUID) -> Ways | None:
    try:
        return ways_of(actor, case_id)
    except Conflict:  # nothing came that could be answered
        return None


def _files(request: HttpRequest) -> Iterator[IncomingFile]:
    for number, file in enumerate(cast("list[UploadedFile[bytes]]", request.FILES.getlist("files")), 1):
        name = file.name or f"{number}"
        media_type = file.content_type or mimetypes.guess_type(name)[0] or ""
        yield IncomingFile(f"f{number}", name, media_type, file.chunks())


def _of_field(name: str, words: str) -> Invalid:
    return Invalid(words, code="answer.invalid", fields={name: words})


def _errors(error: Invalid | TooLarge) -> dict[str, str]:
    """Return the words for each field; what no field is to blame for stands with the files."""
    fields: dict[str, Any] = error.details.get("fields") or {}
    words = {
        "subject": _("An answer needs a subject: one line of at most 300 characters."),
        "body": _("An answer says something, in at most 100,000 characters."),
    }
    found = {name: words.get(name, str(text)) for name, text in fields.items()}
    return found or {"files": words_of(error)}
