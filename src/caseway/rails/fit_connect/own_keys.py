"""Our own keys: made here with a certificate of their own, or brought along with the chain of an authority.

RSA of 4096 bits, certificates signed with RSASSA-PSS and SHA-512, one purpose for each key. A self-signed
certificate is for test platforms; for the others `signing_request` asks the administration's PKI, and
`with_certificate` takes its answer.

Codes (`fit_connect.…`), all `Invalid`:
- `own_key_unreadable`: not an RSA key in PEM, or another password
- `own_key_unfit`: shorter than the rules allow, another exponent than 65537, or its numbers do not agree
- `own_certificate_unreadable`: no certificate in PEM
- `own_certificate_mismatch`: the first certificate is that of another key
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from caseway.core.clock import now
from caseway.core.errors import Invalid
from caseway.core.ids import uuid7
from caseway.rails.fit_connect.jwk import Purpose, private_key, public_jwk
from caseway.rails.keys import Key, Use

BITS = 4096
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=hashes.SHA512.digest_size)
_PURPOSES: dict[Use, Purpose] = {"sign": "verify", "decrypt": "encrypt"}


def generate_key(use: Use, name: str, *, days: int = 730, bits: int = BITS) -> Key:
    """Make a key with a self-signed certificate for `name`. Takes some seconds at 4096 bits."""
    private = rsa.generate_private_key(65537, bits)
    return _key(use, str(uuid7()), private, [_self_signed(use, name, private, days)])


def import_key(
    use: Use, private_pem: bytes, chain_pem: bytes, *, kid: str | None = None, password: bytes | None = None
) -> Key:
    """Take a key that was made elsewhere, with its chain, leaf first. Raises `Invalid`.

    `kid` is the id it is published with, where it is already; its arithmetic is checked once, here.
    """
    try:
        private = serialization.load_pem_private_key(private_pem, password)
    except (ValueError, TypeError):
        raise _unreadable() from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise _unreadable()
    if private.key_size < BITS or private.private_numbers().public_numbers.e != 65537:
        raise Invalid(
            f"The key has {private.key_size} bits, or another exponent than 65537.",
            code="fit_connect.own_key_unfit",
            remedy=f"Make a key of {BITS} bits with the exponent 65537.",
        )
    return _key(use, kid or str(uuid7()), private, _certificates(chain_pem))


def with_certificate(key: Key, chain_pem: bytes) -> Key:
    """Return the key with a chain an authority issued for it, leaf first. Raises `Invalid`."""
    return _key(key.use, key.kid, private_key(key), _certificates(chain_pem))


def signing_request(key: Key, name: str, organisation: str = "", country: str = "DE") -> bytes:
    """Return the request for a certificate (PKCS #10) as PEM."""
    named = [(NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organisation)]
    attributes = [x509.NameAttribute(oid, value) for oid, value in named if value]
    subject = x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(_usage(key.use), critical=True)
    request = builder.sign(private_key(key), hashes.SHA512(), rsa_padding=_PSS)
    return request.public_bytes(serialization.Encoding.PEM)


def _key(use: Use, kid: str, private: rsa.RSAPrivateKey, chain: Sequence[x509.Certificate]) -> Key:
    public = private.public_key()
    if chain[0].public_key() != public:
        raise Invalid(
            "The first certificate is that of another key.",
            code="fit_connect.own_certificate_mismatch",
            remedy="Give the certificate of this key first, then those of its authorities.",
        )
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    jwk = public_jwk(public, kid, _PURPOSES[use], chain)
    return Key(kid, use, jwk, pem, chain[0].not_valid_after_utc)


def _self_signed(use: Use, name: str, key: rsa.RSAPrivateKey, days: int) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(minutes=5))  # clocks differ
        .not_valid_after(now() + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(use), critical=True)
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    return builder.sign(key, hashes.SHA512(), rsa_padding=_PSS)


def _usage(use: Use) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=use == "sign",
        content_commitment=False,
        key_encipherment=use == "decrypt",
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _certificates(chain_pem: bytes) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(chain_pem)
    except ValueError:
        raise Invalid(
            "There is no readable certificate.",
            code="fit_connect.own_certificate_unreadable",
            remedy="Give the chain as PEM, the certificate of the key first.",
        ) from None


def _unreadable() -> Invalid:
    return Invalid(
        "The private key cannot be read.",
        code="fit_connect.own_key_unreadable",
        remedy="Give an RSA key as PEM (PKCS #8), with its password where it has one.",
    )
