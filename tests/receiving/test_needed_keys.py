"""A key is not erased while something waits that only it opens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.delivery.key_care import end_overlaps
from caseway.delivery.keys import import_key, list_keys, put_in_force
from caseway.delivery.models import Connection
from caseway.receiving.models import Arrival
from caseway.testing.builders import a_connection
from tests.delivery.key_fixtures import a_key, pem

pytestmark = pytest.mark.mission("F-11")


@pytest.fixture
def actor(organisation: Organisation, clock: Clock) -> Actor:
    actor = system(organisation.id)
    a_connection(organisation, slug="fit")
    for number in (0, 1):
        row = import_key(actor, "fit", "decrypt", pem(a_key(number)))
        put_in_force(actor, "fit", row.kid, timedelta(days=7))
    return actor


def arrives(actor: Actor, remote_id: str) -> None:
    with scope(actor.organisation_id):
        Arrival.objects.create(
            organisation_id=actor.organisation_id,
            connection=Connection.objects.get(),
            kind="submission",
            remote_id=remote_id,
            remote_case_id="c",
            found_by="poll",
        )


def test_what_waits_since_the_overlap_keeps_the_old_key(actor: Actor, clock: Clock) -> None:
    arrives(actor, "before")
    clock.advance(timedelta(days=8))
    arrives(actor, "after")

    kept = end_overlaps()
    with scope(actor.organisation_id):
        Arrival.objects.filter(remote_id="before").update(state=Arrival.State.TAKEN_IN)
    ended = end_overlaps()

    assert (0, 1) == (kept, ended)
    assert {"retired", "in_force"} == {row.state for row in list_keys(actor, "fit")}
