"""What keeps us from something and is no fault of its sender's: it waits, and is collected later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from caseway.core.errors import CasewayError, NotConfigured, NotFound, Refused, Unavailable
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.simulator.events import record
from caseway.rails.inbound import Arriving, Rejectable
from tests.rails.fit_connect.jose.keys import recipient
from tests.rails.fit_connect.rail.forger import Forged, new_id
from tests.rails.fit_connect.rail.kit import Held, Registered, World
from tests.rails.fit_connect.rail.papers import OURS
from tests.rails.fit_connect.rail.schemas import CARPORT

ID = "0d4f5a1e-9c0b-4a3e-8a55-1f2f4f0a7b31"
PDF = b"%PDF-1.7 Lageplan"


def trouble_of(world: World, arriving: Arriving, **settings: Any) -> CasewayError:
    """Return the error that keeps us from something, none of which is held against its sender."""
    with pytest.raises(CasewayError) as caught:
        world.collect(world.receiver(**settings), arriving)
    assert not isinstance(caught.value, Rejectable)
    return caught.value


def test_what_was_answered_beside_us_meanwhile_is_gone_and_nobodys_fault(world: World) -> None:
    arriving = Forged(attachments={ID: PDF}).hand_over(world)
    link = world.receiver()
    parcel = world.platform.platform.store.parcels[arriving.remote_id]

    def accept(response: Any) -> None:
        if "/events" in str(response.url):
            parcel.status = "accepted"

    link.client.event_hooks["response"].append(accept)

    with pytest.raises(NotFound) as caught:
        world.collect(link, arriving)

    assert "arrival.gone" == caught.value.code


def test_what_does_not_wait_any_more_is_gone(world: World) -> None:
    arriving = replace(Forged().hand_over(world), remote_id=new_id())

    assert "arrival.gone" == trouble_of(world, arriving).code


def test_a_download_that_breaks_off_waits(world: World) -> None:
    arriving = Forged(attachments={ID: PDF * 10_000}).hand_over(world)
    world.fault("truncate_download", "get_attachment", percent=60)

    assert isinstance(trouble_of(world, arriving), Unavailable)
    assert world.collect(world.receiver(), arriving).files


def test_a_key_that_we_lack_is_our_fault(world: World) -> None:
    arriving = Forged(recipient=recipient(2)).hand_over(world)
    error = trouble_of(world, arriving)

    assert (NotConfigured, "fit_connect.jwe_key_unknown") == (type(error), error.code)


def test_no_key_at_all_is_our_fault(world: World) -> None:
    arriving = Forged().hand_over(world)

    assert "keys.none_to_decrypt" == trouble_of(world, arriving, keys=Held([])).code


@pytest.mark.parametrize("fault", ["wrong_set_signature", "wrong_issuer"])
def test_a_log_that_cannot_be_verified_is_not_the_senders_fault(world: World, fault: str) -> None:
    arriving = Forged().hand_over(world)
    world.fault(fault, times=None)
    error = trouble_of(world, arriving)

    assert (Unavailable, "fit_connect.log_not_verified") == (type(error), error.code)


def test_a_platform_that_does_not_name_the_tags_is_not_the_senders_fault(world: World) -> None:
    arriving = Forged().hand_over(world)
    parcel = world.platform.platform.store.parcels[arriving.remote_id]
    case = world.platform.platform.store.cases[arriving.remote_case_id]
    case.events = [one for one in case.events if one.name != "submit-submission"]
    record(world.platform.platform, parcel, "submit-submission")

    error = trouble_of(world, arriving)

    assert ("fit_connect.log_not_verified", "fit_connect.set_tags_missing") == (
        error.code,
        error.details["because"],
    )


def test_a_log_that_lags_behind_waits(world: World) -> None:
    arriving = Forged().hand_over(world)
    world.platform.platform.store.parcels[arriving.remote_id].hidden_reads = 1

    assert "fit_connect.not_in_log" == trouble_of(world, arriving).code
    assert world.collect(world.receiver(), arriving).files


@pytest.mark.parametrize(("part", "limit"), [("data", "max_answer_bytes"), (ID, "max_attachment_bytes")])
def test_what_passes_a_limit_of_ours_waits_until_we_raise_it(world: World, part: str, limit: str) -> None:
    large = b'"' + b"x" * 1_200_000 + b'"'
    forged = Forged(large) if part == "data" else Forged(attachments={ID: large})
    arriving = forged.hand_over(world)
    error = trouble_of(world, arriving, **{limit: 1_000_000})

    assert error.code in ("fit_connect.arrival_too_large", "fit_connect.answer_too_large")
    assert isinstance(error, NotConfigured | Refused)
    assert world.collect(world.receiver(), arriving).files


def test_what_is_too_much_together_waits_too(world: World) -> None:
    arriving = Forged(attachments={ID: b"x" * 600_000, new_id(): b"y" * 600_000}).hand_over(world)
    error = trouble_of(world, arriving, max_total_bytes=1_000_000)

    assert (NotConfigured, "fit_connect.arrival_too_large") == (type(error), error.code)


def test_a_schema_that_cannot_be_used_is_our_fault(world: World) -> None:
    arriving = Forged().hand_over(world)
    broken = replace(CARPORT, files={"carport.json": b"{"})
    error = trouble_of(world, arriving, schemas=Registered([broken]))

    assert (NotConfigured, "fit_connect.schema_unusable") == (type(error), error.code)


def test_what_our_destination_does_not_tell_is_not_held_against_the_sender(world: World) -> None:
    arriving = Forged().hand_over(world)
    destination = world.platform.platform.store.destinations[OURS]
    destination.services, destination.metadata_versions = [], []

    assert world.collect(world.receiver(), arriving).files


def test_a_list_that_cannot_be_read_keeps_nobody_from_the_others(world: World) -> None:
    arriving = Forged().hand_over(world)
    listed = rail.waiting(world.receiver(receive_destinations=(new_id(), OURS)))

    assert arriving == next(listed)
    with pytest.raises(NotConfigured) as caught:
        next(listed)
    assert "fit_connect.forbidden" == caught.value.code
