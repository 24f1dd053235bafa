"""Small secrets at rest: encrypted with AES-256-GCM, found again by keyed hash.

Keys come as a list (`CASEWAY_SECRET_KEYS`, comma-separated, base64 of 32 bytes each): the first encrypts,
every one decrypts, so that a key is changed by putting the new one in front. Stored text names its format and
its key: `v1:<key id>:<base64url of nonce and sealed text>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from caseway.core.errors import NotConfigured

VARIABLE = "CASEWAY_SECRET_KEYS"
_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D, section 8.2


class KeyRing:
    """The keys of one installation; immutable, safe to share between threads."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take raw keys of 32 bytes, the encrypting one first. Raises `NotConfigured`."""
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise NotConfigured(
                "There is no usable key for secrets.",
                code="secrets.keys_missing",
                remedy=f"Set {VARIABLE} to one or more keys, each 32 random bytes in base64.",
            )
        self._keys = {_key_id(key): key for key in keys}
        self._first = next(iter(self._keys))

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read keys from comma- or space-separated base64. Raises `NotConfigured`."""
        return cls([_decode_key(word) for word in text.replace(",", " ").split()])

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> KeyRing:
        """Read the keys from `CASEWAY_SECRET_KEYS`. Raises `NotConfigured`."""
        return cls.parse((os.environ if environment is None else environment).get(VARIABLE, ""))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    def encrypt(self, text: str, purpose: str = "") -> str:
        """Seal a text. What was sealed for one purpose opens for no other (`connection:<id>:password`)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = f"{_VERSION}:{self._first}"
        sealed = AESGCM(self._keys[self._first]).encrypt(nonce, text.encode(), _bind(head, purpose))
        return f"{head}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, purpose: str = "") -> str:
        """Open what `encrypt` sealed.

        Raises `NotConfigured` with `secrets.key_unknown` when its key is not in the ring, and with
        `secrets.unreadable` when the text was changed or sealed for another purpose.
        """
        version, _, rest = stored.partition(":")
        key_id, _, body = rest.partition(":")
        if version != _VERSION:
            raise _unreadable()
        if key_id not in self._keys:
            raise NotConfigured(
                f"A secret was sealed with the key {key_id[:8]}, which is not configured.",
                code="secrets.key_unknown",
                remedy=f"Put the former key back at the end of {VARIABLE}, or enter the secret again.",
            )
        try:
            raw = base64.urlsafe_b64decode(body)
            sealed = AESGCM(self._keys[key_id])
            return sealed.decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bind(f"v1:{key_id}", purpose)
            ).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _unreadable() from error

    def is_current(self, stored: str) -> bool:
        """Tell whether a stored secret was sealed with the first key; others want sealing again."""
        return stored.startswith(f"{_VERSION}:{self._first}:")

    def keyed_hash(self, value: str, purpose: str) -> str:
        """Return 64 hex digits by which a value can be searched without being stored (HMAC-SHA-256).

        The same value gives different hashes for different purposes. Made with the first key.
        """
        return _hash(self._keys[self._first], value, purpose)

    def keyed_hashes(self, value: str, purpose: str) -> list[str]:
        """Return the hash by every key, first key first: what to search for after a change of keys."""
        return [_hash(key, value, purpose) for key in self._keys.values()]

    def derived(self, purpose: str) -> list[bytes]:
        """Return 32 secret bytes of every key for a purpose, first key first (HKDF, RFC 5869)."""
        return [_derive(key, f"derived {purpose}") for key in self._keys.values()]


_ring: KeyRing | None = None


def install(ring: KeyRing | None) -> None:
    """Set the ring of this process; None makes the next use read the environment again."""
    global _ring
    _ring = ring


def ring() -> KeyRing:
    """Return the ring of this process, read from the environment at first use. Raises `NotConfigured`."""
    global _ring
    _ring = _ring or KeyRing.from_environment()
    return _ring


def encrypt(text: str, purpose: str = "") -> str:
    """Seal a text with the ring of this process; see `KeyRing.encrypt`."""
    return ring().encrypt(text, purpose)


def decrypt(stored: str, purpose: str = "") -> str:
    """Open a sealed text with the ring of this process; see `KeyRing.decrypt`."""
    return ring().decrypt(stored, purpose)


def keyed_hash(value: str, purpose: str) -> str:
    """Return the search hash of a value with the ring of this process; see `KeyRing.keyed_hash`."""
    return ring().keyed_hash(value, purpose)


def generate_key() -> str:
    """Return a new random key, ready for `CASEWAY_SECRET_KEYS`."""
    return base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _decode_key(word: str) -> bytes:
    try:
        return base64.b64decode(word.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        return b""


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"caseway key id" + key).hexdigest()[:8]


def _bind(head: str, purpose: str) -> bytes:
    return f"{head}:{purpose}".encode()


def _hash(key: bytes, value: str, purpose: str) -> str:
    derived = _derive(key, f"keyed hash {purpose}")
    return hmac.new(derived, value.encode(), hashlib.sha256).hexdigest()


def _derive(key: bytes, info: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=info.encode()).derive(key)


def _unreadable() -> NotConfigured:
    return NotConfigured(
        "A stored secret cannot be opened.",
        code="secrets.unreadable",
        remedy="Enter the secret again.",
    )
