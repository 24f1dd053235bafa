"""Secrets between a test and a save: the page never echoes them, so they travel sealed in a hidden input.

Sealed for this person and rail, with the keys of the installation; the browser holds nothing it could read.
"""

from __future__ import annotations

import json

from django.http import HttpRequest, QueryDict

from caseway.core.errors import NotConfigured
from caseway.core.secrets import ring
from caseway.portal.setup import settings_fields
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.rails.registry import rail

KEPT = "kept"


def keep_secrets(request: HttpRequest, form: ConnectionForm) -> str:
    """Return the secrets of a bound form, sealed; empty when none was typed."""
    rail_id = form.rail.manifest.id
    typed = {name: form.data.get(settings_fields.PREFIX + name, "") for name in _names(rail_id)}
    typed = {name: value for name, value in typed.items() if value}
    return ring().encrypt(json.dumps(typed), _purpose(request, rail_id)) if typed else ""


def with_kept_secrets(request: HttpRequest, rail_id: str) -> QueryDict:
    """Return what was sent, with sealed secrets where none was typed anew. A broken seal counts as none."""
    data = request.POST.copy()
    try:
        kept = json.loads(ring().decrypt(data.get(KEPT, ""), _purpose(request, rail_id)))
    except NotConfigured:
        return data
    for name in _names(rail_id):
        if name in kept and not data.get(settings_fields.PREFIX + name):
            data[settings_fields.PREFIX + name] = kept[name]
    return data


def _names(rail_id: str) -> frozenset[str]:
    return settings_fields.secret_names(rail(rail_id).settings_type)


def _purpose(request: HttpRequest, rail_id: str) -> str:
    return f"connection form:{request.user.pk}:{rail_id}"
