"""What cannot be had cheaper: one unwrap, one signature, the pace of AES-GCM, base64url and SHA-512."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
_SIZE = 64_000_000


def measure() -> dict[str, float]:
    """Return ms of the operations with keys, MB/s of the others."""
    key = rsa.generate_private_key(65537, 4096)
    wrapped = key.public_key().encrypt(os.urandom(32), _OAEP)
    content, cipher, nonce = os.urandom(_SIZE), AESGCM(os.urandom(32)), os.urandom(12)
    return {
        "primitive_unwrap_ms": round(_ms(lambda: key.decrypt(wrapped, _OAEP), 20), 2),
        "primitive_wrap_ms": round(_ms(lambda: key.public_key().encrypt(b"x" * 32, _OAEP), 20), 2),
        "primitive_sign_ms": round(_ms(lambda: key.sign(b"x", _PSS, hashes.SHA512()), 20), 2),
        "primitive_aes_mb_per_second": round(_pace(lambda: cipher.encrypt(nonce, content, b""))),
        "primitive_base64_mb_per_second": round(_pace(lambda: base64.urlsafe_b64encode(content))),
        "primitive_sha512_mb_per_second": round(_pace(lambda: hashlib.sha512(content).digest())),
    }


def _ms(act: Callable[[], object], rounds: int) -> float:
    began = time.perf_counter()
    for _ in range(rounds):
        act()
    return (time.perf_counter() - began) * 1000 / rounds


def _pace(act: Callable[[], object]) -> float:
    return _SIZE / 1e6 / (_ms(act, 3) / 1000)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()) + "\n")
