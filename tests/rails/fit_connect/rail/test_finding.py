"""The directory: places by name, who takes a service there, what they take, and what is proven of them."""

from __future__ import annotations

import pytest

from caseway.core.errors import Invalid, NotConfigured, RateLimited
from caseway.rails.directory import Party, Wanted
from caseway.rails.fit_connect import rail
from tests.rails.fit_connect.rail.kit import World
from tests.rails.fit_connect.rail.papers import JSON_SCHEMA, OURS, SERVICE, XML_SCHEMA

ARS = Wanted(SERVICE, ars="990010001001")


def only(world: World, wanted: Wanted = ARS) -> Party:
    (party,) = rail.parties(wanted, world.sender().link)
    return party


def bad(party: Party) -> list[str]:
    return [one.code for one in party.findings if not one.ok]


@pytest.mark.parametrize("words", ["Musterlingen", "muster*", "99901", "Muster* *lingen"])
def test_places_are_found_by_name_and_post_code(world: World, words: str) -> None:
    found = rail.areas(words, world.sender().link)

    assert ("101", "Musterlingen", "Stadt") in [
        (one.id, one.name, one.kind) for one in found
    ] or "Stadt" in words


@pytest.mark.parametrize("words", ["", "*", "x", "a " * 11])
def test_a_search_for_nothing_is_not_sent(world: World, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        rail.areas(words, world.sender().link)

    assert "fit_connect.words_unfit" == caught.value.code
    assert [] == world.exchanges


@pytest.mark.parametrize(
    "wanted",
    [
        ARS,
        Wanted(f"urn:de:fim:leika:leistung:{SERVICE}", ars="990010001001"),
        Wanted(SERVICE, ags="99001001"),
        Wanted(SERVICE, area_id="101"),
    ],
)
def test_who_takes_a_service_is_found_by_every_name_of_a_place(world: World, wanted: Wanted) -> None:
    party = only(world, wanted)

    assert (OURS, True, True) == (party.id, party.reachable, party.trusted)


def test_a_party_tells_what_it_takes_and_who_it_is(either: World) -> None:
    party = only(either)

    assert {(JSON_SCHEMA, "application/json"), (XML_SCHEMA, "application/xml")} == set(
        party.accepts[0].schemas
    )
    assert ("2.1.0", "1.5.0") == tuple(party.metadata_versions)
    assert ("Stadt Musterlingen, Bauamt", "active") == (party.name, party.status)


def test_three_things_are_proven_of_a_party(world: World) -> None:
    assert [
        "fit_connect.signed_data",
        "fit_connect.destination_known",
        "fit_connect.key_trusted",
    ] == [one.code for one in only(world).findings]


@pytest.mark.parametrize(
    ("fault", "action", "code"),
    [
        ("wrong_destination_signature", "routes", "fit_connect.jws_signature_wrong"),
        ("foreign_destination_signature", "routes", "fit_connect.destination_data_other"),
        ("certificate_expired", "get_key", "fit_connect.certificate_expired"),
        ("certificate_untrusted", "get_key", "fit_connect.root_unknown"),
    ],
)
def test_who_is_not_proven_is_shown_and_not_trusted(world: World, fault: str, action: str, code: str) -> None:
    world.fault(fault, action, times=None)
    party = only(world)

    assert (OURS, False, False, [code]) == (party.id, party.trusted, party.reachable, bad(party))


def test_who_is_not_active_is_not_reachable(world: World) -> None:
    world.fault("destination_inactive", "get_destination", times=None)
    party = only(world)

    assert (False, "inactive", []) == (party.reachable, party.status, bad(party))


def test_whom_the_delivery_service_does_not_know_is_shown(world: World) -> None:
    world.fault("server_error", "get_destination", times=None)
    party = only(world)

    assert (False, "unknown", ["fit_connect.server_error"]) == (party.reachable, party.status, bad(party))


def test_nobody_is_an_empty_answer(world: World) -> None:
    assert [] == list(rail.parties(Wanted(SERVICE, ars="09162"), world.sender().link))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (Wanted(SERVICE), "fit_connect.place_unfit"),
        (Wanted(SERVICE, ars="99", ags="99001"), "fit_connect.place_unfit"),
        (Wanted(SERVICE, ars="12345678"), "fit_connect.place_unfit"),
        (Wanted("4711", ars="99"), "fit_connect.service_key_unfit"),
        (Wanted("urn:de:test:dienst", ars="99"), "fit_connect.service_key_unfit"),
    ],
)
def test_a_question_that_cannot_be_asked_is_not_sent(world: World, wanted: Wanted, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        rail.parties(wanted, world.sender().link)

    assert code == caught.value.code


def test_a_platform_without_a_directory_is_said_to_have_none(world: World) -> None:
    with pytest.raises(NotConfigured) as caught:
        rail.areas("Musterlingen", world.sender(routing_url="").link)

    assert "fit_connect.no_routing" == caught.value.code


def test_the_pause_the_directory_asks_for_is_passed_on(world: World) -> None:
    world.fault("rate_limited", "routes", retry_after=33)

    with pytest.raises(RateLimited) as caught:
        only(world)

    assert caught.value.retry_after is not None
    assert 33 == caught.value.retry_after.total_seconds()


def test_the_portal_is_asked_for_its_keys_once(world: World) -> None:
    there = world.platform.platform.store.destinations
    other = there["5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a02"]
    other.services = [dict(there[OURS].services[0])]

    assert 2 == len(rail.parties(ARS, world.sender().link))
    assert 1 == sum(one.action == "getPortalKeys" for one in world.exchanges)


def test_the_directory_never_sees_our_token(world: World) -> None:
    only(world)

    asked = [one for one in world.exchanges if "/routing/" in one.url or "/portal/" in one.url]
    assert asked
    assert all("authorization" not in {name.lower() for name in one.request_headers} for one in asked)
