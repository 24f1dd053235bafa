"""The test PKI: chains that hold, and chains that are wrong in one way each."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from caseway.core.clock import now
from caseway.rails.fit_connect.simulator import FitConnectSimulator, jose
from tests.rails.fit_connect.simulator.driver import BUILDING, Party


def key_of(sender: Party, operation: str = "wrapKey") -> dict[str, Any]:
    base = sender.simulator.addresses["destinationV2"]
    keys = sender.http.get(f"{base}/destinations/{BUILDING}/keys").json()["keys"]
    return next(key for key in keys if key["key_ops"] == [operation])


def chain_of(key: dict[str, Any]) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(base64.b64decode(text)) for text in key["x5c"]]


def modulus(certificate: x509.Certificate) -> str:
    found = certificate.public_key()
    assert isinstance(found, rsa.RSAPublicKey)
    return jose.b64url(found.public_numbers().n.to_bytes(512, "big"))


@pytest.mark.parametrize("operation", ["wrapKey", "verify"])
def test_a_destination_has_keys_as_the_rules_want_them(sender: Party, operation: str) -> None:
    key = key_of(sender, operation)
    leaf, intermediate, root = chain_of(key)
    assert 683 == len(key["n"])
    assert key["n"] == modulus(leaf)
    for certificate, issuer in ((leaf, intermediate), (intermediate, root), (root, root)):
        certificate.verify_directly_issued_by(issuer)
        assert isinstance(certificate.signature_algorithm_parameters, padding.PSS)
        assert isinstance(certificate.signature_hash_algorithm, hashes.SHA512)
    assert leaf.not_valid_before_utc < now() < leaf.not_valid_after_utc


def test_the_root_is_published_and_stays(platform: FitConnectSimulator, sender: Party) -> None:
    published = x509.load_pem_x509_certificate(sender.http.get(platform.addresses["rootCertificate"]).content)
    with FitConnectSimulator() as other, Party(other, "demo-sender") as elsewhere:
        assert published == chain_of(key_of(sender))[2] == chain_of(key_of(elsewhere))[2]


def test_each_switch_spoils_a_certificate_in_one_way(platform: FitConnectSimulator, sender: Party) -> None:
    published = x509.load_pem_x509_certificate(platform.platform.pki.root_pem().encode())

    def spoiled(kind: str) -> tuple[dict[str, Any], list[x509.Certificate]]:
        platform.switch_on({"kind": f"certificate_{kind}", "times": 1})
        key = key_of(sender)
        platform.faults.clear()
        return key, chain_of(key)

    good = key_of(sender)
    _, chain = spoiled("expired")
    assert chain[0].not_valid_after_utc < now()
    _, chain = spoiled("incomplete")
    assert 1 == len(chain)
    _, chain = spoiled("self_signed")
    chain[0].verify_directly_issued_by(chain[0])
    _, chain = spoiled("untrusted")
    assert (chain[-1].issuer, published) != (chain[-1].subject, chain[-1])
    key, chain = spoiled("wrong_key")
    assert key["n"] == good["n"] != modulus(chain[0])
    assert good["x5c"] == key_of(sender)["x5c"]


@pytest.mark.parametrize("kind", ["good", "revoked"])
def test_crl_and_ocsp_say_what_is_revoked(platform: FitConnectSimulator, sender: Party, kind: str) -> None:
    if kind == "revoked":
        platform.switch_on("certificate_revoked")
    leaf, intermediate, root = chain_of(key_of(sender))
    point = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0]
    assert point.full_name is not None
    crl = x509.load_der_x509_crl(sender.http.get(point.full_name[0].value).content)
    issuer_key = intermediate.public_key()
    assert isinstance(issuer_key, rsa.RSAPublicKey)
    assert crl.is_signature_valid(issuer_key)
    assert (kind == "revoked") == (
        crl.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
    )

    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, intermediate, hashes.SHA1()).build()
    address = _ocsp(leaf)
    found = sender.http.post(address, content=question.public_bytes(serialization.Encoding.DER))
    verdict = ocsp.load_der_ocsp_response(found.content)
    assert ocsp.OCSPCertStatus[kind.upper()] == verdict.certificate_status
    assert verdict.signature_hash_algorithm is not None
    issuer_key.verify(
        verdict.signature, verdict.tbs_response_bytes, padding.PKCS1v15(), verdict.signature_hash_algorithm
    )
    assert root.subject == intermediate.issuer


def test_ocsp_knows_only_its_own_authorities(platform: FitConnectSimulator, sender: Party) -> None:
    leaf, intermediate, _ = chain_of(key_of(sender))
    stranger = platform.platform.pki.authority("stranger").certificate
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, stranger, hashes.SHA256()).build()
    der = question.public_bytes(serialization.Encoding.DER)
    text = base64.b64encode(der).decode().replace("/", "%2F").replace("+", "%2B")
    found = sender.http.get(f"{_ocsp(leaf)}/{text}")
    assert ocsp.OCSPResponseStatus.UNAUTHORIZED == ocsp.load_der_ocsp_response(found.content).response_status
    broken = sender.http.post(_ocsp(leaf), content=b"x")
    assert (
        ocsp.OCSPResponseStatus.MALFORMED_REQUEST
        == ocsp.load_der_ocsp_response(broken.content).response_status
    )
    assert intermediate.subject != stranger.subject


def test_a_certificate_is_issued_for_a_key_of_ones_own(platform: FitConnectSimulator, sender: Party) -> None:
    key = {**key_of(sender), "x5c": [], "kid": "my-own-key"}
    address = f"{platform.addresses['admin']}/certificates"
    made = sender.http.post(address, json={"jwk": key}).json()
    assert (None, key["n"]) == (jose.key_fault(made), modulus(chain_of(made)[0]))
    assert 400 == sender.http.post(address, json={"jwk": key, "variant": "magic"}).status_code


def _ocsp(certificate: x509.Certificate) -> str:
    found = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    assert isinstance(found, x509.AuthorityInformationAccess)
    [place] = [item for item in found if item.access_method == AuthorityInformationAccessOID.OCSP]
    return str(place.access_location.value)
