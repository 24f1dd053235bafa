"""Sealing: content for one recipient as a compact JWE (RFC 7516 §7.1), RSA-OAEP-256 and A256GCM, as a stream.

The text is made while it is sent: 4/3 of the content and some 800 characters, of which only pieces are ever
in memory. Its length is known before the first byte, so that a request can say `Content-Length`. Content key
and nonce are made anew for each sealing and used once (SP 800-38D §8).

Codes (`fit_connect.…`):
- `content_type_unfit`: the media type cannot stand in a JOSE header; correct it in the mapping
- `content_length_differs`: the stored file has not the length that was recorded; nothing whole is sent
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from caseway.core.errors import Invalid, Refused
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.jwk import PublicKey

ALGORITHM = "RSA-OAEP-256"
ENCRYPTION = "A256GCM"
OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)  # RFC 7518 §4.3
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16  # RFC 7518 §5.3

_PIECE = 96 * 1024  # stays in the cache; divisible by 3: its base64url ends without a remainder
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")  # RFC 6838 §4.2


@dataclass(frozen=True)
class Sealed:
    """What is known of a sealed content: SHA-512 of the plaintext in hex, the tag as the fifth segment."""

    sha512: str
    tag: str
    size: int  # of the plaintext, in bytes


class Sealing:
    """A body that encrypts while it is read; `length` is its size in bytes, `sealed` is known at its end.

    It can be read once. A second reading would put a second content under the same key and nonce, should the
    source have changed meanwhile: make another `Sealing` to send again.
    """

    def __init__(self, source: BinaryIO, size: int, recipient: PublicKey, content_type: str) -> None:
        """Prepare to seal `size` bytes of a stream. Raises `Invalid` for a media type that is none."""
        key = os.urandom(KEY_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        header = segments.encode(segments.write_object(_header(recipient, content_type)))
        self._source: BinaryIO | None = source
        self._size = size
        self._encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
        self._encryptor.authenticate_additional_data(header)
        parts = (header, segments.encode(recipient.key.encrypt(key, OAEP)), segments.encode(nonce))
        self._start = b".".join(parts) + b"."
        self._sealed: Sealed | None = None

    @property
    def length(self) -> int:
        """The size of the whole text, in bytes."""
        return len(self._start) + _encoded(self._size) + 1 + _encoded(TAG_BYTES)

    @property
    def sealed(self) -> Sealed:
        """What was sealed. Raises `RuntimeError` before the end was reached."""
        if self._sealed is None:
            raise RuntimeError("not sealed to the end yet")
        return self._sealed

    def __iter__(self) -> Iterator[bytes]:
        """Yield the text. Raises `Refused` when the source is shorter or longer than was said."""
        source, self._source = self._source, None
        if source is None:
            raise RuntimeError("a sealing can be read once")
        digest = hashlib.sha512()
        yield self._start
        for piece in _pieces(source, self._size):
            digest.update(piece)
            yield segments.encode(self._encryptor.update(piece))
        self._encryptor.finalize()
        tag = segments.encode(self._encryptor.tag)
        self._sealed = Sealed(digest.hexdigest(), tag.decode(), self._size)
        yield b"." + tag


def seal(content: bytes, recipient: PublicKey, content_type: str) -> tuple[str, Sealed]:
    """Return a content as a JWE at once, and what is known of it: for metadata and subject data."""
    sealing = Sealing(io.BytesIO(content), len(content), recipient, content_type)
    text = b"".join(sealing).decode("ascii")
    return text, sealing.sealed


def sealed_size(size: int, recipient: PublicKey, content_type: str) -> int:
    """Return how long the JWE of `size` bytes will be, without making it: for limits and fragments."""
    header = segments.write_object(_header(recipient, content_type))
    modulus = (recipient.key.key_size + 7) // 8
    return sum(_encoded(part) for part in (len(header), modulus, NONCE_BYTES, size, TAG_BYTES)) + 4


def _header(recipient: PublicKey, content_type: str) -> dict[str, str]:
    if not _MEDIA_TYPE.fullmatch(content_type):
        raise Invalid(
            "The media type of a document cannot stand in a JOSE header.",
            code="fit_connect.content_type_unfit",
            remedy="Correct the media type in the mapping; it has the form type/subtype.",
        )
    return {"alg": ALGORITHM, "enc": ENCRYPTION, "kid": recipient.kid, "cty": content_type}


def _encoded(size: int) -> int:
    return (size * 4 + 2) // 3


def _pieces(source: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield exactly `size` bytes, each piece but the last of a length divisible by three."""
    left = size
    while left:
        piece = source.read(min(_PIECE, left))
        while len(piece) < min(_PIECE, left):
            more = source.read(min(_PIECE, left) - len(piece))
            if not more:
                raise _length_differs(size)
            piece += more
        left -= len(piece)
        yield piece
    if source.read(1):
        raise _length_differs(size)


def _length_differs(size: int) -> Refused:
    return Refused(
        f"The stored file has not the {size} bytes that were recorded.",
        code="fit_connect.content_length_differs",
        remedy="Check the content store with `caseway doctor`, then retry.",
    )
