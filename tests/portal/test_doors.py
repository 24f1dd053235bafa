"""Who gets to which screen, and what they see when they do not."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import Organisation
from caseway.delivery.models import Connection, DeliveryState
from caseway.portal.navigation import SECTIONS
from caseway.testing.builders import a_case, a_delivery, a_submission, a_user
from caseway.testing.people import a_stranger, signed_in

SCREENS = ["overview", "messages", "attention", "replays", "cases", "simulators", "audit"]


@pytest.mark.parametrize("screen", SCREENS)
def test_a_stranger_is_sent_to_sign_in(db: None, screen: str) -> None:
    address = reverse(f"portal:{screen}")

    answer = a_stranger().get(address)

    assert (302, f"/sign-in/?next={address}") == (answer.status_code, answer["Location"])


@pytest.mark.parametrize("screen", SCREENS)
def test_an_administrator_sees_every_screen(administrator: Client, screen: str) -> None:
    assert 200 == administrator.get(reverse(f"portal:{screen}")).status_code


@pytest.mark.parametrize("screen", SCREENS)
def test_screens_are_not_kept_by_caches(administrator: Client, screen: str) -> None:
    assert "no-store" in administrator.get(reverse(f"portal:{screen}"))["Cache-Control"]


def test_every_place_of_the_navigation_exists() -> None:
    names = [place.name for _, places in SECTIONS for place in places]

    assert all(reverse(name) for name in names)


def test_the_navigation_leaves_out_what_one_may_not(auditor: Client) -> None:
    page = auditor.get("/").content.decode()

    assert (True, False) == (reverse("portal:audit") in page, reverse("portal:simulators") in page)


def test_what_the_navigation_hides_is_refused_too(auditor: Client) -> None:
    answer = auditor.get(reverse("portal:simulators"))

    assert (403, True) == (answer.status_code, b"access.not_permitted" in answer.content)


def test_somebody_without_an_organisation_is_told_so(organisation: Organisation) -> None:
    user = a_user(organisation)
    user.memberships.all().delete()

    answer = signed_in(user).get("/")

    assert (403, True) == (answer.status_code, b"access.no_organisation" in answer.content)


def test_what_belongs_to_another_organisation_is_not_there(
    neighbour: Client, organisation: Organisation, dms: Connection
) -> None:
    submission = a_submission(organisation)
    delivery = a_delivery(submission, dms, DeliveryState.REFUSED)
    case = a_case(organisation)
    document = reverse("portal:document", args=[submission.id])
    reads = [
        reverse("portal:message", args=[submission.id]),
        reverse("portal:case", args=[case.id]),
        document,
    ]
    acts = [
        reverse("portal:retry", args=[delivery.id]),
        reverse("portal:message_reveal", args=[submission.id]),
    ]

    answers = [neighbour.get(address) for address in reads] + [neighbour.post(address) for address in acts]

    assert [404] * 5 == [answer.status_code for answer in answers]


@pytest.mark.parametrize("screen", ["messages", "cases", "attention"])
def test_lists_show_ones_own_only(
    neighbour: Client, organisation: Organisation, dms: Connection, screen: str
) -> None:
    submission = a_submission(organisation)
    a_delivery(submission, dms, DeliveryState.REFUSED)

    page = neighbour.get(reverse(f"portal:{screen}")).content.decode()

    assert (False, False) == (submission.case.reference in page, dms.name in page)


def test_a_page_that_does_not_exist_is_said_in_our_own_look(administrator: Client) -> None:
    answer = administrator.get("/nothing/here/")

    assert (404, True) == (answer.status_code, b"portal/caseway.css" in answer.content)


def test_a_form_without_its_token_changes_nothing_and_says_so(organisation: Organisation) -> None:
    client = signed_in(a_user(organisation))
    client.handler.enforce_csrf_checks = True

    answer = client.post(reverse("portal:language"), {"language": "de"})

    assert (403, True) == (answer.status_code, b"This form is too old" in answer.content)


@pytest.mark.parametrize("address", ["/", "/nothing/", "/sign-in/"])
def test_no_page_allows_inline_script_or_style(administrator: Client, address: str) -> None:
    policy = administrator.get(address)["Content-Security-Policy"]

    assert ("default-src 'none'", False) == (policy.split(";")[0], "unsafe" in policy)


def test_a_form_returns_to_our_own_addresses_only(administrator: Client) -> None:
    answer = administrator.post(
        reverse("portal:language"), {"language": "de", "next": "https://evil.example/"}
    )

    assert "/" == answer["Location"]
