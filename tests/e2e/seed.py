"""A day at Stadt Beispielhausen: two connections, one in trouble, and messages in every state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter

from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery.models import Connection, DeliveryState
from caseway.mapping.models import MappingVersion
from caseway.testing.builders import (
    a_connection,
    a_delivery,
    a_mapping,
    a_route,
    a_submission,
    a_user,
    an_organisation,
    nothing_to_send,
)
from tests.e2e.seed_arrivals import seed_arrivals
from tests.e2e.seed_trust import seed_trust

PASSWORD = "correct horse battery staple"
ADMINISTRATOR = "erika.mustermann@example.org"
AUDITOR = "max.mustermann@example.org"

Planned = tuple[datetime, Callable[[], None]]

_FORMS = (
    ("hundesteuer", "Hundesteuer, Anmeldung"),
    ("wohngeld", "Wohngeld, Erstantrag"),
    ("parkausweis", "Bewohnerparkausweis"),
    ("gewerbe", "Gewerbeanmeldung"),
)


def seed() -> None:
    """Make the people, the connections and the messages."""
    organisation = an_organisation()
    a_user(organisation, Role.ADMINISTRATOR, ADMINISTRATOR, PASSWORD, "Erika Mustermann")
    a_user(organisation, Role.AUDITOR, AUDITOR, PASSWORD, "Max Mustermann")
    good = a_connection(
        organisation, "archive", name="optiGov archive", settings={"base_url": "http://127.0.0.1:8085/"}
    )
    bad = a_connection(organisation, "dms", environment="production")
    a_route(good, "Everything to the archive")
    _trouble(organisation, bad)
    for _at, write in sorted([*_good_day(organisation, good), *_stuck(organisation, bad)], key=itemgetter(0)):
        write()
    seed_arrivals(organisation)
    nothing_to_send(a_submission(organisation, form_id="lob", form_name="Lob und Kritik"))
    seed_trust(organisation)


def _trouble(organisation: Organisation, connection: Connection) -> None:
    with scope(organisation.id):
        Connection.objects.filter(id=connection.id).update(
            circuit=Connection.Circuit.OPEN,
            circuit_failures=5,
            down_since=now() - timedelta(hours=7, minutes=42),
            circuit_until=now() + timedelta(minutes=3),
        )


def _good_day(organisation: Organisation, connection: Connection) -> Iterator[Planned]:
    mapping = a_mapping(organisation, "onlinevorgang")
    for number in range(70):
        form_id, form_name = _FORMS[number % len(_FORMS)]
        at = now() - timedelta(minutes=(number * number) % 690, seconds=number)
        form = {"form_id": form_id, "form_name": form_name}
        yield at, partial(_a_message, connection, DeliveryState.DELIVERED, mapping, at, form)


def _stuck(organisation: Organisation, connection: Connection) -> Iterator[Planned]:
    mapping = a_mapping(organisation)
    refused = [DeliveryState.REFUSED] * 4
    others = [DeliveryState.ATTENTION, DeliveryState.UNKNOWN, DeliveryState.WAITING, DeliveryState.WAITING]
    for number, state in enumerate([*refused, *others]):
        at = now() - timedelta(hours=11, minutes=14) + timedelta(minutes=37 * number)
        yield at, partial(_a_message, connection, state, mapping, at, {})


def _a_message(
    connection: Connection, state: str, mapping: MappingVersion, at: datetime, form: dict[str, str]
) -> None:
    submission = a_submission(connection.organisation, documents=3, received_at=at, **form)
    a_delivery(submission, connection, state, mapping=mapping)
