"""Keys of a participant, made without the code under test: RSA 4096, self-signed certificate, both JWKs."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from caseway.core.clock import now
from caseway.rails.keys import Key

USES = {"decrypt": ("RSA-OAEP-256", "wrapKey", "unwrapKey"), "sign": ("PS512", "verify", "sign")}
PRIVATE = {"d": "d", "p": "p", "q": "q", "dp": "dmp1", "dq": "dmq1", "qi": "iqmp"}  # RFC 7518 §6.3.2


@dataclass(frozen=True)
class Pair:
    """A key pair: as published, as a participant keeps it, and as this project keeps it."""

    public: dict[str, Any]
    private: dict[str, Any]
    key: Key


def make(kid: str, use: Any) -> Pair:
    """Make a key pair for "decrypt" or "sign"."""
    private = rsa.generate_private_key(65537, 4096)
    algorithm, others, own = USES[use]
    numbers = private.private_numbers()
    named = {"kty": "RSA", "kid": kid, "alg": algorithm}
    public = {"n": numbers.public_numbers.n, "e": numbers.public_numbers.e}
    parts = public | {name: getattr(numbers, one) for name, one in PRIVATE.items()}
    published = named | {"key_ops": [others], "x5c": [certificate(private)]} | encoded(public)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kept = named | {"key_ops": [own]} | encoded(parts)
    return Pair(published, kept, Key(kid, use, published, pem, now() + timedelta(days=1)))


def certificate(key: rsa.RSAPrivateKey) -> str:
    """Return a self-signed certificate as it stands in x5c."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Zustellpunkt Beispielhausen")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now() - timedelta(hours=1))
    signed = made.not_valid_after(now() + timedelta(days=1)).sign(key, hashes.SHA512())
    return base64.b64encode(signed.public_bytes(serialization.Encoding.DER)).decode()


def encoded(numbers: dict[str, int]) -> dict[str, str]:
    """Return numbers as base64url, as a JWK holds them."""
    octets = {name: value.to_bytes((value.bit_length() + 7) // 8, "big") for name, value in numbers.items()}
    return {name: base64.urlsafe_b64encode(one).rstrip(b"=").decode() for name, one in octets.items()}
