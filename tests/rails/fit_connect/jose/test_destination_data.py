"""A route is believed as far as the portal signed it: destination, service, region, delivery service."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from caseway.core.clock import now
from caseway.rails.fit_connect.destination_data import TYPE, Vouched, verify_destination_data
from caseway.rails.fit_connect.jwk import PublicKey, read_public_jwk
from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.sets import sign
from tests.rails.fit_connect.jose.keys import changed, signing_key

PORTAL = "https://portal.example"
DESTINATION = "ac715f34-333e-41f4-9bb5-186b309ea233"
SERVICE = "urn:de:fim:leika:leistung:99134005017000"
RS = "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:"


def data(regions: tuple[str, ...] = ("120645410",), **members: Any) -> dict[str, Any]:
    """Return good destination data, with members replaced, or taken away where None."""
    offer = {"gebietIDs": [RS + one for one in regions], "leistungIDs": [SERVICE]}
    good = {
        "submissionHost": "zustelldienst.example",
        "iss": PORTAL,
        "services": [{"gebietIDs": [RS + "09"], "leistungIDs": ["urn:de:x"]}, offer],
        "destinationId": DESTINATION,
        "iat": int(now().timestamp()),
        "jti": "2d1426f2-d673-46de-868e-d96844d24fe1",
    }
    return changed(good, **members)


def wanted(region: str = "120645410484", **changes: str) -> Vouched:
    """Return what was asked for."""
    asked = {
        "destination_id": DESTINATION, "service": "99134005017000", "portal": PORTAL,
        "submissions": ("https://zustelldienst.example/submission-api",),
    }  # fmt: skip
    return Vouched(region=region, **{**asked, **changes})


def find(_kid: str) -> PublicKey:
    """Return the portal's key."""
    return read_public_jwk(signing_key().public, "verify")


def code_of(token: str, asked: Vouched | None = None) -> str:
    """Return the code destination data are refused with."""
    with pytest.raises(TokenRefused) as refused:
        verify_destination_data(token, asked or wanted(), find)
    return refused.value.code


def signed(claims: dict[str, Any], number: int = 1) -> str:
    """Return claims signed as the portal does."""
    return sign(claims, signing_key(number), type_=TYPE)


def test_what_the_portal_signed_is_believed() -> None:
    assert DESTINATION == verify_destination_data(signed(data()), wanted(), find)["destinationId"]


@pytest.mark.parametrize(
    ("vouched", "asked", "covered"),
    [
        ("120645410", "120645410484", True),
        ("120640000000", "120645410484", True),
        ("12", "120645410484", True),
        ("120000000000", "120645410484", True),
        ("120645410484", "12", True),
        ("053150000000", "05315", True),
        ("120645410", "120645411000", False),
        ("120650000000", "120645410484", False),
        ("09", "120645410484", False),
        ("", "120645410484", False),
    ],
)
def test_a_region_is_covered_by_what_lies_around_it_or_in_it(
    vouched: str, asked: str, *, covered: bool
) -> None:
    token = signed(data((vouched,)))

    if covered:
        assert verify_destination_data(token, wanted(asked), find)
    else:
        assert "fit_connect.destination_data_region" == code_of(token, wanted(asked))


def test_no_region_at_all_covers_none_that_was_asked_for() -> None:
    assert "fit_connect.destination_data_region" == code_of(signed(data(())))
    assert verify_destination_data(signed(data(())), wanted(""), find)


@pytest.mark.parametrize(
    ("members", "asked", "code"),
    [
        ({"iss": "https://portal.evil.example"}, {}, "issuer"),
        ({"destinationId": "ac715f34-333e-41f4-9bb5-186b309ea234"}, {}, "other"),
        ({"submissionHost": "other.example"}, {}, "host"),
        ({"submissionHost": "zustelldienst.example:444"}, {}, "host"),
        ({}, {"service": "99134005017001"}, "service"),
        ({}, {"service": "urn:de:x"}, "region"),
        ({"services": []}, {}, "service"),
        ({"iat": int((now() + timedelta(hours=6)).timestamp())}, {}, "time"),
        ({"iat": "1637863481"}, {}, "claims"),
        ({"iat": True}, {}, "claims"),
        ({"iat": None}, {}, "claims"),
        ({"iss": 7}, {}, "claims"),
        ({"services": {}}, {}, "claims"),
        ({"services": ["x"]}, {}, "claims"),
        ({"destinationId": None}, {}, "claims"),
        ({"submissionHost": None}, {}, "claims"),
    ],
)
def test_each_difference_has_its_code(members: dict[str, Any], asked: dict[str, str], code: str) -> None:
    assert f"fit_connect.destination_data_{code}" == code_of(signed(data(**members)), wanted(**asked))


def test_a_service_is_vouched_for_in_its_own_regions_only() -> None:
    assert "fit_connect.destination_data_region" == code_of(signed(data()), wanted("09"))


def test_nobody_else_can_sign_it() -> None:
    assert "fit_connect.jws_signature_wrong" == code_of(signed(data(), 2))


def test_an_event_token_is_no_destination_data() -> None:
    assert "fit_connect.jws_type_refused" == code_of(sign(data(), signing_key()))


def test_the_published_example_is_read_up_to_its_signature(shared: Path) -> None:
    token = (shared / "specs/fit-connect/example-destination-signature.jws").read_text().strip()

    assert "fit_connect.jws_signature_wrong" == code_of(token)
