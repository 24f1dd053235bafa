"""Nothing is sealed for a key that is not trusted: its form, its chain, its revocation, its certificate."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import CasewayError, Invalid, Unavailable
from caseway.testing.contract import Filing
from tests.rails.fit_connect.rail.kit import World, announced, refusal
from tests.rails.fit_connect.rail.papers import OURS, data, occasion

WHAT = occasion([data()])


def published(world: World, **changes: Any) -> None:
    """Have the destination publish its encryption key with members changed, None taking one away."""
    platform = world.platform.platform
    destination = platform.store.destinations[OURS]
    good = platform.destination_key(destination, destination.encryption_kid)
    assert good is not None
    jwk = {name: value for name, value in {**good, **changes}.items() if value is not None}
    destination.keys[destination.encryption_kid] = jwk


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("certificate_expired", "fit_connect.certificate_expired"),
        ("certificate_revoked", "fit_connect.certificate_revoked"),
        ("certificate_incomplete", "fit_connect.chain_incomplete"),
        ("certificate_self_signed", "fit_connect.certificate_self_signed"),
        ("certificate_untrusted", "fit_connect.root_unknown"),
        ("certificate_wrong_key", "fit_connect.jwk_certificate_mismatch"),
    ],
)
def test_nothing_is_sent_for_a_key_whose_chain_is_bad(world: World, fault: str, code: str) -> None:
    world.fault(fault, "get_key", times=None)
    error = refusal(world.sender(), WHAT)

    assert (code, True, {}) == (
        error.code,
        isinstance(error, Invalid),
        world.platform.counts()["submissions"],
    )
    assert error.remedy


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri"}, "fit_connect.jwk_too_short"),
        ({"e": "Aw"}, "fit_connect.jwk_exponent_refused"),
        ({"alg": "RSA-OAEP"}, "fit_connect.jwk_algorithm_refused"),
        ({"alg": "none"}, "fit_connect.jwk_algorithm_refused"),
        ({"key_ops": ["verify"]}, "fit_connect.jwk_operations_refused"),
        ({"kty": "EC"}, "fit_connect.jwk_type_refused"),
        ({"x5c": None}, "fit_connect.jwk_certificate_missing"),
        ({"d": "AQAB"}, "fit_connect.jwk_private_parts"),
        ({"kid": "ein-anderer-schluessel"}, "fit_connect.jwk_kid_mismatch"),
    ],
)
def test_nothing_is_sent_for_a_key_that_breaks_the_rules(
    world: World, changes: dict[str, Any], code: str
) -> None:
    published(world, **changes)

    assert (code, {}) == (refusal(world.sender(), WHAT).code, world.platform.counts()["submissions"])


def test_without_roots_nobody_is_trusted(world: World) -> None:
    assert "fit_connect.roots_missing" == refusal(world.sender(roots_pem=None), WHAT).code


@pytest.mark.parametrize("action", ["ocsp", "crl"])
def test_revocation_is_told_by_either_service(world: World, action: str) -> None:
    world.fault("unavailable", action, times=None)

    assert 2 == len(world.sender().all(WHAT))


def test_nothing_is_sent_while_it_cannot_be_told_whether_a_key_was_revoked(world: World) -> None:
    world.fault("unavailable", "ocsp", "crl", times=None)
    error = _failing(world.sender())

    assert (True, "fit_connect.revocation_unknown") == (isinstance(error, Unavailable), error.code)
    assert {} == world.platform.counts()["submissions"]


def test_by_a_setting_it_is_sent_all_the_same_and_said(world: World) -> None:
    world.fault("unavailable", "ocsp", "crl", times=None)
    receipts = world.sender(revocation="soft").all(WHAT)

    assert any("revoked" in warning for warning in announced(receipts).warnings)


def test_a_self_signed_key_will_do_in_a_test_environment_by_a_switch(world: World) -> None:
    world.fault("certificate_self_signed", "get_key", times=None)
    receipts = world.sender(allow_self_signed=True).all(WHAT)

    assert any("vouches" in warning for warning in announced(receipts).warnings)


def test_a_key_without_a_certificate_will_do_there_too(world: World) -> None:
    published(world, x5c=None)

    assert 2 == len(world.sender(allow_self_signed=True).all(WHAT))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("wrong_destination_signature", "fit_connect.jws_signature_wrong"),
        ("foreign_destination_signature", "fit_connect.destination_data_other"),
    ],
)
def test_nothing_is_sent_where_the_portal_does_not_vouch(world: World, fault: str, code: str) -> None:
    world.fault(fault, "routes", times=None)
    desk = world.sender(addressing="routing", destination_id="", region="990010001001")

    assert (code, {}) == (refusal(desk, WHAT).code, world.platform.counts()["submissions"])


def test_a_portal_of_another_name_does_not_vouch(world: World) -> None:
    desk = world.sender(
        addressing="routing",
        destination_id="",
        region="990010001001",
        portal_url=world.platform.addresses["portal"].replace("127.0.0.1", "localhost"),
    )

    assert "fit_connect.destination_data_issuer" == refusal(desk, WHAT).code


def test_a_key_is_believed_for_the_few_minutes_of_one_submission(world: World) -> None:
    desk = world.sender()
    desk.all(WHAT)
    world.exchanges.clear()
    desk.all(occasion([data()], name="two"))

    assert 0 == sum(one.action in ("getKey", "revocation") for one in world.exchanges)


def _failing(desk: Filing) -> CasewayError:
    (step, *_) = desk.plan(WHAT)
    with pytest.raises(CasewayError) as caught:
        desk.send(WHAT, step)
    return caught.value
