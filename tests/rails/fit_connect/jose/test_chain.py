"""A key is trusted when every certificate of its chain is good now, and it is known that none was revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, Unavailable
from caseway.rails.fit_connect.chain import Trust, Trusted, check_chain, read_roots
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from tests.rails.fit_connect.jose.authority import (
    CRL_URL,
    OCSP_URL,
    Authority,
    certify,
    make_authority,
    make_root,
    published,
    rsa,
)
from tests.rails.fit_connect.jose.keys import decryption_key

Answer = bytes | None | Callable[[], bytes]


@cache
def root() -> Authority:
    """The root of these tests."""
    return make_root()


@cache
def authority() -> Authority:
    """The authority of these tests, which nobody revokes."""
    return make_authority(root())


class Responder:
    """What answers about revocation: from the authority of a certificate, or nothing."""

    def __init__(self, *authorities: Authority, silent: tuple[str, ...] = ()) -> None:
        self.authorities = authorities
        self.silent = silent
        self.asked: list[str] = []
        self.certificates: list[x509.Certificate] = []

    def about(self, *certificates: x509.Certificate) -> Responder:
        """Say which certificates it knows."""
        self.certificates = list(certificates)
        return self

    def __call__(self, url: str, question: bytes | None) -> bytes:
        """Answer as an OCSP responder or with a list."""
        self.asked.append(url)
        if url in self.silent:
            raise Unavailable("nobody there", code="http.unreachable")
        if question is None:
            return self._list()
        wanted = x509.ocsp.load_der_ocsp_request(question).serial_number
        certificate = next(one for one in self.certificates if one.serial_number == wanted)
        return self._issuer(certificate).ocsp(certificate)

    def _issuer(self, certificate: x509.Certificate) -> Authority:
        return next(one for one in self.authorities if one.certificate.subject == certificate.issuer)

    def _list(self) -> bytes:
        """The list of the authority whose turn it is: leaf first, then what is above it."""
        before = self.asked.count(CRL_URL)
        return self.authorities[(before - 1) % len(self.authorities)].crl()


def trust(**options: object) -> Trust:
    """Trust in the root of these tests."""
    return Trust(**{"roots": (root().certificate,), **options})  # type: ignore[arg-type]


def chain_of(leaf: x509.Certificate, above: Authority | None = None) -> list[x509.Certificate]:
    """A leaf with its authority and the root."""
    return [leaf, (above or authority()).certificate, root().certificate]


def checked(key: PublicKey, rules: Trust | None = None) -> Trusted:
    """Check a chain against responders that know all."""
    fetch = Responder(authority(), root()).about(*key.chain)
    return check_chain(key, rules or trust(), fetch)


def code_of(key: PublicKey, rules: Trust | None = None) -> str:
    """Return the code a chain is refused with, whoever is asked."""
    with pytest.raises(CasewayError) as refused:
        checked(key, rules)
    return refused.value.code


def test_a_good_chain_is_trusted_until_its_first_end() -> None:
    leaf = certify(authority(), days=30)

    trusted = checked(published(chain_of(leaf)))

    assert Trusted(leaf.not_valid_after_utc) == trusted


@pytest.mark.parametrize("with_root", [True, False])
@pytest.mark.parametrize("shuffled", [True, False])
def test_the_root_may_be_left_out_and_the_order_may_be_another(*, with_root: bool, shuffled: bool) -> None:
    leaf, *above = chain_of(certify(authority()))
    above = above if with_root else above[:1]

    assert checked(published([leaf, *(reversed(above) if shuffled else above)]))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"days": -1}, "certificate_expired"),
        ({"begins": 2}, "certificate_not_yet_valid"),
        ({"usage": "digital_signature"}, "certificate_usage_unfit"),
        ({"digest": hashes.SHA256()}, "certificate_weak"),
        ({"pss": False}, "certificate_weak"),
        ({"addresses": ()}, "revocation_unknown"),
        ({"addresses": ("ldap://pki.example/cn=x",)}, "revocation_unknown"),
    ],
)
def test_each_fault_of_a_certificate_has_its_code(options: dict[str, object], code: str) -> None:
    assert f"fit_connect.{code}" == code_of(published(chain_of(certify(authority(), **options))))


@pytest.mark.parametrize(
    ("options", "code"), [({"days": -1}, "certificate_expired"), ({"begins": 2}, "certificate_not_yet_valid")]
)
def test_an_authority_must_be_in_force_as_well(options: dict[str, int], code: str) -> None:
    old = make_authority(root(), "Alte CA", **options)

    assert f"fit_connect.{code}" == code_of(published(chain_of(certify(old), old)))


def test_a_certificate_ends_with_the_clock() -> None:
    key = published(chain_of(certify(authority(), days=3)))

    with pytest.raises(CasewayError) as refused:
        check_chain(key, trust(revocation="off"), None, at=now() + timedelta(days=4))

    assert "fit_connect.certificate_expired" == refused.value.code


def test_a_missing_authority_is_told_from_an_unknown_root() -> None:
    leaf = certify(authority())
    other = make_root("Fremde Wurzel")

    assert "fit_connect.chain_incomplete" == code_of(published([leaf, root().certificate]))
    assert "fit_connect.chain_incomplete" == code_of(published([leaf]))
    below = make_authority(other, "Fremde CA")
    foreign = [certify(below), below.certificate, other.certificate]
    assert "fit_connect.root_unknown" == code_of(published(foreign))


def test_a_root_of_the_same_name_is_not_the_root() -> None:
    false_root = Authority(root().certificate, rsa("Falsche Wurzel"))
    forged = make_authority(false_root)

    assert "fit_connect.chain_broken" == code_of(published([certify(forged), forged.certificate]))


def test_a_certificate_that_may_not_issue_issues_nothing() -> None:
    nobody = make_authority(root(), "Keine CA", ca=False)

    assert "fit_connect.chain_broken" == code_of(published(chain_of(certify(nobody), nobody)))


def test_a_weak_authority_is_refused() -> None:
    weak = make_authority(root(), "Schwache CA", digest=hashes.SHA256())

    assert "fit_connect.certificate_weak" == code_of(published(chain_of(certify(weak), weak)))
    assert checked(published(chain_of(certify(weak), weak)), trust(any_signature=True, revocation="off"))


def test_a_short_key_is_refused_in_a_chain() -> None:
    short = rsa("kurz", 2048)
    jwk = published(chain_of(certify(authority())))
    key = PublicKey(
        jwk.kid, "encrypt", "", short.public_key(), tuple(chain_of(certify(authority(), short.public_key())))
    )

    assert "fit_connect.certificate_weak" == code_of(key)
    assert checked(key, trust(minimum_bits=2048))


def test_a_key_that_vouches_for_itself_is_taken_by_a_switch() -> None:
    key = read_public_jwk(decryption_key().public, "encrypt")

    assert "fit_connect.certificate_self_signed" == code_of(key)
    trusted = check_chain(key, Trust(self_signed=True), None)
    assert ("fit_connect.certificate_self_signed",) == trusted.warnings
    later = now() + timedelta(days=3650)
    with pytest.raises(CasewayError) as refused:
        check_chain(key, Trust(self_signed=True), None, at=later)
    assert "fit_connect.certificate_expired" == refused.value.code


def test_it_does_not_matter_how_a_key_signed_itself() -> None:
    itself = Authority(certify(authority()), rsa("Zustellpunkt"))
    key = published([certify(itself, pss=False, digest=hashes.SHA256())])

    assert "fit_connect.certificate_self_signed" == code_of(key)
    trusted = check_chain(key, Trust(self_signed=True), None)
    assert ("fit_connect.certificate_self_signed",) == trusted.warnings


def test_the_switch_does_not_excuse_a_chain() -> None:
    other = make_root("Fremde Wurzel")
    key = published([certify(other), other.certificate])

    assert "fit_connect.root_unknown" == code_of(key, trust(self_signed=True))


def test_a_key_without_certificate_is_not_trusted() -> None:
    bare = {name: value for name, value in decryption_key().public.items() if name != "x5c"}

    assert "fit_connect.chain_missing" == code_of(
        read_public_jwk(bare, "encrypt", KeyRules(certificate_required=False))
    )


def test_without_roots_nothing_is_trusted() -> None:
    with pytest.raises(NotConfigured) as refused:
        checked(published(chain_of(certify(authority()))), Trust())

    assert "fit_connect.roots_missing" == refused.value.code


def test_roots_are_read_from_the_setting() -> None:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem = root().certificate.public_bytes(Encoding.PEM).decode()

    assert (root().certificate,) == read_roots(pem)
    with pytest.raises(NotConfigured) as refused:
        read_roots("nothing")
    assert "fit_connect.roots_unreadable" == refused.value.code


def revoking(leaf_gone: bool = True) -> tuple[Authority, PublicKey]:
    """An authority that revoked the leaf, and the key."""
    strict = make_authority(root())
    leaf = certify(strict)
    if leaf_gone:
        strict.revoked.append(leaf.serial_number)
    return strict, published(chain_of(leaf, strict))


@pytest.mark.parametrize("silent", [(), (OCSP_URL,)])
@pytest.mark.parametrize("policy", ["hard", "soft"])
def test_a_revoked_key_is_refused_whoever_tells(silent: tuple[str, ...], policy: str) -> None:
    strict, key = revoking()
    fetch = Responder(strict, root(), silent=silent).about(*key.chain)

    with pytest.raises(CasewayError) as refused:
        check_chain(key, trust(revocation=policy), fetch)

    assert "fit_connect.certificate_revoked" == refused.value.code


def test_a_revoked_authority_takes_its_keys_along() -> None:
    strict = make_authority(root())
    key = published(chain_of(certify(strict), strict))
    above = Authority(root().certificate, root().key, [strict.certificate.serial_number])

    with pytest.raises(CasewayError) as refused:
        check_chain(key, trust(), Responder(strict, above).about(*key.chain))

    assert "fit_connect.certificate_revoked" == refused.value.code


def test_a_list_is_asked_for_where_no_responder_answers() -> None:
    strict, key = revoking(leaf_gone=False)
    fetch = Responder(strict, root(), silent=(OCSP_URL,)).about(*key.chain)

    assert () == check_chain(key, trust(), fetch).warnings
    assert [OCSP_URL, CRL_URL, OCSP_URL, CRL_URL] == fetch.asked


def test_where_nobody_answers_the_policy_decides() -> None:
    _, key = revoking(leaf_gone=False)
    nobody = Responder(silent=(OCSP_URL, CRL_URL))

    with pytest.raises(Unavailable) as refused:
        check_chain(key, trust(), nobody)

    assert "fit_connect.revocation_unknown" == refused.value.code
    assert [
        "ocsp.pki.example: http.unreachable",
        "crl.pki.example: http.unreachable",
    ] == refused.value.details["silent"]
    with pytest.raises(Unavailable):
        check_chain(key, trust(), None)
    assert ("fit_connect.revocation_unknown",) == check_chain(key, trust(revocation="soft"), nobody).warnings
    assert () == check_chain(key, trust(revocation="off"), None).warnings


def test_nobody_is_asked_about_a_chain_that_is_not_good() -> None:
    other = make_root("Fremde Wurzel")
    fetch = Responder()

    with pytest.raises(CasewayError):
        check_chain(published([certify(other), other.certificate]), trust(), fetch)

    assert [] == fetch.asked


FALSE = b"no answer at all"


@pytest.mark.parametrize("kind", ["junk", "old", "forged"])
def test_an_answer_that_proves_nothing_is_as_none(kind: str) -> None:
    strict, key = revoking(leaf_gone=False)
    stranger = make_authority(make_root("Fremde Wurzel"), "Muster CA 4", key="Fremder")

    def answer(url: str, question: bytes | None) -> bytes:
        match kind:
            case "junk":
                return FALSE
            case "old":
                return strict.crl(days=-3) if question is None else strict.ocsp(key.chain[0], days=-3)
            case _:
                return (
                    strict.crl(by=stranger.key)
                    if question is None
                    else strict.ocsp(key.chain[0], by=stranger)
                )

    with pytest.raises(Unavailable) as refused:
        check_chain(key, trust(), answer)

    assert "fit_connect.revocation_unknown" == refused.value.code


def test_a_responder_that_does_not_know_gives_way_to_a_list() -> None:
    strict, key = revoking()

    def answer(url: str, question: bytes | None) -> bytes:
        unauthorized = x509.ocsp.OCSPResponseBuilder.build_unsuccessful(
            x509.ocsp.OCSPResponseStatus.UNAUTHORIZED
        )
        if question is not None:
            from cryptography.hazmat.primitives.serialization import Encoding

            return unauthorized.public_bytes(Encoding.DER)
        return strict.crl()  # which says nothing of the authority itself

    for policy in ("hard", "soft"):
        with pytest.raises(CasewayError) as refused:
            check_chain(key, trust(revocation=policy), answer)
        assert "fit_connect.certificate_revoked" == refused.value.code
