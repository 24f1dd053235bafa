"""Inputs of the mapping editor: `{% load setup %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from caseway.portal.setup.editor_page import EditorPage, Offer
from caseway.portal.setup.rule_fields import FIELD_NAMES

register = template.Library()

_PLAIN = frozenset({"id", "label", "kind", "value", "required"})


@register.simple_tag
def text(prefix: str, fields: Mapping[str, str], name: str, label: str) -> SafeString:
    """Return a labelled text input named `prefix.name`."""
    return format_html(
        '<div class="field"><label for="{0}.{1}">{2}</label>'
        '<input id="{0}.{1}" name="{0}.{1}" value="{3}"></div>',
        prefix,
        name,
        label,
        fields.get(name, ""),
    )


@register.simple_tag
def choice(
    prefix: str, fields: Mapping[str, str], name: str, choices: list[tuple[str, str]], label: str
) -> SafeString:
    """Return a labelled select named `prefix.name`; a value that is not among the choices stays choosable."""
    chosen = fields.get(name, "")
    known = choices if any(value == chosen for value, _ in choices) else [*choices, (chosen, chosen)]
    options = format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((value, SafeString(" selected") if value == chosen else "", words) for value, words in known),
    )
    return format_html(
        '<div class="field"><label for="{0}.{1}">{2}</label>'
        '<select id="{0}.{1}" name="{0}.{1}">{3}</select></div>',
        prefix,
        name,
        label,
        options,
    )


@register.simple_tag
def lookup(words: Mapping[str, str], name: str) -> str:
    """Return the word for a name, or the name."""
    return words.get(name, name)


@register.simple_tag
def offer(page: EditorPage, target: str) -> Offer | None:
    """Return what a target could be given besides."""
    return page.offer_of(target)


@register.filter
def advanced(fields: Mapping[str, str]) -> str:
    """Return the names of the options in use, so that a closed row tells what it hides."""
    return ", ".join(name for name in FIELD_NAMES if name not in _PLAIN and fields.get(name))


@register.filter
def advanced_error(errors: Mapping[str, Any]) -> bool:
    """Say whether something is wrong with an option."""
    return bool(set(errors) - _PLAIN)
