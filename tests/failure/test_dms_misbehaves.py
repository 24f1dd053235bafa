"""Each thing a DMS is known to do wrong, through the whole engine, with the schedule that is promised."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caseway.access.scope import scope
from caseway.delivery.connections import resume_connection
from caseway.delivery.models import Delivery
from caseway.delivery.retry import retry_delivery
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.harness_world import Count
from caseway.testing.pki import make_ca
from caseway.testing.simulator import ServerTls
from tests.failure.conftest import NearDms, Town

NUMBER = 8
FILING = ["createFolder", "createDocument"]
LOST: dict[str, Any] = {"actions": FILING, "probability": 0.3, "seed": 5, "times": 12}


@pytest.mark.parametrize(
    "faults",
    [
        {"drop_reply": LOST},
        {"rename_on_conflict": {}, "drop_reply": LOST},
        {"query_lag": {"seconds": 45}, "drop_reply": LOST},
        {"server_error": {**LOST, "times": 4}},
        {"html_error": {**LOST, "status": 502, "times": 4}},
        {"html_error": {**LOST, "status": 200, "times": 4}},
        {"cut_connection": {**LOST, "bytes": 10}},
        {"slow": {**LOST, "seconds": 0.05}, "drop_reply": LOST},
    ],
    ids=lambda faults: "+".join(faults),
)
def test_each_effect_is_there_once(town: Town, faults: dict[str, dict[str, Any]]) -> None:
    town.open(server_errors=50)
    for kind, how in faults.items():
        town.dms.misbehave(kind, **how)
    town.world.accept(NUMBER)
    town.work()
    town.wait(days=2, every=timedelta(hours=1))

    assert Count.perfect(NUMBER) == town.world.count()


def test_an_error_for_ever_goes_to_a_person_and_what_is_filed_stays(town: Town) -> None:
    town.open()
    town.dms.misbehave("server_error", actions=["createDocument"])
    town.world.accept(1)
    town.work()
    town.wait(days=3)
    assert ({"refused": 1}, {"cmis.server_error_persists"}) == (town.world.states(), town.codes())

    town.dms.behave()
    with scope(town.world.organisation.id):
        stuck = Delivery.objects.get()
    retry_delivery(town.world.actor, stuck.id, "the DMS is mended")
    town.work()

    assert Count.perfect(1) == town.world.count()


def test_a_pause_that_is_asked_for_is_kept(town: Town) -> None:
    town.open()
    town.dms.misbehave("rate_limited", actions=FILING, retry_after=1200, times=1)
    town.world.accept(1)
    town.work()
    town.wait(minutes=19, every=timedelta(minutes=1))
    assert 1 == town.attempts()

    town.wait(minutes=2, every=timedelta(minutes=1))

    assert Count.perfect(1) == town.world.count()


def test_wrong_credentials_open_the_circuit_and_burn_no_delivery(town: Town) -> None:
    town.open()
    town.dms.misbehave("unauthorized")
    town.world.accept(NUMBER)
    town.work()
    town.wait(hours=12)

    assert ("open", "cmis.unauthorized") == (town.link().circuit, town.link().last_failure_code)
    assert {"waiting": NUMBER} == town.world.states()
    assert town.attempts() <= 12

    town.dms.behave()
    resume_connection(town.world.actor, "dms")
    town.wait(hours=5)
    assert Count.perfect(NUMBER) == town.world.count()


def test_a_certificate_that_ended_opens_the_circuit_and_burns_no_delivery(town: Town) -> None:
    ca = make_ca()
    with CmisSimulator(tls=ServerTls(ca)) as dms:
        town.dms = NearDms(dms)
        town.open(trust="private", ca_pem=ca.certificate_pem.decode())
        town.dms.misbehave("expired_certificate")
        town.world.accept(NUMBER)
        town.work()
        town.wait(hours=12)
        assert ("open", "http.certificate_rejected") == (town.link().circuit, town.link().last_failure_code)
        assert {"waiting": NUMBER} == town.world.states()

        town.dms.behave()
        town.wait(hours=5)
        assert Count.perfect(NUMBER) == town.world.count()
