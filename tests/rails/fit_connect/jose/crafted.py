"""JWEs that no honest sender makes: any header, any content key, any plaintext."""

from __future__ import annotations

import base64
import json
import os
import zlib
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from caseway.rails.fit_connect.jwk import PublicKey

HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "application/json"}


def craft(
    recipient: PublicKey, plaintext: bytes, header: dict[str, Any] | bytes, *, key_bytes: int = 32
) -> str:
    """Return a JWE whose tag is right, whatever its header says."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    protected, key, nonce = b64(text), os.urandom(key_bytes), os.urandom(12)
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    sealed = AESGCM(key).encrypt(nonce, plaintext, protected.encode())
    parts = [
        protected,
        b64(recipient.key.encrypt(key, oaep)),
        b64(nonce),
        b64(sealed[:-16]),
        b64(sealed[-16:]),
    ]
    return ".".join(parts)


def deflated(plaintext: bytes) -> bytes:
    """Return raw DEFLATE."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(plaintext) + packer.flush()


def b64(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
