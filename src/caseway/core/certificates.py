"""Certificates of our own keys: self-signed ones for tests, requests to an authority, chains that come back.

Signed by RSASSA-PSS with SHA-512, as the German administration's PKI wants its certificates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.x509.oid import NameOID

from caseway.core.clock import now
from caseway.core.errors import Invalid
from caseway.core.jwk import Use

SELF_SIGNED_DAYS = 730
_BACKDATED = timedelta(hours=1)  # for others whose clock is behind
_MAX_CHAIN = 10
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Subject:
    """Whom a certificate names (X.520 attributes); empty ones are left out."""

    common_name: str
    organisation: str = ""
    unit: str = ""
    locality: str = ""
    country: str = "DE"

    def name(self) -> x509.Name:
        """Return the distinguished name. Raises `Invalid` (`keys.subject_unusable`)."""
        attributes = (
            (NameOID.COUNTRY_NAME, self.country),
            (NameOID.LOCALITY_NAME, self.locality),
            (NameOID.ORGANIZATION_NAME, self.organisation),
            (NameOID.ORGANIZATIONAL_UNIT_NAME, self.unit),
            (NameOID.COMMON_NAME, self.common_name),
        )
        try:
            return x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes if text])
        except ValueError as error:
            raise Invalid(
                "A certificate cannot be made out to this name.",
                code="keys.subject_unusable",
                remedy="Give a name of 1 to 64 characters, and a country of two letters.",
            ) from error


def self_signed(key: RSAPrivateKey, subject: Subject, use: Use) -> x509.Certificate:
    """Return a certificate that the key signs for itself: for test environments."""
    name, public = subject.name(), key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - _BACKDATED)
        .not_valid_after(now() + timedelta(days=SELF_SIGNED_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(use), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return builder.sign(key, SHA512(), rsa_padding=_pss())


def request(key: RSAPrivateKey, subject: Subject, use: Use) -> str:
    """Return a request for a certificate (PKCS #10, RFC 2986), as PEM."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject.name())
    builder = builder.add_extension(_key_usage(use), critical=True)
    return builder.sign(key, SHA512(), rsa_padding=_pss()).public_bytes(_PEM).decode()


def read_pem(text: str) -> list[x509.Certificate]:
    """Return the certificates of a PEM text. Raises `Invalid` (`keys.certificate_unreadable`)."""
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Invalid(
            "The certificates cannot be read.",
            code="keys.certificate_unreadable",
            remedy="Give the certificate and those of the authorities above it, as PEM text.",
        ) from None


def chain_for(public: RSAPublicKey, found: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Return the chain that certifies a key, leaf first, out of certificates in any order.

    Raises `Invalid`: `keys.certificate_mismatch` where none is of this key, `keys.chain_broken` where one is
    left over that belongs to nobody in the chain.
    """
    pool = list(found)[: _MAX_CHAIN + 1]
    leaf = next((one for one in pool if _is_of(one, public)), None)
    if leaf is None:
        raise Invalid(
            "None of the certificates is that of this key.",
            code="keys.certificate_mismatch",
            remedy="Install the certificate that was issued for this key's own request.",
        )
    chain = [leaf]
    pool.remove(leaf)
    while above := next((one for one in pool if _issued(chain[-1], one)), None):
        chain.append(above)
        pool.remove(above)
    if pool:
        raise Invalid(
            "The certificates are no chain: one of them signed none of the others.",
            code="keys.chain_broken",
            remedy="Give the key's certificate and only those of the authorities above it.",
        )
    return tuple(chain)


def ends_at(chain: Sequence[x509.Certificate]) -> datetime:
    """Return when the first certificate of a chain ends."""
    return min(one.not_valid_after_utc for one in chain)


def require_valid(chain: Sequence[x509.Certificate]) -> None:
    """Do nothing while every certificate holds. Raises `Invalid` (`keys.certificate_not_valid`)."""
    moment = now()
    if not all(one.not_valid_before_utc <= moment <= one.not_valid_after_utc for one in chain):
        raise Invalid(
            "A certificate of the chain is not valid now.",
            code="keys.certificate_not_valid",
            remedy="Have it renewed; look at the clock of this machine as well.",
        )


def is_self_signed(chain: Sequence[x509.Certificate]) -> bool:
    """Tell whether nobody but the key itself vouches for it."""
    return len(chain) == 1 and chain[0].subject == chain[0].issuer


def _is_of(certificate: x509.Certificate, public: RSAPublicKey) -> bool:
    key = certificate.public_key()
    return isinstance(key, RSAPublicKey) and key.public_numbers() == public.public_numbers()


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _key_usage(use: Use) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=use == "sign",
        key_encipherment=use == "decrypt",
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pss() -> PSS:
    return PSS(MGF1(SHA512()), PSS.DIGEST_LENGTH)
