"""The form of a connection, made from the typed settings of its rail (pydantic fields → Django fields)."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from caseway.portal.setup.rail_words import RailWords, words_of
from caseway.rails.contract import RailSettings

PREFIX = "settings-"
FILE = "-file"
MAX_PEM_BYTES = 100_000

Fields = dict[str, forms.Field]

GROUPS = {
    "address": gettext_lazy("Address"),
    "network": gettext_lazy("Network and certificates"),
    "login": gettext_lazy("Login"),
    "filing": gettext_lazy("Filing"),
    "": gettext_lazy("Settings"),
}
"""What groups are called whose rail has no word of its own for them."""


def fields_for(settings_type: type[RailSettings], stored_secrets: frozenset[str]) -> Fields:
    """Return a Django field for each setting, by its name in the form; PEM fields with a file beside them.

    `stored_secrets` names the secrets that are kept already: their inputs stay empty and may be left so.
    """
    made: dict[str, forms.Field] = {}
    words = words_of(settings_type)
    for name, info in settings_type.model_fields.items():
        label = title_of(words, name, info)
        made[PREFIX + name] = _field(name, info, words, kept=name in stored_secrets)
        if name.endswith("_pem"):
            made[PREFIX + name + FILE] = forms.FileField(
                required=False, label=_("%(label)s as a file") % {"label": label}
            )
    return made


def title_of(words: RailWords, name: str, info: FieldInfo) -> str:
    """Return what a setting is called: the rail's word, else its title."""
    return words.title(name) or _(info.title or name)


def groups_of(settings_type: type[RailSettings]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (group, its words, names of its form fields) in the order of the settings."""
    words = words_of(settings_type)
    grouped: dict[str, list[str]] = {}
    for name, info in settings_type.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        names = grouped.setdefault(str(extra.get("group", "")), [])
        names.append(PREFIX + name)
        if name.endswith("_pem"):
            names.append(PREFIX + name + FILE)
    for group, names in grouped.items():
        yield group, words.groups.get(group) or str(GROUPS.get(group, group)), names


def initial_of(settings_type: type[RailSettings], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the inputs show at first: the stored settings, else the defaults; never a secret."""
    initial = {}
    for name, info in settings_type.model_fields.items():
        if _is_secret(info):
            continue
        value = stored.get(name, None if info.default is PydanticUndefined else info.default)
        initial[PREFIX + name] = "\n".join(map(str, value)) if isinstance(value, list | tuple) else value
    return initial


def settings_from(settings_type: type[RailSettings], cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as typed, by their own names; a chosen file wins over the text beside it."""
    values: dict[str, Any] = {}
    for name, info in settings_type.model_fields.items():
        value = cleaned.get(PREFIX + name)
        if file := cleaned.get(PREFIX + name + FILE):
            value = file.read(MAX_PEM_BYTES).decode("utf-8", "replace")
        if _is_list(info):
            value = tuple(line.strip() for line in str(value or "").splitlines() if line.strip())
        values[name] = value
    return values


def secret_names(settings_type: type[RailSettings]) -> frozenset[str]:
    """Return the names of the settings that are secrets."""
    return frozenset(name for name, info in settings_type.model_fields.items() if _is_secret(info))


def moved_along(
    settings_type: type[RailSettings], stored: Mapping[str, Any], before: str, after: str
) -> dict[str, Any]:
    """Return the settings of another environment: those that name the environment left name the other one.

    A setting moves along where its choices know both, such as the platform of the same name.
    """
    moved = dict(stored)
    for name, info in settings_type.model_fields.items():
        choices = get_args(_kind(info)) if get_origin(_kind(info)) is Literal else ()
        value = stored.get(name, None if info.default is PydanticUndefined else info.default)
        if value == before and after in choices:
            moved[name] = after
    return moved


def _field(name: str, info: FieldInfo, said: RailWords, *, kept: bool) -> forms.Field:
    kind, required = _kind(info), info.is_required()
    words: dict[str, Any] = {
        "label": title_of(said, name, info),
        "help_text": said.description(name) or _(info.description or ""),
    }
    if kind is bool:
        return forms.BooleanField(required=False, **words)
    if get_origin(kind) is Literal:
        choices = [(choice, said.choice(name, str(choice))) for choice in get_args(kind)]
        return forms.ChoiceField(required=required, choices=choices, **words)
    if kind in (int, float):
        number = forms.IntegerField if kind is int else forms.FloatField
        return number(required=required, **_bounds(info), **words)
    if kind is SecretStr:
        return _secret(name, words, required=required and not kept, kept=kept)
    if _is_list(info):
        words["help_text"] = f"{words['help_text']} {_('One a line.')}".strip()
        return forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}), **words)
    area = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}) if name.endswith("_pem") else None
    return forms.CharField(required=required, widget=area, max_length=MAX_PEM_BYTES, **words)


def _secret(name: str, words: dict[str, Any], *, required: bool, kept: bool) -> forms.Field:
    if kept:
        words["help_text"] = f"{words['help_text']} {_('Stored. Leave it empty to keep it.')}".strip()
    if name.endswith("_pem"):
        return forms.CharField(required=required, widget=UnechoedArea(attrs={"rows": 3}), **words)
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
    return forms.CharField(required=required, widget=widget, strip=False, **words)


class UnechoedArea(forms.Textarea):
    """A text area that never shows what was typed before: for private keys."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


def _kind(info: FieldInfo) -> Any:
    """Return the type of a setting without its `| None`."""
    if get_origin(info.annotation) in (Union, types.UnionType):
        return next(part for part in get_args(info.annotation) if part is not type(None))
    return info.annotation


def _is_secret(info: FieldInfo) -> bool:
    return _kind(info) is SecretStr


def _is_list(info: FieldInfo) -> bool:
    return get_origin(_kind(info)) in (list, tuple)


def _bounds(info: FieldInfo) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        match rule:
            case Ge(ge=least) | Gt(gt=least):
                bounds["min_value"] = least
            case Le(le=most) | Lt(lt=most):
                bounds["max_value"] = most
    return bounds
