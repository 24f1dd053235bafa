"""How the set-up screens write states of keys, runs and questions: `{% load trust %}`."""

from __future__ import annotations

from typing import Any

from django import template

from caseway.portal.setup import trust_words
from caseway.portal.words import Words

register = template.Library()

_TABLES = {
    "key": trust_words.KEY_STATES,
    "run": trust_words.RUN_STATES,
    "clause": trust_words.CLAUSE_STATES,
    "item": trust_words.ITEM_STATES,
}


@register.inclusion_tag("parts/tag.html")
def stands(kind: str, code: str) -> dict[str, Any]:
    """Show how a key, run, clause or item stands, as a tag: word and sign."""
    words, tone = _TABLES[kind].get(code, (code, ""))
    return {"words": words, "tone": tone}


@register.filter
def key_origin(code: str) -> Words:
    """Return the word for where a key is from."""
    return trust_words.KEY_ORIGINS.get(code, code)


@register.filter
def key_use(code: str) -> Words:
    """Return the word for what a key is for."""
    return trust_words.KEY_USES.get(code, code)


@register.filter
def who(code: str) -> Words:
    """Return the word for who answers a question."""
    return trust_words.WHO.get(code, code)


@register.filter
def reply_channel(code: str) -> Words:
    """Return the word for a way to answer; one without a word is called what it is called."""
    return trust_words.REPLY_CHANNELS.get(code, code)
