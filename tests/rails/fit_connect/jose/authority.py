"""An administration's PKI in small: a root, an authority below it, certificates, lists and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from caseway.core.clock import now
from caseway.core.jwk import public_jwk
from caseway.rails.fit_connect.jwk import PublicKey, read_public_jwk

OCSP_URL, CRL_URL = "http://ocsp.pki.example/", "http://crl.pki.example/ca.crl"
PSS = padding.PSS(padding.MGF1(hashes.SHA512()), 64)


@cache
def rsa(name: str, bits: int = 4096) -> RSAPrivateKey:
    """A key by name, made once in a run."""
    return generate_private_key(65537, bits)


@dataclass
class Authority:
    """A certificate that issues others; `revoked` are serial numbers."""

    certificate: x509.Certificate
    key: RSAPrivateKey
    revoked: list[int] = field(default_factory=list)

    def crl(self, *, days: int = 7, by: RSAPrivateKey | None = None) -> bytes:
        """The list of what it revoked, good for some days."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(min(now(), now() + timedelta(days=days)) - timedelta(days=1))
            .next_update(now() + timedelta(days=days))
        )
        for serial in self.revoked:
            gone = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                gone.revocation_date(now() - timedelta(hours=1)).build()
            )
        return builder.sign(by or self.key, hashes.SHA512(), rsa_padding=PSS).public_bytes(
            serialization.Encoding.DER
        )

    def ocsp(self, certificate: x509.Certificate, *, days: int = 7, by: Authority | None = None) -> bytes:
        """The answer about a certificate, good for some days."""
        gone = certificate.serial_number in self.revoked
        builder = ocsp.OCSPResponseBuilder().add_response(
            certificate,
            self.certificate,
            hashes.SHA1(),
            ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD,
            min(now(), now() + timedelta(days=days)) - timedelta(hours=1),
            now() + timedelta(days=days),
            now() - timedelta(hours=2) if gone else None,
            x509.ReasonFlags.key_compromise if gone else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.NAME, (by or self).certificate)
        return builder.sign((by or self).key, hashes.SHA512()).public_bytes(serialization.Encoding.DER)


def make_root(name: str = "PCA-1-Muster") -> Authority:
    """A root that certifies itself."""
    return Authority(_certificate(name, rsa(name).public_key(), None, rsa(name), ca=True), rsa(name))


def make_authority(root: Authority, name: str = "Muster CA 4", key: str = "", **options: Any) -> Authority:
    """An authority below a root; `key` names another key than that of its name."""
    own = rsa(key or name)
    made = _certificate(name, own.public_key(), root.certificate, root.key, **{"ca": True} | options)
    return Authority(made, own)


def certify(authority: Authority, key: RSAPublicKey | None = None, **options: Any) -> x509.Certificate:
    """A certificate of the key of these tests: `days`, `begins`, `usage`, `addresses`, `digest`, `pss`."""
    public = key or rsa("Zustellpunkt").public_key()
    return _certificate("Zustellpunkt", public, authority.certificate, authority.key, **options)


def published(chain: Sequence[x509.Certificate], key: RSAPrivateKey | None = None) -> PublicKey:
    """The key as a sender reads it, with a chain."""
    jwk = public_jwk((key or rsa("Zustellpunkt")).public_key(), "zustellpunkt-1", "decrypt", chain)
    return read_public_jwk(jwk, "encrypt")


def _certificate(
    name: str,
    key: RSAPublicKey,
    issuer: x509.Certificate | None,
    signing: RSAPrivateKey,
    *,
    ca: bool = False,
    days: int = 365,
    begins: int = -1,
    usage: str = "key_encipherment",
    addresses: Sequence[str] = (OCSP_URL, CRL_URL),
    digest: hashes.SHA256 | hashes.SHA512 | None = None,
    pss: bool = True,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() + timedelta(days=min(begins, days - 1)))
        .not_valid_after(now() + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(_usage("key_cert_sign" if ca else usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False
        )
    )
    for extension in _pointers(addresses if issuer else ()):
        builder = builder.add_extension(extension, critical=False)
    if not pss:
        return builder.sign(signing, digest or hashes.SHA512())
    chosen = digest or hashes.SHA512()
    return builder.sign(
        signing, chosen, rsa_padding=padding.PSS(padding.MGF1(chosen), padding.PSS.DIGEST_LENGTH)
    )


def _pointers(addresses: Sequence[str]) -> list[x509.ExtensionType]:
    found: list[x509.ExtensionType] = []
    responders = [url for url in addresses if url == OCSP_URL]
    lists = [url for url in addresses if url != OCSP_URL]
    if responders:
        names = [
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(url))
            for url in responders
        ]
        found.append(x509.AuthorityInformationAccess(names))
    if lists:
        uris = [x509.UniformResourceIdentifier(url) for url in lists]
        found.append(x509.CRLDistributionPoints([x509.DistributionPoint(uris, None, None, None)]))
    return found


def _usage(for_: str) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    chosen = {for_, "crl_sign", "digital_signature"} if for_ == "key_cert_sign" else {for_}
    return x509.KeyUsage(**{name: name in chosen for name in names})
