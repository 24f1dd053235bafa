"""The client against the simulated platform: both sides were written apart, from the same documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from caseway.core.errors import CasewayError, OutcomeUnknown, RateLimited, Unavailable
from caseway.rails.contract import Link
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.check import check
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import NotThere, Unprocessable
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwk import KeyRules, read_public_jwk
from caseway.rails.fit_connect.routing import Routing
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.submissions import Announcement, Created, Submissions
from tests.rails.fit_connect.client.stub import link_to

OURS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"
SERVICE = "urn:de:fim:leika:leistung:99010003001006"
METADATA = b'{"$schema": "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json"}'


@pytest.fixture(scope="module")
def platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as running:
        yield running


def linked(platform: FitConnectSimulator, who: str, version: str) -> dict[str, Any]:
    """Return the settings of a seeded client."""
    where = platform.addresses
    return {
        "api_version": version,
        "client_id": f"demo-{who}",
        "client_secret": f"demo-{who}-secret",
        "token_url": where["token"],
        "submission_url": where["submissionV1" if version == "v1" else "submissionV2"],
        "destination_url": where["destinationBaseUrl"],
        "routing_url": where["routing"],
        "portal_url": where["portal"],
        "roles": "send" if who == "sender" else "receive",
        "destination_id": OURS,
        "receive_destinations": (OURS,),
    }


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sender(platform: FitConnectSimulator, version: str) -> Iterator[Link]:
    with link_to("http://127.0.0.1:9", **linked(platform, "sender", version)) as link:
        yield link


@pytest.fixture
def subscriber(platform: FitConnectSimulator, version: str) -> Iterator[Link]:
    with link_to("http://127.0.0.1:9", **linked(platform, "subscriber", version)) as link:
        yield link


def sealed_for(client: Client, content: bytes) -> str:
    destinations = Destinations(client)
    kid = destinations.get(OURS).encryption_kid
    key = read_public_jwk(
        destinations.key(OURS, kid), "encrypt", KeyRules(certificate_required=False), kid=kid
    )
    return seal(content, key, "application/json")[0]


def announce(client: Client, *attachments: str) -> Created:
    region = "" if client.addresses.version == "v1" else "990010001001"
    return Submissions(client).create(Announcement(OURS, attachments, SERVICE, "Bauantrag", region=region))


def handed_over(client: Client, attachment: str, content: str) -> Created:
    created = announce(client, attachment)
    submissions = Submissions(client)
    submissions.upload(created.submission_id, attachment, Body.of(content))
    submissions.submit(created.submission_id, sealed_for(client, METADATA), sealed_for(client, b"{}"))
    return created


def test_what_one_side_hands_over_the_other_side_finds_whole(sender: Link, subscriber: Link) -> None:
    giving, taking = Client.of(sender), Client.of(subscriber)
    attachment, content = str(uuid4()), sealed_for(giving, b"%PDF-1.7 Plan")

    created = handed_over(giving, attachment, content)

    waiting = [one.submission_id for one in Submissions(taking).waiting(OURS)]
    assert created.submission_id in waiting
    parcel = Submissions(taking).get(created.submission_id)
    assert (created.case_id, (attachment,), SERVICE) == (
        parcel.case_id,
        parcel.attachments,
        parcel.service_identifier,
    )
    with Submissions(taking).attachment(created.submission_id, attachment, most=10_000) as opened:
        assert content.encode() == b"".join(opened.pieces)
    assert list(Events(giving).of_case(created.case_id)) == list(Events(taking).of_case(created.case_id))


def test_a_check_of_either_role_is_well(sender: Link, subscriber: Link) -> None:
    for link in (sender, subscriber):
        report = check(link)
        assert [] == [finding.code for finding in report.findings if not finding.ok]


def test_recipients_are_found_by_service_and_place(sender: Link) -> None:
    routing = Routing(Client.of(sender))

    found = [route.destination_id for route in routing.routes(SERVICE, kind="ars", place="990010001001")]

    assert [OURS] == found
    assert next(iter(routing.areas(["Musterl*"]))).name.startswith("Musterl")


def test_what_nobody_announced_is_not_taken(sender: Link) -> None:
    client = Client.of(sender)
    created = announce(client)

    with pytest.raises(Unprocessable) as raised:
        Submissions(client).upload(created.submission_id, str(uuid4()), Body.of(sealed_for(client, b"Plan")))

    assert "fit_connect.attachment_refused" == raised.value.code


def test_a_destination_nobody_knows_is_not_there(sender: Link) -> None:
    with pytest.raises(NotThere) as raised:
        Destinations(Client.of(sender)).get(str(uuid4()))

    assert "fit_connect.destination_unknown" == raised.value.code


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "unavailable"}, Unavailable),
        ({"kind": "rate_limited"}, RateLimited),
        ({"kind": "drop_reply"}, OutcomeUnknown),
        ({"kind": "server_error"}, OutcomeUnknown),
        ({"kind": "html_error"}, CasewayError),
    ],
)
def test_a_fault_while_announcing_has_its_place_in_the_tree(
    platform: FitConnectSimulator, sender: Link, fault: dict[str, object], kind: type[CasewayError]
) -> None:
    platform.switch_on({**fault, "actions": ["create_submission"], "times": 1})

    with pytest.raises(kind):
        announce(Client.of(sender))


def test_a_token_that_ends_during_an_upload_is_renewed(platform: FitConnectSimulator, sender: Link) -> None:
    client, attachment = Client.of(sender), str(uuid4())
    created = announce(client, attachment)
    content = Body.of(sealed_for(client, b"x" * 500_000))
    platform.switch_on({"kind": "token_expired_mid_upload", "times": 1})

    Submissions(client).upload(created.submission_id, attachment, content)

    # The platform takes the whole only when all that was announced is there.
    Submissions(client).submit(created.submission_id, sealed_for(client, METADATA), sealed_for(client, b"{}"))
    assert len(list(Events(client).of_case(created.case_id))) > 1


def test_a_download_that_breaks_off_is_read_again_later(
    platform: FitConnectSimulator, sender: Link, subscriber: Link
) -> None:
    attachment = str(uuid4())
    created = handed_over(Client.of(sender), attachment, sealed_for(Client.of(sender), b"x" * 50_000))
    platform.switch_on({"kind": "truncate_download", "percent": 50, "times": 1})

    submissions = Submissions(Client.of(subscriber))
    with (
        pytest.raises(Unavailable),
        submissions.attachment(created.submission_id, attachment, most=10**6) as opened,
    ):
        list(opened.pieces)

    with submissions.attachment(created.submission_id, attachment, most=10**6) as opened:
        assert opened.length == sum(len(piece) for piece in opened.pieces)
