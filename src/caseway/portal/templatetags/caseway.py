"""How the portal writes times, ages, sizes, states: `{% load caseway %}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from caseway.core.clock import now
from caseway.core.errors import NotConfigured
from caseway.delivery.models import Delivery
from caseway.intake.models import Submission
from caseway.portal import receiving_words, words
from caseway.portal.ages import age_words, size_words
from caseway.portal.reading.addresses import address_of
from caseway.portal.sentences import said as said_in_words
from caseway.portal.sentences import translated
from caseway.rails.registry import rail
from caseway.receiving.models import Arrival

register = template.Library()


@register.simple_tag
def moment(at: datetime | None, form: str = "SHORT_DATETIME_FORMAT") -> str | SafeString:
    """Return an exact time in the reader's zone and locale as `<time>`; a dash where there is none."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}">{}</time>', at.astimezone(UTC).isoformat(), date_format(local, form)
    )


@register.simple_tag
def clock_time(at: datetime) -> SafeString:
    """Return the time of day with seconds; the whole time as title."""
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(),
        _exact(at),
        local.strftime("%H:%M:%S"),
    )


@register.simple_tag
def age(at: datetime | None) -> str | SafeString:
    """Return how long ago something was; the exact time as title."""
    if at is None:
        return "–"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(),
        _exact(at),
        age_words(now() - at),
    )


@register.simple_tag
def until(at: datetime | None) -> str | SafeString:
    """Return how long it is until a time to come: `in 3 min`; `now` when it has come."""
    if at is None:
        return "–"
    left = at - now()
    text = _("in %(age)s") % {"age": age_words(left)} if left.total_seconds() > 0 else _("now")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.astimezone(UTC).isoformat(), _exact(at), text
    )


@register.simple_tag
def time_zone_words() -> str:
    """Return which zone the times of the page are in."""
    zone = timezone.get_current_timezone_name()
    return _("All times are in the zone %(zone)s (%(offset)s).") % {
        "zone": zone,
        "offset": timezone.localtime(now()).strftime("UTC%z"),
    }


@register.filter
def size(value: int | None) -> str:
    """Return bytes in words; a dash where the number is not known."""
    return "–" if value is None else size_words(value)


@register.inclusion_tag("parts/tag.html")
def state(code: str) -> dict[str, Any]:
    """Show the state of a message or delivery as a tag: word and sign, never colour alone."""
    return _tag(words.STATES, code)


@register.inclusion_tag("parts/tag.html")
def step_state(code: str) -> dict[str, Any]:
    """Show the state of a step."""
    return _tag(words.STEP_STATES, code)


@register.inclusion_tag("parts/tag.html")
def replay_state(code: str) -> dict[str, Any]:
    """Show the state of a replay."""
    return _tag(words.REPLAY_STATES, code)


@register.inclusion_tag("parts/tag.html")
def circuit(code: str) -> dict[str, Any]:
    """Show whether a connection answers."""
    return _tag(words.CIRCUITS, code)


@register.inclusion_tag("parts/tag.html")
def arrival_state(code: str) -> dict[str, Any]:
    """Show how far something is that arrived (`reading.arrivals.state_of`)."""
    return _tag(receiving_words.ARRIVAL_STATES, code)


@register.simple_tag
def delivery_address(delivery: Delivery) -> str:
    """Return where a delivery is looked at."""
    return address_of(delivery)


@register.simple_tag
def delivery_name(delivery: Delivery) -> str:
    """Return what a delivery is about: its message's reference, else what the other side calls it."""
    if delivery.submission is not None:
        return delivery.submission.reference
    return str(delivery.brief.get("remote_id") or delivery.purpose)


@register.inclusion_tag("parts/tag.html")
def late_tag() -> dict[str, Any]:
    """Show that something has waited for our answer for too long."""
    return {"words": _("late"), "tone": "bad"}


@register.simple_tag
def arrival_title(arrival: Arrival) -> str:
    """Return what an arrival is called: what was taken in, else its kind."""
    if arrival.submission is not None:
        return message_title(arrival.submission)
    return str(arrival_kind(arrival.kind))


@register.simple_tag
def deadline(at: datetime | None) -> str | SafeString:
    """Return how long is left until a deadline, or how long ago it ended: in red then."""
    if at is None:
        return "–"
    left = at - now()
    over = left.total_seconds() <= 0
    text = _("over since %(age)s") if over else _("in %(age)s")
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        at.astimezone(UTC).isoformat(),
        _exact(at),
        format_html(' class="late"') if over else "",
        text % {"age": age_words(abs(left))},
    )


@register.filter
def arrival_kind(code: str) -> words.Words:
    """Return the word for the kind of an arrival."""
    return receiving_words.ARRIVAL_KINDS.get(code, code)


@register.filter
def found_by(code: str) -> words.Words:
    """Return how we came to know of an arrival."""
    return receiving_words.FOUND_BY.get(code, code)


@register.filter
def purpose(code: str) -> words.Words:
    """Return the word for why something is owed."""
    return receiving_words.PURPOSES.get(code, code)


@register.filter
def reply_channel(code: str) -> words.Words:
    """Return the word for a way to be answered."""
    return receiving_words.REPLY_CHANNELS.get(code, code)


@register.filter
def pairs(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the pairs of a table that may itself have a key called `items`."""
    return list(table.items())


@register.filter
def details_words(details: Mapping[str, Any]) -> str:
    """Return the details of an entry of the trail in one line, without what is empty."""
    return ", ".join(f"{name}: {value}" for name, value in details.items() if value not in ("", None, [], {}))


@register.filter
def message_title(submission: Submission) -> str:
    """Return what a message is called: its form, else its subject, else its reference."""
    return submission.form_name or str(submission.message.get("subject") or "") or submission.reference


@register.filter
def environment(code: str) -> words.Words:
    """Return the word for an environment."""
    return words.ENVIRONMENTS.get(code, code)


@register.filter
def rail_name(rail_id: str) -> str:
    """Return what a rail is called in the reader's language; its id where it is not installed."""
    try:
        names = rail(rail_id).manifest.names
    except NotConfigured:
        return rail_id
    return names.get(get_language() or "en", names.get("en", rail_id))


@register.filter
def channel(code: str) -> words.Words:
    """Return the word for a channel; a channel without a word is called what it is called."""
    return words.CHANNELS.get(code) or receiving_words.REPLY_CHANNELS.get(code, code)


@register.filter
def kind(code: str) -> words.Words:
    """Return the word for the kind of a submission."""
    return words.KINDS.get(code, code)


@register.filter
def document_role(code: str) -> words.Words:
    """Return the word for the role of a document."""
    return words.DOCUMENT_ROLES.get(code, code)


def _tag(table: dict[str, tuple[words.Words, words.Tone]], code: str) -> dict[str, Any]:
    text, tone = table.get(code, (code, ""))
    return {"words": text, "tone": tone}


def _exact(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


@register.filter
def said(text: str | None) -> str | SafeString:
    """Return a kept sentence of the engine or a rail in the reader's language; marked where it is English."""
    if not text:
        return ""
    found = translated(text)
    return format_html('<span lang="en">{}</span>', text) if found is None else found


@register.filter
def spoken(text: str | None) -> str:
    """Return what an error says in the reader's language; unmarked, for it may be in it already."""
    return said_in_words(text) if text else ""
