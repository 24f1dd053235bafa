"""A key that is not to be trusted stops everything before anything is sent, and the door says why (F-02)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from caseway.access.scope import scope
from caseway.delivery.links import close_clients
from caseway.delivery.models import Connection
from tests.delivery.key_fixtures import a_key
from tests.fit_connect_doors.town import OFFICE, SERVICE, Service, Town

pytestmark = pytest.mark.mission("F-02")

DISTRUSTED = {
    "certificate_expired": "fit_connect.certificate_expired",
    "certificate_revoked": "fit_connect.certificate_revoked",
    "certificate_incomplete": "fit_connect.chain_incomplete",
    "certificate_self_signed": "fit_connect.certificate_self_signed",
    "certificate_untrusted": "fit_connect.root_unknown",
    "certificate_wrong_key": "fit_connect.jwk_certificate_mismatch",
}


def join(town: Town, **changes: object) -> None:
    town.service.join(addressing="fixed", destination_id=OFFICE, **changes)


@pytest.mark.parametrize(("fault", "code"), DISTRUSTED.items(), ids=DISTRUSTED)
def test_nothing_is_sent_for_a_key_that_is_not_to_be_trusted(town: Town, fault: str, code: str) -> None:
    join(town)
    town.fault(fault)
    sent = town.service.hand_in()
    town.service.work()

    told = town.service.delivery(sent)
    assert code == told["code"]
    assert told["state"] in ("refused", "attention")
    assert "" not in (told["sentence"], told["remedy"])
    assert [] == town.events()
    assert {} == town.platform.counts()["submissions"]


UNFIT = {
    "too short": "fit_connect.jwk_too_short",
    "another algorithm": "fit_connect.jwk_algorithm_refused",
    "another purpose": "fit_connect.jwk_operations_refused",
}


@pytest.mark.parametrize(("fault", "code"), UNFIT.items(), ids=UNFIT)
def test_nothing_is_sent_for_a_key_that_breaks_the_rules(town: Town, fault: str, code: str) -> None:
    join(town)
    publish_unfit(town, fault)
    sent = town.service.hand_in()
    town.service.work()

    told = town.service.delivery(sent)
    assert ("attention", code) == (told["state"], told["code"])
    assert "" not in (told["sentence"], told["remedy"])
    assert [] == town.events()


def publish_unfit(town: Town, fault: str) -> None:
    """Have the platform show a key no platform should have taken in, as it breaks one of the rules."""
    platform = town.platform.platform
    office = platform.store.destinations[OFFICE]
    kid = office.encryption_kid
    size = 2048 if fault == "too short" else 4096
    key = rsa.generate_private_key(65537, size) if size == 2048 else a_key(1)
    jwk = platform.pki.jwk(key.public_key(), kid, "wrapKey")
    changed = {
        "another algorithm": {"alg": "RSA-OAEP"},
        "another purpose": {"key_ops": ["wrapKey", "verify"]},
    }
    office.keys[kid] = {**jwk, **changed.get(fault, {})}


def test_the_directory_says_of_a_key_why_it_is_not_trusted(town: Town) -> None:
    town.service.join()
    town.fault("certificate_revoked")
    ask = ("catalogue", "find", "fit", "--service", SERVICE, "--ars", "990010001001")
    (party,) = town.service.shell(*ask)

    assert (False, False) == (party["reachable"], party["trusted"])


def test_while_it_cannot_be_told_whether_a_key_was_revoked_it_waits(town: Town) -> None:
    join(town)
    town.fault("unavailable", "crl", "ocsp")
    sent = town.service.hand_in()
    town.service.work()
    waits = town.service.told(sent)
    town.platform.faults.clear()
    town.work()

    assert ("waiting", "fit_connect.revocation_unknown") == waits
    assert ("sent", "") == town.service.told(sent)


def test_by_a_switch_a_doubt_about_revocation_is_kept_with_the_receipt(town: Town) -> None:
    join(town, revocation="soft")
    town.fault("unavailable", "crl", "ocsp")
    sent = town.service.hand_in()
    town.service.work()

    found = town.service.delivery(sent)
    assert "sent" == found["state"]
    assert (
        "It could not be told whether a certificate of the key was revoked."
        in (found["steps"][0]["receipt"]["warnings"])
    )


def test_by_a_switch_a_self_signed_key_will_do_in_tests_and_nowhere_else(town: Town) -> None:
    join(town, allow_self_signed=True)
    town.fault("certificate_self_signed")
    in_tests = town.service.hand_in()
    town.service.work()
    elsewhere = moved_on(town.service)

    assert "sent" == town.service.told(in_tests)[0]
    assert "fit_connect.certificate_self_signed" == town.service.told(elsewhere)[1]


def moved_on(service: Service) -> str:
    """Hand in with the same settings in production, where they should never have come to."""
    with scope(service.organisation.id):
        Connection.objects.update(environment="production")
        Connection.objects.get().memory.all().delete()
    close_clients()
    sent = service.hand_in()
    service.work()
    return sent
