"""Ages and sizes as a person says them."""

from __future__ import annotations

from datetime import timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext as _

_UNITS = ("B", "kB", "MB", "GB", "TB")


def age_words(age: timedelta) -> str:
    """Return an age in its two largest units: `7 h 42 min`, `3 d 4 h`, `18 s`. Never negative."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return _("%(seconds)d s") % {"seconds": seconds}
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    if hours < 24:
        return _pair(
            _("%(hours)d h") % {"hours": hours},
            _("%(minutes)d min") % {"minutes": minutes % 60},
            minutes % 60,
        )
    return _pair(_("%(days)d d") % {"days": days}, _("%(hours)d h") % {"hours": hours % 24}, hours % 24)


def _pair(larger: str, smaller: str, number: int) -> str:
    return f"{larger} {smaller}" if number else larger


def size_words(size: int) -> str:
    """Return a number of bytes in decimal units: `1.9 MB`."""
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and value < 10 else 0
    return f"{number_format(round(value, digits), decimal_pos=digits)} {_UNITS[unit]}"
