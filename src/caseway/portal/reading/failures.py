"""Why a delivery is not there yet, in four answers: cause, consequence, what helps, and their own words."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caseway.delivery.models import STUCK_STATES, Delivery, DeliveryState
from caseway.portal.reading.problems import ShownProblem, shown_problems


@dataclass(frozen=True)
class Failure:
    """What stands in the failure box of one delivery. `cause` and `remedy` are kept in English."""

    delivery: Delivery
    cause: str
    consequence: str
    remedy: str
    remote: str
    tone: str
    problems: list[ShownProblem]  # of the other side, where it judged

    @property
    def stuck(self) -> bool:
        """Tell whether only a person can go on."""
        return self.delivery.state in STUCK_STATES

    @property
    def retryable(self) -> bool:
        """Tell whether it may be tried again: what was handed over is judged, not sent anew."""
        return self.delivery.state != DeliveryState.SENT


def failures(deliveries: list[Delivery]) -> list[Failure]:
    """Return a failure for every delivery that has a cause to name, those that need a person first."""
    found = [_failure(delivery) for delivery in deliveries if delivery.code and not _over(delivery)]
    return sorted(found, key=lambda failure: not failure.stuck)


def _over(delivery: Delivery) -> bool:
    return delivery.state in (DeliveryState.DELIVERED, DeliveryState.NOT_APPLICABLE)


def _failure(delivery: Delivery) -> Failure:
    return Failure(
        delivery=delivery,
        cause=delivery.sentence or delivery.code,
        consequence=_consequence(delivery),
        remedy=delivery.remedy,
        remote=str(delivery.details.get("remote") or ""),
        tone="" if delivery.state in STUCK_STATES else "wait",
        problems=_problems(delivery),
    )


def _problems(delivery: Delivery) -> list[ShownProblem]:
    said = delivery.details.get("problems")
    return shown_problems([one for one in said if isinstance(one, dict)]) if isinstance(said, list) else []


def _consequence(delivery: Delivery) -> str:
    counts = delivery.steps.aggregate(done=Count("id", filter=Q(state="done")), all=Count("id"))
    kept = (
        ngettext(
            "%(done)d of %(all)d step done; what has its receipt is not repeated.",
            "%(done)d of %(all)d steps done; what has its receipt is not repeated.",
            counts["all"],
        )
        % counts
    )
    if delivery.state in STUCK_STATES:
        parked = _("Nothing is lost. Later deliveries of this case to this connection wait behind it.")
        return f"{kept} {parked}" if counts["all"] else parked
    if delivery.state == DeliveryState.SENT:
        return _("It is there; only its verdict could not be asked for. It is asked again by itself.")
    if delivery.state == DeliveryState.UNKNOWN:
        return _("Before anything is sent again, Caseway looks whether it arrived.")
    return _("Nothing is lost; it is tried again by itself.")
