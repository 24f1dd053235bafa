"""Who takes a service where: found, proven, kept, found again (F-01, F-12)."""

from __future__ import annotations

import pytest

from tests.fit_connect_doors.town import LEIKA, OFFICE, REGION, SCHEMA, SERVICE, Service, Town
from tests.portal_setup.pages import text

AGS, AREA = "99001001", "101"  # Musterlingen, by its municipality key and by its id in the directory
ASKED = {"service": SERVICE, "place_kind": "ars", "place": REGION}
FIND = ("catalogue", "find", "fit", "--service", SERVICE, "--ars", REGION)


@pytest.mark.mission("F-01")
def test_a_person_sees_who_takes_a_service_in_a_place_and_in_which_form(service: Service) -> None:
    service.join()
    page = text(service.person.post("/connections/fit/directory/", ASKED))

    assert [] == [
        words
        for words in ("Stadt Musterlingen, Bauamt", "can be reached", SCHEMA, "2.1.0")
        if words not in page
    ]


@pytest.mark.mission("F-01")
def test_an_area_is_found_by_its_name_or_post_code(service: Service) -> None:
    service.join()

    (found,) = service.shell("catalogue", "areas", "fit", "99901")
    assert "Musterlingen" == found["name"]
    (party,) = service.shell(*FIND[:-2], "--area", found["id"])
    assert OFFICE == party["party_id"]


@pytest.mark.mission("F-01")
def test_an_area_may_be_named_by_its_municipality_key_too(service: Service) -> None:
    service.join()
    (party,) = service.shell(*FIND[:-2], "--ags", AGS)

    assert (OFFICE, True, True) == (party["party_id"], party["reachable"], party["trusted"])


@pytest.mark.mission("F-01")
@pytest.mark.parametrize(("kind", "place"), [("ags", AGS), ("area_id", AREA)])
def test_an_application_is_sent_by_any_kind_of_key_of_its_place(town: Town, kind: str, place: str) -> None:
    town.service.join(region_kind=kind, region=place)
    sent = town.service.hand_in()
    town.service.work()

    assert ("sent", "") == town.service.told(sent)
    assert [OFFICE] == [one["destinationId"] for one in town.platform.describe()["parcels"]]


@pytest.mark.mission("F-01")
def test_the_ways_an_authority_answers_by_are_shown(town: Town) -> None:
    with town.authority.subscriber() as http:
        named = {"replyChannels": {"eMail": {"usePgp": False}, "elster": {}}}
        http.patch(f"destinations/{OFFICE}", json=named).raise_for_status()
    town.service.version = "v1"  # v2 does not say it
    town.service.join()
    page = text(town.service.person.post("/connections/fit/directory/", ASKED))
    (party,) = town.service.shell(*FIND)

    assert ["eMail", "elster"] == party["reply_channels"]
    assert "e-mail, ELSTER" in page


@pytest.mark.mission("F-01")
def test_an_application_finds_the_responsible_authority_by_service_and_region(town: Town) -> None:
    town.service.join(region="")
    here, nowhere = town.service.hand_in(region=REGION), town.service.hand_in(region="990020000000")
    town.service.work()

    assert ("sent", "") == town.service.told(here)
    assert ("refused", "fit_connect.nobody_responsible") == town.service.told(nowhere)
    assert [OFFICE] == [one["destinationId"] for one in town.platform.describe()["parcels"]]


@pytest.mark.mission("F-01")
@pytest.mark.parametrize(
    ("forgery", "code"),
    [
        ("wrong_destination_signature", "fit_connect.jws_signature_wrong"),
        ("foreign_destination_signature", "fit_connect.destination_data_other"),
    ],
)
def test_destination_data_that_the_portal_did_not_sign_are_shown_and_never_sent_to(
    town: Town, forgery: str, code: str
) -> None:
    town.service.join()
    town.fault(forgery)

    page = text(town.service.person.post("/connections/fit/directory/", ASKED))
    (party,) = town.service.shell(*FIND)
    sent = town.service.hand_in()
    town.service.work()

    assert ("cannot be reached" in page, "not proven" in page) == (True, True)
    assert (False, False) == (party["reachable"], party["trusted"])
    assert ("attention", code) == town.service.told(sent)
    assert [] == town.events()


@pytest.mark.mission("F-01")
def test_an_office_that_is_closed_is_shown_as_such(town: Town) -> None:
    town.service.join()
    town.fault("destination_inactive")

    (party,) = town.service.shell(*FIND)
    sent = town.service.hand_in()
    town.service.work()

    assert (False, "inactive") == (party["reachable"], party["status"])
    assert ("refused", "fit_connect.destination_inactive") == town.service.told(sent)


@pytest.mark.mission("F-12")
def test_what_was_found_is_known_and_proposed_to_be_used_again(service: Service) -> None:
    service.join()
    assert [] == service.shell("catalogue", "search", "Bauamt")
    service.shell(*FIND)

    page = text(service.person.get(f"/catalogue/?service={LEIKA}&schema={SCHEMA}"))

    assert [OFFICE] == [one["party_id"] for one in service.shell("catalogue", "search", "--schema", SCHEMA)]
    assert "Stadt Musterlingen, Bauamt takes this service in this very form." in page


@pytest.mark.mission("F-12")
def test_nobody_is_proposed_for_a_service_that_nobody_known_takes(service: Service) -> None:
    service.join()
    service.shell(*FIND)
    page = text(service.person.get("/catalogue/?service=99107004018000"))

    assert "Bauamt" not in page
    assert [] == service.shell("catalogue", "search", "--service", "99107004018000")
