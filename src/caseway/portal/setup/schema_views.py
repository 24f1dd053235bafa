"""The schemas of subject data: which are registered, adding one with its files, removing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.core.errors import Invalid, TooLarge
from caseway.delivery.schemas import list_schemas, register_schema, remove_schema
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.sentences import words_of
from caseway.portal.setup.schema_files import schema_files

MEDIA_TYPES = {
    "application/xml": gettext_lazy("XML (the schema is XSD)"),
    "application/json": gettext_lazy("JSON (the schema is JSON Schema)"),
}


class _SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Some files, as a list."""

    widget = _SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(_FilesField, self).clean(one, initial) for one in given] or [super().clean(None)]


class SchemaForm(forms.Form):
    """A schema under the URI that destinations and senders know it by."""

    uri = forms.CharField(
        label=gettext_lazy("URI of the schema"),
        max_length=480,
        help_text=gettext_lazy("As the destination names it: urn:… or https://…"),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    media_type = forms.ChoiceField(label=gettext_lazy("The data are"), choices=list(MEDIA_TYPES.items()))
    service_id = forms.CharField(
        label=gettext_lazy("Service"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("Key of the service the data are for, if it is one."),
    )
    parts = _FilesField(
        label=gettext_lazy("Files"),
        help_text=gettext_lazy("All that belong together; or one ZIP, which keeps their folders."),
    )
    entry = forms.CharField(
        label=gettext_lazy("Begins with"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Name of the first file; only where it cannot be told."),
    )


@screen("connections.read")
def schemas(request: HttpRequest) -> HttpResponse:
    """Every registered schema."""
    context = {
        "schemas": list_schemas(actor_of(request)),
        "media_types": MEDIA_TYPES,
        "may_edit": allowed(actor_of(request), "schemas.edit"),
    }
    return render(request, "setup/schemas.html", context)


@screen("schemas.edit", in_transaction=False)
def schema_new(request: HttpRequest) -> HttpResponse:
    """Register a schema; the same URI again takes the place of the one before."""
    initial = {name: request.GET.get(name, "") for name in ("uri", "service_id", "media_type")}
    form = SchemaForm(request.POST or None, request.FILES or None, initial=initial)
    if form.is_bound and form.is_valid() and _register(request, form):
        messages.success(request, _("The schema is registered. Subject data of it are checked from now on."))
        return redirect("setup:schemas")
    return render(request, "setup/schema_new.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@screen("schemas.edit", in_transaction=False)
def schema_remove(request: HttpRequest, schema_id: UUID) -> HttpResponse:
    """Remove a schema; data of it are not checked any more."""
    actor = actor_of(request)
    row = found(next((one for one in list_schemas(actor) if one.id == schema_id), None), "schema")
    remove_schema(actor, row.uri)
    messages.success(request, _("The schema is removed. Data of it are not checked any more."))
    return redirect("setup:schemas")


def _register(request: HttpRequest, form: SchemaForm) -> bool:
    said = form.cleaned_data
    try:
        register_schema(
            actor_of(request),
            said["uri"],
            said["media_type"],
            schema_files(said["parts"]),
            entry=said["entry"],
            name=said["name"],
            service_id=said["service_id"],
        )
    except (Invalid, TooLarge) as error:
        form.add_error(_FIELDS.get(error.code, "parts"), words_of(error))
        return False
    return True


_FIELDS = {"schema.uri_unusable": "uri", "schema.entry_missing": "entry"}
