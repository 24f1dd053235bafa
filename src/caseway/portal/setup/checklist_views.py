"""The checklist of a connection: ask, answer, skip, open again; the questions as a letter."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.actor import Actor
from caseway.access.permissions import allowed
from caseway.core.errors import Invalid, NotFound
from caseway.delivery.onboarding import answer_item, ask_item, reopen_item, skip_item
from caseway.delivery.onboarding_request import request_text
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.setup.checklist_view import checklist_page
from caseway.portal.setup.connection_editing import named
from caseway.portal.setup.connection_tabs import tabs_of
from caseway.portal.setup.trust_words import WHO
from caseway.rails.onboarding import Who

_ACTS: dict[str, Callable[[Actor, str, str, str], None]] = {
    "ask": ask_item,
    "answer": answer_item,
    "skip": skip_item,
    "reopen": lambda actor, slug, code, _text: reopen_item(actor, slug, code),
}


@screen("connections.read", in_transaction=False)
def checklist(request: HttpRequest, slug: str) -> HttpResponse:
    """Every question, by who answers it; what is settled, what waits with whom since when."""
    return _page(request, slug)


@require_POST
@screen("onboarding.edit", in_transaction=False)
def checklist_item(request: HttpRequest, slug: str, code: str) -> HttpResponse:
    """Ask, answer, skip or open a question again."""
    verb, text = request.POST.get("do", ""), request.POST.get("text", "")
    act = found(_ACTS.get(verb), "onboarding.act")
    try:
        act(actor_of(request), slug, code, text)
    except NotFound:
        raise
    except Invalid as error:
        wrong = {"code": code, "do": verb, "text": text, "sentence": error.sentence}
        return _page(request, slug, wrong, status=422)
    messages.success(request, _said(verb))
    return HttpResponseRedirect(reverse("setup:checklist", args=[slug]) + f"#item-{code}")


@screen("connections.read", in_transaction=False)
def checklist_letter(request: HttpRequest, slug: str, who: str) -> HttpResponse:
    """The open questions of one side as a text file, to be sent."""
    side = cast(Who, found(who if who in WHO else None, "onboarding.side"))
    text = request_text(actor_of(request), slug, side, get_language() or "en")
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{who.replace("_", "-")}.txt"'
    return response


def _page(
    request: HttpRequest, slug: str, wrong: dict[str, str] | None = None, *, status: int = 200
) -> HttpResponse:
    row = named(request, slug)
    context = {
        "connection": row,
        "tabs": tabs_of(request, row),
        "page": checklist_page(actor_of(request), slug),
        "wrong": wrong,
        "may_edit": allowed(actor_of(request), "onboarding.edit"),
    }
    return render(request, "setup/checklist.html", context, status=status)


def _said(verb: str) -> str:
    return {
        "ask": _("Noted whom it was put to; it waits with them from now on."),
        "answer": _("The answer is kept."),
        "skip": _("Noted that it is not needed here."),
        "reopen": _("The question is open again."),
    }[verb]
