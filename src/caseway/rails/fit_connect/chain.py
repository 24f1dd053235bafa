"""Trusting a key: its chain is complete, in force, strong enough, not revoked, and ends at a root we trust.

Certificates of the administration's PKI are RSA of 4096 bits, signed by RSASSA-PSS with SHA-512 (docs:
details, certificates). Roots are those set on the connection; the system's, which vouch for web servers, do
not count.

Codes (`fit_connect.…`), `ChainRefused` where nothing else is said:
- `chain_missing`: the key has no certificate
- `certificate_self_signed`: nobody but the key vouches for it; allowed by a switch, for tests
- `roots_missing`: no trusted roots are set (`NotConfigured`); `roots_unreadable`: they are no certificates
- `certificate_expired`, `certificate_not_yet_valid`: one of the chain is not in force
- `certificate_weak`: one is too short, or signed by another algorithm
- `certificate_usage_unfit`: the certificate is for another purpose than the key
- `chain_incomplete`: a certificate of an authority in between, or its root, is missing
- `root_unknown`: the chain ends at a root that is not trusted here
- `chain_broken`: the certificates did not issue each other, or were not allowed to
- `certificate_revoked`: one of the chain was revoked
- `revocation_unknown`: it cannot be told now whether one was (`Unavailable`); by policy a warning instead
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import SignatureAlgorithmOID

from caseway.core.clock import now
from caseway.core.errors import CasewayError, Invalid, NotConfigured, Unavailable
from caseway.rails.fit_connect import chain_path
from caseway.rails.fit_connect.jwk import PublicKey, Purpose
from caseway.rails.fit_connect.revocation import Evidence, Fetch, gather

Policy: TypeAlias = Literal["hard", "soft", "off"]

_NEW = "The owner of the key must publish it with a new certificate."
_MAX_PATH = 10


class ChainRefused(Invalid):
    """The certificates of a key do not make it trustworthy."""


@dataclass(frozen=True)
class Trust:
    """Whom a connection trusts, and how strictly. Everything looser than the defaults is for tests."""

    roots: tuple[x509.Certificate, ...] = ()
    revocation: Policy = "hard"
    self_signed: bool = False
    minimum_bits: int = 4096
    any_signature: bool = False  # also other algorithms than RSASSA-PSS with SHA-512


@dataclass(frozen=True)
class Trusted:
    """A chain that was found good: until when, and what could not be told (codes)."""

    ends_at: datetime
    warnings: tuple[str, ...] = ()


def read_roots(pem: str) -> tuple[x509.Certificate, ...]:
    """Return the trusted roots of a setting. Raises `NotConfigured` (`roots_unreadable`)."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        raise NotConfigured(
            "The root certificates of the connection cannot be read.",
            code="fit_connect.roots_unreadable",
            remedy="Enter the roots of the administration's PKI as PEM.",
        ) from None


def check_chain(key: PublicKey, trust: Trust, fetch: Fetch | None, at: datetime | None = None) -> Trusted:
    """Return how far a key can be trusted. Raises with one of the codes above.

    `fetch` asks about revocation (`revocation.fetch_over`); None is as if nobody answered.
    """
    moment = at or now()
    if not key.chain:
        raise _refused("fit_connect.chain_missing", "The key comes without a certificate.")
    if len(key.chain) == 1 and key.chain[0] not in trust.roots and _signed_by(key.chain[0], key.chain[0]):
        return _self_signed(key, trust, moment)
    if not trust.roots:
        raise NotConfigured(
            "No trusted root certificates are set.",
            code="fit_connect.roots_missing",
            remedy="Enter the roots of the administration's PKI in the connection.",
        )
    path = _path(key.chain, trust.roots)
    for certificate in path:
        _check_in_force(certificate, moment)
    for certificate in path[:-1]:
        _check_strength(certificate, trust)
    _check_usage(key.chain[0], key.purpose)
    if not chain_path.is_good(key.chain, trust.roots, moment):
        raise _refused("fit_connect.chain_broken", "The certificates of the key did not issue each other.")
    return Trusted(
        min(certificate.not_valid_after_utc for certificate in path),
        _revocation(key.chain, path, trust, fetch, moment),
    )


def _self_signed(key: PublicKey, trust: Trust, moment: datetime) -> Trusted:
    if not trust.self_signed:
        raise _refused("fit_connect.certificate_self_signed", "Nobody but the key itself vouches for it.")
    _check_in_force(key.chain[0], moment)
    _check_strength(key.chain[0], replace(trust, any_signature=True))  # by itself: nobody relies on it
    return Trusted(key.chain[0].not_valid_after_utc, ("fit_connect.certificate_self_signed",))


def _path(
    chain: Sequence[x509.Certificate], roots: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """Return the certificates from the leaf to a trusted root, by names; signatures are judged later."""
    path = [chain[0]]
    while path[-1] not in roots:
        above = [one for one in (*roots, *chain[1:]) if one.subject == path[-1].issuer and one not in path]
        if not above and path[-1].issuer == path[-1].subject:
            raise _refused("fit_connect.root_unknown", "The chain ends at a root that is not trusted.")
        if not above or len(path) == _MAX_PATH:
            raise _refused("fit_connect.chain_incomplete", "An authority's certificate is missing.")
        path.append(next((one for one in above if _signed_by(path[-1], one)), above[0]))
    return tuple(path)


def _signed_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_in_force(certificate: x509.Certificate, moment: datetime) -> None:
    if moment > certificate.not_valid_after_utc:
        raise _refused(
            "fit_connect.certificate_expired",
            f"A certificate of the key ended on {certificate.not_valid_after_utc:%Y-%m-%d}.",
        )
    if moment < certificate.not_valid_before_utc - chain_path.SKEW:
        raise _refused(
            "fit_connect.certificate_not_yet_valid",
            f"A certificate of the key is in force from {certificate.not_valid_before_utc:%Y-%m-%d} only.",
        )


def _check_strength(certificate: x509.Certificate, trust: Trust) -> None:
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < trust.minimum_bits:
        raise _refused(
            "fit_connect.certificate_weak", f"A certificate's key is not RSA of {trust.minimum_bits} bits."
        )
    by_pss = certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
    by_sha512 = isinstance(certificate.signature_hash_algorithm, hashes.SHA512)
    if not trust.any_signature and not (by_pss and by_sha512):
        raise _refused(
            "fit_connect.certificate_weak", "A certificate is not signed by RSASSA-PSS with SHA-512."
        )


def _check_usage(certificate: x509.Certificate, purpose: Purpose) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    fits = usage.key_encipherment if purpose == "encrypt" else usage.digital_signature
    if not fits:
        raise _refused(
            "fit_connect.certificate_usage_unfit", "The certificate is for another purpose than the key."
        )


def _revocation(
    chain: Sequence[x509.Certificate],
    path: Sequence[x509.Certificate],
    trust: Trust,
    fetch: Fetch | None,
    moment: datetime,
) -> tuple[str, ...]:
    if trust.revocation == "off":
        return ()
    silent: list[str] = []
    for lists_only in (False, True) if fetch else ():
        evidence = gather(path, fetch, lists_only=lists_only) if fetch else Evidence()
        if chain_path.is_revoked(chain, trust.roots, moment, evidence):
            raise _refused("fit_connect.certificate_revoked", "A certificate of the key was revoked.")
        if chain_path.is_proven(chain, trust.roots, moment, evidence):
            return ()
        silent += evidence.silent
    if trust.revocation == "soft":
        return ("fit_connect.revocation_unknown",)
    raise _unknown(silent)


def _unknown(silent: Sequence[str]) -> CasewayError:
    return Unavailable(
        "It cannot be told now whether a certificate of the key was revoked.",
        code="fit_connect.revocation_unknown",
        remedy="It is tried again by itself; the addresses of the authority must be reachable from here.",
        silent=list(dict.fromkeys(silent))[:20],
    )


def _refused(code: str, sentence: str) -> ChainRefused:
    return ChainRefused(sentence, code=code, remedy=_NEW)
