"""The forms of keys: made, imported, certified, put in force, retired."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from caseway.core.certificates import Subject
from caseway.core.key_files import MAX_BYTES
from caseway.delivery.keys import MAX_OVERLAP, OVERLAP
from caseway.portal.setup.settings_fields import UnechoedArea
from caseway.portal.setup.trust_words import KEY_USES

_PEM = forms.Textarea(attrs={"rows": 5, "spellcheck": "false", "class": "code"})


class SubjectForm(forms.Form):
    """Whom a certificate names."""

    common_name = forms.CharField(
        label=_("Name"), max_length=64, help_text=_("Of the department or system the key belongs to.")
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=64, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=64, required=False)
    locality = forms.CharField(label=_("Place"), max_length=64, required=False)
    country = forms.CharField(label=_("Country"), min_length=2, max_length=2, initial="DE")

    def subject(self) -> Subject:
        """Return the subject, once the form is valid."""
        said = self.cleaned_data
        return Subject(
            said["common_name"], said["organisation"], said["unit"], said["locality"], said["country"].upper()
        )


class GenerateForm(SubjectForm):
    """A new key: what for, and in whose name."""

    use = forms.ChoiceField(label=_("What for"), choices=list(KEY_USES.items()))
    field_order = ["use"]


class ImportForm(forms.Form):
    """A key that exists already."""

    use = forms.ChoiceField(label=_("What for"), choices=list(KEY_USES.items()))
    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("PKCS #12 (.p12, .pfx), PKCS #8 (.pem), or a private JSON Web Key."),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        max_length=MAX_BYTES,
        widget=UnechoedArea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Password of the file"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("file") and not said.get("text") and not self.errors:
            self.add_error("file", _("Choose a file, or paste the text of one."))
        return said

    def content(self) -> bytes:
        """Return what was given; the file wins over the text."""
        file = self.cleaned_data["file"]
        return bytes(file.read(MAX_BYTES + 1)) if file else self.cleaned_data["text"].encode()


class CertificateForm(forms.Form):
    """The certificate an authority issued, with those above it."""

    file = forms.FileField(
        label=_("File"), required=False, help_text=_("PEM; the chain may be in any order.")
    )
    chain = forms.CharField(label=_("Or its text"), required=False, max_length=MAX_BYTES, widget=_PEM)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if not said.get("file") and not said.get("chain") and not self.errors:
            self.add_error("file", _("Choose a file, or paste the text of one."))
        return said

    def pem(self) -> str:
        """Return the certificates as text; the file wins over the text."""
        file = self.cleaned_data["file"]
        if file:
            return bytes(file.read(MAX_BYTES)).decode("utf-8", "replace")
        return str(self.cleaned_data["chain"])


class ForceForm(forms.Form):
    """How long the key before goes on to be understood."""

    days = forms.IntegerField(
        label=_("Days of overlap"),
        min_value=0,
        max_value=MAX_OVERLAP.days,
        initial=OVERLAP.days,
        help_text=_("For so long the key before goes on to be understood."),
    )

    def overlap(self) -> timedelta:
        """Return the overlap, once the form is valid."""
        return timedelta(days=self.cleaned_data["days"])


class RetireForm(forms.Form):
    """Why a key ends; `force` is asked only where something may still need it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, help_text=_("Others read it in the audit trail.")
    )
    force = forms.BooleanField(
        label=_("Erase it all the same"),
        required=False,
        help_text=_("What was encrypted for it and not collected yet can then never be read."),
    )

    def __init__(self, *args: Any, needed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needed:
            del self.fields["force"]
