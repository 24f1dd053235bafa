"""Certificates of the simulated administration PKI: RSA 4096, SHA-512, RSASSA-PSS (facts 2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

FOREVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC))
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=padding.PSS.DIGEST_LENGTH)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the simulated PKI."""

    name: str
    certificate: x509.Certificate
    key: RSAPrivateKey = field(repr=False)


@dataclass(frozen=True)
class Places:
    """Where a certificate says its CRL, its issuer and its OCSP responder are (empty: it says nothing)."""

    crl: str = ""
    issuer: str = ""
    ocsp: str = ""

    def extensions(self) -> Iterable[x509.ExtensionType]:
        """Return the extensions that say so (RFC 5280, 4.2.1.13 and 4.2.2.1)."""
        if self.crl:
            point = x509.DistributionPoint([x509.UniformResourceIdentifier(self.crl)], None, None, None)
            yield x509.CRLDistributionPoints([point])
            yield x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
                    for method, url in (
                        (AuthorityInformationAccessOID.OCSP, self.ocsp),
                        (AuthorityInformationAccessOID.CA_ISSUERS, self.issuer),
                    )
                ]
            )


def subject(name: str) -> x509.Name:
    """Return the name of a certificate of this test PKI."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Caseway test administration PKI"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def authority(
    name: str, key: RSAPrivateKey, parent: Authority | None = None, places: Places | None = None
) -> Authority:
    """Make an authority: a root, or one below `parent`."""
    builder = _builder(subject(name), parent, key.public_key(), FOREVER, places)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=None if parent is None else 0), critical=True
    )
    builder = builder.add_extension(_usage(ca=True), critical=True)
    certificate = builder.sign(parent.key if parent else key, hashes.SHA512(), rsa_padding=PSS)
    return Authority(name, certificate, key)


def leaf(
    name: str,
    key: RSAPublicKey,
    issuer: Authority | RSAPrivateKey,
    span: tuple[datetime, datetime],
    *,
    encrypts: bool,
    places: Places | None = None,
) -> x509.Certificate:
    """Make a certificate of a destination's key. A private key instead of an issuer makes it self-signed."""
    parent = issuer if isinstance(issuer, Authority) else None
    signing = issuer.key if isinstance(issuer, Authority) else issuer
    builder = _builder(subject(name), parent, key, span, places)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(encrypts=encrypts), critical=True)
    return builder.sign(signing, hashes.SHA512(), rsa_padding=PSS)


def _builder(
    name: x509.Name,
    parent: Authority | None,
    key: RSAPublicKey,
    span: tuple[datetime, datetime],
    places: Places | None,
) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(parent.certificate.subject if parent else name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0])
        .not_valid_after(span[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )
    if parent is not None:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(parent.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    for extension in (places or Places()).extensions():
        builder = builder.add_extension(extension, critical=False)
    return builder


def _usage(*, ca: bool = False, encrypts: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca and not encrypts,
        content_commitment=False,
        key_encipherment=encrypts,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )
