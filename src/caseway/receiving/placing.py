"""On which case of ours something belongs, by what the other side calls its case."""

from __future__ import annotations

from uuid import UUID

from caseway.cases.models import Case
from caseway.delivery.models import UNSENT_STATES, Connection, Delivery, Receipt
from caseway.receiving.models import Arrival


def known_case(connection: Connection, remote_case_id: str) -> Case | None:
    """Return the case that a remote case stands for, or None when it is new to us. In the caller's scope.

    It is known by what we sent or answered over this connection, or by what came before. A copy of another
    system's case takes nothing in and does not count.
    """
    if not remote_case_id:
        return None
    found = (
        _sent(connection, remote_case_id)
        or _came(connection, remote_case_id)
        or _being_sent(connection, remote_case_id)
    )
    return Case.objects.filter(id=found, source_system="").first() if found else None


def _sent(connection: Connection, remote_case_id: str) -> UUID | None:
    rows = Delivery.objects.filter(connection=connection, remote_case_id=remote_case_id)
    return rows.order_by("id").values_list("case_id", flat=True).first()


def _came(connection: Connection, remote_case_id: str) -> UUID | None:
    rows = Arrival.objects.filter(
        connection=connection, remote_case_id=remote_case_id, submission__isnull=False
    )
    return rows.order_by("id").values_list("submission__case_id", flat=True).first()


def _being_sent(connection: Connection, remote_case_id: str) -> UUID | None:
    """The answer may be quicker than our own book-keeping: the receipt knows the remote case before."""
    rows = Receipt.objects.filter(
        connection=connection,
        step__delivery__connection=connection,
        step__delivery__state__in=UNSENT_STATES,
        facts__remote_case_id=remote_case_id,
    )
    return rows.order_by("id").values_list("case_id", flat=True).first()
