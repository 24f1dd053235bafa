"""What arrived under an old key and was not opened yet keeps that key from being erased."""

from __future__ import annotations

from caseway.delivery.models import ConnectionKey
from caseway.receiving.models import Arrival

_UNOPENED = (Arrival.State.FOUND, Arrival.State.HELD)


def why_needed(key: ConnectionKey) -> str | None:
    """Return why a key is still needed to read what waits, or None; in the organisation's scope.

    What arrived after its overlap had ended was sealed for its successor.
    """
    if key.use != ConnectionKey.Use.DECRYPT:
        return None
    unopened = Arrival.objects.filter(connection_id=key.connection_id, state__in=_UNOPENED)
    if key.overlap_until is not None:
        unopened = unopened.filter(found_at__lte=key.overlap_until)
    waiting = unopened.count()
    return f"{waiting} arrivals wait to be opened; they may be sealed for it." if waiting else None
