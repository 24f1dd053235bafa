"""The keys of a connection. A private part is never in a page, not even for a moment."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.core.errors import Conflict, Invalid
from caseway.delivery import keys as use_cases
from caseway.delivery.models import Connection, ConnectionKey
from caseway.portal.doors import actor_of, found, membership_of, screen
from caseway.portal.sentences import words_of
from caseway.portal.setup.connection_editing import named
from caseway.portal.setup.connection_tabs import tabs_of
from caseway.portal.setup.key_cards import KeyCard, card_of
from caseway.portal.setup.key_forms import (
    CertificateForm,
    ForceForm,
    GenerateForm,
    ImportForm,
    RetireForm,
    SubjectForm,
)
from caseway.portal.setup.trust_words import KEY_USES

Forms = dict[str, forms.Form]


@screen("keys.read")
def keys(request: HttpRequest, slug: str) -> HttpResponse:
    """Every key of a connection, by what it is for; which counts, and how long it lasts."""
    row = found(Connection.objects.filter(slug=slug).first(), "connection")
    cards = [card_of(key, row) for key in use_cases.list_keys(actor_of(request), slug)]
    context = {
        "connection": row,
        "tabs": tabs_of(request, row),
        "uses": [(use, [one for one in cards if one.key.use == use]) for use in KEY_USES],
        "may_edit": allowed(actor_of(request), "keys.edit"),
    }
    return render(request, "setup/keys.html", context)


@screen("keys.edit", in_transaction=False)
def key_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Generate a key, which takes some seconds."""
    row = named(request, slug)
    initial = {"use": request.GET.get("use", ""), **_subject(request, row)}
    form = GenerateForm(request.POST or None, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            made = use_cases.generate_key(actor_of(request), slug, form.cleaned_data["use"], form.subject())
        except Invalid as error:
            form.add_error(None, words_of(error))
        else:
            return _made(request, slug, made, _("The key is made. Publish it, then put it in force."))
    context = {"connection": row, "form": form, "importing": False}
    return render(request, "setup/key_new.html", context, status=422 if form.is_bound else 200)


@screen("keys.edit", in_transaction=False)
def key_import(request: HttpRequest, slug: str) -> HttpResponse:
    """Import a key from a file."""
    row = named(request, slug)
    initial = {"use": request.GET.get("use", "")}
    form = ImportForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        try:
            made = use_cases.import_key(
                actor_of(request), slug, said["use"], form.content(), said["password"]
            )
        except Invalid as error:
            form.add_error("file", words_of(error))
        else:
            return _made(request, slug, made, _("The key is imported. Publish it, then put it in force."))
    context = {"connection": row, "form": form, "importing": True}
    return render(request, "setup/key_new.html", context, status=422 if form.is_bound else 200)


@screen("keys.read", in_transaction=False)
def key(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """One key: what is known of it, its public part, and what can be done with it."""
    return _page(request, named(request, slug), _row(request, slug, key_id))


@screen("keys.read", in_transaction=False)
def key_public(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """The public part as a file: a JSON Web Key (RFC 7517)."""
    row = _row(request, slug, key_id)
    jwk = use_cases.public_key(actor_of(request), slug, row.kid)
    response = HttpResponse(_pretty(jwk), content_type="application/jwk+json")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{row.use}-{str(row.id)[:8]}.json"'
    return response


@require_POST
@screen("keys.edit", in_transaction=False)
def key_request(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """Return a request for a certificate as a file (PKCS #10)."""
    row = _row(request, slug, key_id)
    form = SubjectForm(request.POST)
    if not form.is_valid():
        return _page(request, named(request, slug), row, {"subject_form": form}, status=422)
    try:
        pem = use_cases.certificate_request(actor_of(request), slug, row.kid, form.subject())
    except Invalid as error:
        form.add_error(None, words_of(error))
        return _page(request, named(request, slug), row, {"subject_form": form}, status=422)
    response = HttpResponse(pem, content_type="application/pkcs10")
    response["Content-Disposition"] = f'attachment; filename="{slug}-{row.use}-{str(row.id)[:8]}.csr"'
    return response


@require_POST
@screen("keys.edit", in_transaction=False)
def key_certificate(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """Give a key the certificate an authority issued."""
    row = _row(request, slug, key_id)
    form = CertificateForm(request.POST, request.FILES)

    def install() -> None:
        use_cases.install_certificate(actor_of(request), slug, row.kid, form.pem())
        messages.success(request, _("The certificate is installed. Publish the key with it."))

    return _act(request, slug, row, {"certificate_form": form}, install)


@require_POST
@screen("keys.edit", in_transaction=False)
def key_force(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """Let a key be the one that counts."""
    row = _row(request, slug, key_id)
    form = ForceForm(request.POST)

    def put_in_force() -> None:
        use_cases.put_in_force(actor_of(request), slug, row.kid, form.overlap())
        messages.success(request, _("The key is in force."))

    return _act(request, slug, row, {"force_form": form}, put_in_force)


@require_POST
@screen("keys.edit", in_transaction=False)
def key_retire(request: HttpRequest, slug: str, key_id: UUID) -> HttpResponse:
    """End a key; where something may still need it, say what and ask once more."""
    row = _row(request, slug, key_id)
    form = RetireForm(request.POST, needed="force" in request.POST)
    if not form.is_valid():
        return _page(request, named(request, slug), row, {"retire_form": form}, status=422)
    said = form.cleaned_data
    try:
        use_cases.retire_key(actor_of(request), slug, row.kid, said["reason"], force=said.get("force", False))
    except Conflict as error:
        if error.code != "keys.still_needed":
            raise
        asked: Forms = {"retire_form": RetireForm(initial=said, needed=True)}
        return _page(request, named(request, slug), row, asked, why=error.details["why"], status=409)
    messages.success(request, _("The key is retired; its private part is erased."))
    return redirect("setup:keys", slug=slug)


def _act(
    request: HttpRequest, slug: str, row: ConnectionKey, said: Forms, act: Callable[[], None]
) -> HttpResponse:
    """Do something with a key, or show its page again with what is wrong."""
    (form,) = said.values()
    if form.is_valid():
        try:
            act()
        except Invalid as error:
            form.add_error(None, words_of(error))
        else:
            return redirect("setup:key", slug=slug, key_id=row.id)
    return _page(request, named(request, slug), row, said, status=422)


def _page(
    request: HttpRequest,
    connection: Connection,
    row: ConnectionKey,
    said: Forms | None = None,
    *,
    why: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    card = card_of(row, connection)
    others = use_cases.list_keys(actor_of(request), connection.slug)
    context = {
        "connection": connection,
        "card": card,
        "key": card.key,
        "jwk": _pretty(row.public),
        "before": _in_force(others, card, connection),
        "subject_form": SubjectForm(initial=_subject(request, connection)),
        "certificate_form": CertificateForm(),
        "force_form": ForceForm(),
        "retire_form": RetireForm(),
        "wrong": [form for form in (said or {}).values() if form.errors],
        "why": why,
        "may_edit": allowed(actor_of(request), "keys.edit"),
        **(said or {}),
    }
    return render(request, "setup/key.html", context, status=status)


def _in_force(rows: list[ConnectionKey], card: KeyCard, connection: Connection) -> KeyCard | None:
    """Return the key that counts now, where it is another one."""
    state = ConnectionKey.State.IN_FORCE
    others = [one for one in rows if one.use == card.key.use and one.state == state and one.id != card.id]
    return card_of(others[0], connection) if others else None


def _row(request: HttpRequest, slug: str, key_id: UUID) -> ConnectionKey:
    rows = use_cases.list_keys(actor_of(request), slug)
    return found(next((row for row in rows if row.id == key_id), None), "keys")


def _made(request: HttpRequest, slug: str, made: ConnectionKey, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("setup:key", slug=slug, key_id=made.id)


def _subject(request: HttpRequest, connection: Connection) -> dict[str, str]:
    organisation = membership_of(request).organisation
    country = organisation.country or "DE"
    return {"common_name": connection.name[:64], "organisation": organisation.name[:64], "country": country}


def _pretty(jwk: object) -> str:
    return json.dumps(jwk, indent=2, sort_keys=True, ensure_ascii=False)
