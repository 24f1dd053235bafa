"""Where a delivery is looked at: at its message, or, where nothing was taken in, at what arrived."""

from __future__ import annotations

from django.core.exceptions import ObjectDoesNotExist
from django.urls import reverse

from caseway.delivery.models import Delivery
from caseway.receiving.models import Arrival


def address_of(delivery: Delivery) -> str:
    """Return the address of the page of a delivery; of one that belongs to nothing, that of its case."""
    if delivery.submission_id is not None:
        return reverse("portal:message", args=[delivery.submission_id])
    arrival = answered_by(delivery)
    if arrival is not None:
        return reverse("portal:arrival", args=[arrival.id])
    return reverse("portal:case", args=[delivery.case_id])


def answered_by(delivery: Delivery) -> Arrival | None:
    """Return the arrival that a delivery answers; read along where `answers` was selected with it."""
    try:
        found: Arrival = delivery.answers
    except ObjectDoesNotExist:
        return None
    return found
