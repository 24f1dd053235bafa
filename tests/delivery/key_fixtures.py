"""Keys that are dear to make, made once; a small authority that certifies them."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from caseway.core.clock import now


def a_key(number: int = 0) -> RSAPrivateKey:
    """Return one of some keys of 4096 bits."""
    return _made(number)


@cache
def _made(number: int) -> RSAPrivateKey:
    return generate_private_key(65537, 4096)


def pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def private_parts(key: RSAPrivateKey) -> list[str]:
    """Return what must stand nowhere: d, p, q in every common notation, and the PEM behind the modulus."""
    numbers = key.private_numbers()
    said = []
    for value in (numbers.d, numbers.p, numbers.q):
        octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
        said += [str(value)[:60], octets.hex()[:60], _base64url(octets)[:60], _base64(octets)[:60]]
    return [*said, *pem(key).decode().splitlines()[14:-2]]


def issued_chain(key: RSAPrivateKey, days: int = 400) -> tuple[str, str]:
    """Return the certificate of a key, and those of an intermediate and a root above it, as PEM."""
    root = _certificate("Wurzel", "Wurzel", a_key(8), a_key(8), 4000, ca=True)
    middle = _certificate("Zwischenstelle", "Wurzel", a_key(9), a_key(8), 2000, ca=True)
    leaf = _certificate("Stadt Beispielhausen", "Zwischenstelle", key, a_key(9), days, ca=False)
    shown = [one.public_bytes(Encoding.PEM).decode() for one in (leaf, middle, root)]
    return shown[0], shown[1] + shown[2]


def _certificate(
    subject: str, issuer: str, key: RSAPrivateKey, signer: RSAPrivateKey, days: int, *, ca: bool
) -> x509.Certificate:
    builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now() - timedelta(days=1))
    builder = builder.not_valid_after(now() + timedelta(days=days, minutes=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    pss = padding.PSS(padding.MGF1(hashes.SHA512()), padding.PSS.DIGEST_LENGTH)
    return builder.sign(signer, hashes.SHA512(), rsa_padding=pss)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode()
