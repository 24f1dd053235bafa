"""The form of a connection: name, environment, and the settings of its rail.

The same form moves a connection to another environment: with the settings it has, and credentials anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from caseway.rails.conformance import Conforms
from caseway.rails.contract import Rail

_PYDANTIC = "Value error, "  # what pydantic says before the sentence of a rail's own rule
MANY_GROUPS = 5  # from here on, groups that stand at their defaults are closed


class ConnectionForm(forms.Form):
    """Made for one rail; `stored` is the connection being changed, or None.

    `moving_to` is another environment the stored connection moves to; `offered` are settings that a link
    brings along, by name.
    """

    template_name = "setup/parts/fields.html"

    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As people here call the system."))
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("Small letters, digits and hyphens. Used in addresses and mappings; it never changes."),
    )
    environment = forms.ChoiceField(label=_("Environment"), choices=list(ENVIRONMENTS.items()))

    def __init__(
        self,
        rail: Rail,
        stored: Connection | None,
        *args: Any,
        moving_to: str = "",
        offered: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.rail, self.stored, self.moving_to = rail, stored, moving_to
        self._kept = frozenset[str]() if moving_to else _stored_secrets(stored)
        kwargs["initial"] = {**_initial(rail, stored, moving_to), **_offers(rail, offered or {})}
        super().__init__(*args, **kwargs)
        self.fields.update(settings_fields.fields_for(rail.settings_type, self._kept))
        if stored is not None:
            self.fields["slug"].disabled = True
        if moving_to or (stored is not None and isinstance(rail, Conforms)):
            environment = self.fields["environment"]
            environment.disabled = True
            environment.help_text = (
                _("Where it moves to.")
                if moving_to
                else _("It moves on from its page “Conformance”, once that is proven.")
            )

    def draft(self) -> ConnectionDraft:
        """Return what was typed, once the form is valid."""
        cleaned = self.cleaned_data
        return ConnectionDraft(
            slug=cleaned["slug"],
            name=cleaned["name"],
            rail=self.rail.manifest.id,
            environment=cleaned["environment"],
            settings=settings_fields.settings_from(self.rail.settings_type, cleaned),
        )

    def accuse(self, wrong: Mapping[str, str]) -> None:
        """Put the rail's own objections beside their fields; what has no field goes to the top."""
        for path, sentence in wrong.items():
            name = settings_fields.PREFIX + path.split(".")[0]
            self.add_error(name if name in self.fields else None, sentence.removeprefix(_PYDANTIC))

    def head(self) -> list[BoundField]:
        """Return the fields every connection has."""
        return [self["name"], self["slug"], self["environment"]]

    def groups(self) -> list[FieldGroup]:
        """Return the settings of the rail, in groups; of many, those at their defaults are closed."""
        made = [
            FieldGroup(group or "settings", words, [self[name] for name in names], self._untouched(names))
            for group, words, names in settings_fields.groups_of(self.rail.settings_type)
        ]
        few = len(made) < MANY_GROUPS
        return [replace(group, closed=False) for group in made] if few else made

    def _untouched(self, names: Sequence[str]) -> bool:
        """Whether a group asks nothing of a person: all at its default, nothing required, nothing wrong."""
        defaults = settings_fields.initial_of(self.rail.settings_type, {})
        return not any(
            self.fields[name].required
            or self.has_error(name)
            or name.removeprefix(settings_fields.PREFIX) in self._kept
            or self.fields[name].has_changed(defaults.get(name), self[name].value())
            for name in names
        )


@dataclass(frozen=True)
class FieldGroup:
    """A heading with the fields under it."""

    name: str
    words: str
    fields: Sequence[BoundField]
    closed: bool = False


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


def _initial(rail: Rail, stored: Connection | None, moving_to: str) -> dict[str, Any]:
    if stored is None:
        return {"environment": "sandbox", **settings_fields.initial_of(rail.settings_type, {})}
    settings = stored.settings
    if moving_to:
        before = stored.environment
        settings = settings_fields.moved_along(rail.settings_type, settings, before, moving_to)
    return {
        "name": stored.name,
        "slug": stored.slug,
        "environment": moving_to or stored.environment,
        **settings_fields.initial_of(rail.settings_type, settings),
    }


def _offers(rail: Rail, offered: Mapping[str, str]) -> dict[str, str]:
    """Return what a link brings along: names the form knows, and never a secret."""
    settings_type = rail.settings_type
    known = settings_type.model_fields.keys() - settings_fields.secret_names(settings_type)
    settings = {settings_fields.PREFIX + name: offered[name] for name in known if name in offered}
    return settings | {name: offered[name] for name in ("name", "slug") if name in offered}
