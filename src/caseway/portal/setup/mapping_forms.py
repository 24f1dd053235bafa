"""The small forms of the mapping screens: a new one, an import, a binding."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from caseway.delivery.models import Connection
from caseway.mapping.models import MappingVersion

_ID = RegexValidator(r"^[a-z0-9][a-z0-9-]{0,62}$", _("Small letters, digits and hyphens, at most 63."))
MAX_IMPORT_BYTES = 1024 * 1024


class NewMapping(forms.Form):
    """A mapping of a new name."""

    mapping_id = forms.CharField(
        label=_("Short name"),
        validators=[_ID],
        help_text=_("Small letters, digits and hyphens; it never changes."),
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    extends = forms.ChoiceField(
        label=_("Extends"),
        required=False,
        help_text=_("Start from the rules of a published mapping, and change only what differs."),
    )
    connection = forms.ChoiceField(
        label=_("Connection"),
        required=False,
        help_text=_("Its object types say which fields there are and which are required."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("extends", published_choices()), ("connection", connection_choices())):
            field = self.fields.get(name)
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", "–"), *choices]

    def document(self) -> dict[str, Any]:
        """Return the first draft: the usual targets, or all from the base."""
        said = self.cleaned_data
        optional = {name: said[name] for name in ("title", "extends", "connection") if said[name]}
        targets: dict[str, Any] = (
            {} if said["extends"] else {"case": {}, "application": {}, "structured": {}, "attachment": {}}
        )
        head = {
            "apiVersion": "caseway/mapping/v1",
            "kind": "DmsMapping",
            "id": said["mapping_id"],
            "version": 1,
        }
        return {**head, **optional, "targets": targets}


class ImportMapping(forms.Form):
    """A mapping from a five-column table or from YAML."""

    mapping_id = forms.CharField(label=_("Short name"), validators=[_ID])
    title = forms.CharField(label=_("Title"), max_length=200, required=False)
    base = forms.ChoiceField(
        label=_("Extends"), required=False, help_text=_("For tables; YAML says it itself.")
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("CSV with the five columns Name, Ziel, Repo-ID, Typ, Wert; or YAML."),
    )
    text = forms.CharField(
        label=_("Or as text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["base"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "–"), *published_choices()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file and file.size > MAX_IMPORT_BYTES:
            self.add_error("file", _("The file is larger than 1 MiB."))
        if not file and not cleaned.get("text"):
            self.add_error("file", _("Choose a file, or paste the text."))
        return cleaned

    def content(self) -> bytes | str:
        """Return the file, or the text where there is none."""
        file = self.cleaned_data.get("file")
        return bytes(file.read()) if file else str(self.cleaned_data["text"])


class BindMapping(forms.Form):
    """What a version serves from when on."""

    version = forms.TypedChoiceField(label=_("Version"), coerce=int)
    connection = forms.ChoiceField(label=_("Connection"))
    form_id = forms.CharField(
        label=_("Form"), max_length=100, required=False, help_text=_("Empty: any form of the service.")
    )
    service_id = forms.CharField(
        label=_("Service"), max_length=100, required=False, help_text=_("Both empty: everything.")
    )
    valid_from = forms.DateTimeField(
        label=_("Valid from"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: from now on."),
    )

    def __init__(self, versions: list[MappingVersion], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version, connection = self.fields["version"], self.fields["connection"]
        assert isinstance(version, forms.ChoiceField)
        assert isinstance(connection, forms.ChoiceField)
        published = [row for row in versions if row.state == MappingVersion.State.PUBLISHED]
        version.choices = [(row.version, str(row)) for row in published]
        connection.choices = connection_choices()
        self.fields["form_id"].widget.attrs["list"] = "forms-known"
        self.fields["service_id"].widget.attrs["list"] = "services-known"


def published_choices() -> list[tuple[str, str]]:
    """Return every published version as (`id@version`, words)."""
    rows = MappingVersion.objects.filter(state=MappingVersion.State.PUBLISHED).order_by(
        "mapping_id", "-version"
    )
    return [(str(row), f"{row.title or row.mapping_id} ({row})") for row in rows]


def connection_choices() -> list[tuple[str, str]]:
    """Return the connections that mappings can be for."""
    return [(row.slug, row.name) for row in Connection.objects.filter(rail="cmis").order_by("name")]
