"""The probe of a mapping against a live DMS: everything is filed, and nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.errors import NotFound, NotPermitted
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import WireExchange
from caseway.delivery.rehearsal import rehearse
from caseway.mapping.document import load
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.builders import a_submission


@pytest.fixture
def dms() -> Iterator[CmisSimulator]:
    with CmisSimulator() as simulator:
        yield simulator


@pytest.fixture
def actor(organisation: Organisation, dms: CmisSimulator) -> Actor:
    actor = system(organisation.id)
    settings = {"service_url": f"{dms.url}/cmis/browser", "login": "none"}
    save_connection(actor, ConnectionDraft("dms", "DMS", "cmis", "sandbox", settings))
    return actor


def mapping() -> dict[str, Any]:
    return load((files("caseway.demo") / "mappings" / "onlinevorgang.yaml").read_text(encoding="utf-8"))


@pytest.mark.mission("C-12")
def test_a_sample_is_filed_and_nothing_of_it_stays(
    actor: Actor, organisation: Organisation, dms: CmisSimulator
) -> None:
    before = [one["id"] for one in dms.objects()]
    submission = a_submission(organisation, documents=2)

    report = rehearse(actor, mapping(), submission.id, "dms", "/Onlineantraege")

    assert report.ok
    assert 3 == len(report.findings)
    assert before == [one["id"] for one in dms.objects()]
    with scope(organisation.id):
        assert {"createFolder", "createDocument", "delete"} <= set(
            WireExchange.objects.values_list("action", flat=True)
        )


@pytest.mark.mission("C-12")
def test_what_the_dms_refuses_is_found_and_what_was_made_is_gone(
    actor: Actor, organisation: Organisation, dms: CmisSimulator
) -> None:
    before = [one["id"] for one in dms.objects()]
    dms.faults.add("refuse", actions=["createDocument"], message="Nein")
    submission = a_submission(organisation, documents=1)

    report = rehearse(actor, mapping(), submission.id, "dms", "/Onlineantraege")

    assert ["cmis.constraint"] == [one.code for one in report.findings if not one.ok]
    assert before == [one["id"] for one in dms.objects()]


def test_an_unknown_submission_is_said(actor: Actor, organisation: Organisation) -> None:
    with pytest.raises(NotFound):
        rehearse(actor, mapping(), organisation.id, "dms", "/")


def test_a_caseworker_may_not(organisation: Organisation, actor: Actor) -> None:
    clerk = Actor("user", "x", "X", organisation.id, "caseworker")

    with pytest.raises(NotPermitted):
        rehearse(clerk, mapping(), organisation.id, "dms", "/")
