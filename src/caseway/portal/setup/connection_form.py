"""The form of a connection: name, environment, and the settings of its rail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from caseway.core.errors import NotConfigured
from caseway.delivery.connections import ConnectionDraft
from caseway.delivery.links import unseal
from caseway.delivery.models import Connection
from caseway.portal.setup import settings_fields
from caseway.portal.words import ENVIRONMENTS
from caseway.rails.contract import Rail


class ConnectionForm(forms.Form):
    """Made for one rail; `stored` is the connection being changed, or None."""

    template_name = "setup/parts/fields.html"

    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As people here call the system."))
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("Small letters, digits and hyphens. Used in addresses and mappings; it never changes."),
    )
    environment = forms.ChoiceField(label=_("Environment"), choices=list(ENVIRONMENTS.items()))

    def __init__(self, rail: Rail, stored: Connection | None, *args: Any, **kwargs: Any) -> None:
        self.rail, self.stored = rail, stored
        kwargs["initial"] = {**_initial(rail, stored), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.fields.update(settings_fields.fields_for(rail.settings_type, _stored_secrets(stored)))
        if stored is not None:
            self.fields["slug"].disabled = True

    def draft(self) -> ConnectionDraft:
        """Return what was typed, once the form is valid."""
        cleaned = self.cleaned_data
        settings = settings_fields.settings_from(self.rail.settings_type, cleaned)
        return ConnectionDraft(
            slug=cleaned["slug"],
            name=cleaned["name"],
            rail=self.rail.manifest.id,
            environment=cleaned["environment"],
            settings=settings,
            concurrency=settings.get("concurrency") or self.rail.manifest.limits.concurrency,
        )

    def accuse(self, wrong: Mapping[str, str]) -> None:
        """Put the rail's own objections beside their fields; what has no field goes to the top."""
        for path, sentence in wrong.items():
            name = settings_fields.PREFIX + path.split(".")[0]
            self.add_error(name if name in self.fields else None, sentence)

    def head(self) -> list[BoundField]:
        """Return the fields every connection has."""
        return [self["name"], self["slug"], self["environment"]]

    def groups(self) -> list[FieldGroup]:
        """Return the settings of the rail, in groups."""
        return [
            FieldGroup(words, [self[name] for name in names])
            for words, names in settings_fields.groups_of(self.rail.settings_type)
        ]


@dataclass(frozen=True)
class FieldGroup:
    """A heading with the fields under it."""

    words: str
    fields: Sequence[BoundField]


def _stored_secrets(stored: Connection | None) -> frozenset[str]:
    """Return the names of the secrets that are kept, so that only their inputs say so."""
    if stored is None or not stored.secrets:
        return frozenset()
    try:
        settings = unseal(stored)
    except NotConfigured:
        return frozenset()
    names = settings_fields.secret_names(type(settings))
    return frozenset(name for name in names if getattr(settings, name) is not None)


def _initial(rail: Rail, stored: Connection | None) -> dict[str, Any]:
    if stored is None:
        return {"environment": "sandbox", **settings_fields.initial_of(rail.settings_type, {})}
    return {
        "name": stored.name,
        "slug": stored.slug,
        "environment": stored.environment,
        **settings_fields.initial_of(rail.settings_type, stored.settings),
    }
