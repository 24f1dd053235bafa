"""Opening: a compact JWE from a stream into a file, in constant memory.

Nothing of the plaintext is released before the tag of the whole was right: it grows in a file without a name
of its own, which is taken away on any failure. Whether the key was wrapped wrongly or the content was altered
is told apart by nothing (RFC 7516 §11.5): a key that does not unwrap is replaced by a random one, and the tag
fails. `kid` only says which key to try first, because senders in use write a thumbprint there; which of the
two codes a failure has depends on nothing but it.

Codes (`fit_connect.…`):
- `jwe_malformed`: not five segments of canonical base64url, or one of a wrong length
- `jwe_truncated`: ends too early
- `jwe_too_large`: holds more than is allowed (`TooLarge`)
- `jwe_undecryptable`: does not open, and names a key of ours
- `jwe_key_unknown`: does not open, and names none of our keys (`NotConfigured`)
- `jwe_inflation_refused`: expands beyond all proportion, or beyond what is allowed
- `jwe_inflation_failed`: is not DEFLATE, or is cut off
- those of `jwe_header`
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from caseway.core.errors import CasewayError, NotConfigured, TooLarge
from caseway.core.jwk import thumbprint
from caseway.rails.fit_connect.jwe import KEY_BYTES, NONCE_BYTES, OAEP, TAG_BYTES
from caseway.rails.fit_connect.jwe_header import Header, JweRefused, Reading, read_header
from caseway.rails.fit_connect.jwe_text import JweText
from caseway.rails.fit_connect.jwk import private_key
from caseway.rails.keys import Key

_PIECE = 256 * 1024
_INFLATION = 100  # times its size; text compresses 3 to 20 times
_INFLATION_FLOOR = 1024 * 1024  # small texts may be repetitive


@dataclass(frozen=True)
class Opened:
    """What was opened: SHA-512 of the plaintext in hex, its size in bytes, the tag as the fifth segment."""

    header: Header
    sha512: str
    tag: str
    size: int


def open_file(pieces: Iterable[bytes], keys: Sequence[Key], target: Path, reading: Reading) -> Opened:
    """Decrypt a JWE that comes in pieces into `target`, which exists only when all was right.

    The folder of `target` must exist; only its owner may read the file. `keys` are all that may decrypt.
    Raises `JweRefused`, `TooLarge` or `NotConfigured` with one of the codes above, and what `pieces` raises.
    """
    with _nameless(target.parent) as (sink, path):
        opened = _decrypt(pieces, keys, sink, reading)
        if not opened.header.deflated:
            _name(sink, path, target)
            return opened
        with _nameless(target.parent) as (inflated, inflated_path):
            opened = _inflate(sink, inflated, opened, reading)
            _name(inflated, inflated_path, target)
            return opened


def open_text(text: str | bytes, keys: Sequence[Key], reading: Reading) -> tuple[bytes, Opened]:
    """Decrypt a JWE that is in memory, such as metadata. Raises as `open_file` does."""
    sink = io.BytesIO()
    try:
        pieces = [text.encode("ascii") if isinstance(text, str) else text]
    except UnicodeEncodeError:
        raise _malformed() from None
    opened = _decrypt(pieces, keys, sink, reading)
    if opened.header.deflated:
        compressed, sink = sink, io.BytesIO()
        opened = _inflate(compressed, sink, opened, reading)
    return sink.getvalue(), opened


def _decrypt(pieces: Iterable[bytes], keys: Sequence[Key], sink: BinaryIO, reading: Reading) -> Opened:
    text = JweText(pieces)
    protected = text.short(8192)
    header = read_header(text.decoded(protected), reading)
    key = _content_key(text.decoded(text.short(4096)), header, keys)
    nonce = text.decoded(text.short(64))
    if len(nonce) != NONCE_BYTES:
        raise _malformed()
    decryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).decryptor()
    decryptor.authenticate_additional_data(protected)
    digest, size = hashlib.sha512(), 0
    for piece in text.long():
        size += len(piece)
        if size > reading.max_plaintext:
            raise _too_large(reading)
        plaintext = decryptor.update(piece)
        digest.update(plaintext)
        sink.write(plaintext)
    tag = text.last(64)
    content = text.decoded(tag)
    if len(content) != TAG_BYTES:
        raise _malformed()
    try:
        decryptor.finalize_with_tag(content)
    except InvalidTag:
        raise _unopened(header, keys) from None
    return Opened(header, digest.hexdigest(), tag.decode("ascii"), size)


def _content_key(wrapped: bytes, header: Header, keys: Sequence[Key]) -> bytes:
    """Return the content key, or a random one where no key of ours unwraps it."""
    for key in sorted(keys, key=lambda one: not _is_named(header, one)):
        private = private_key(key)
        if len(wrapped) != (private.key_size + 7) // 8:
            continue
        try:
            content_key = private.decrypt(wrapped, OAEP)
        except ValueError:
            continue
        if len(content_key) == KEY_BYTES:
            return content_key
    return os.urandom(KEY_BYTES)


def _is_named(header: Header, key: Key) -> bool:
    return header.kid in (key.kid, thumbprint(private_key(key).public_key()))


def _unopened(header: Header, keys: Sequence[Key]) -> CasewayError:
    return _undecryptable() if any(_is_named(header, key) for key in keys) else _key_unknown()


def _inflate(source: BinaryIO, sink: BinaryIO, opened: Opened, reading: Reading) -> Opened:
    """Expand what was proven to be the sender's; raw DEFLATE (RFC 7516 §4.1.3)."""
    limit = min(reading.max_plaintext, max(_INFLATION_FLOOR, _INFLATION * opened.size))
    source.seek(0)
    digest, size = hashlib.sha512(), 0
    for piece in _inflated(source):
        size += len(piece)
        if size > limit:
            raise JweRefused(
                "An encrypted part expands beyond what is allowed.",
                code="fit_connect.jwe_inflation_refused",
                remedy="The sender must not compress, or send less.",
                limit=limit,
            )
        digest.update(piece)
        sink.write(piece)
    return Opened(opened.header, digest.hexdigest(), opened.tag, size)


def _inflated(source: BinaryIO) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        while piece := source.read(_PIECE):
            while piece:
                yield inflater.decompress(piece, _PIECE)
                piece = inflater.unconsumed_tail
            if inflater.unused_data:
                break
        while (piece := inflater.decompress(b"", _PIECE)) and not inflater.eof:
            yield piece
        yield piece
    except zlib.error:
        raise _inflation_failed() from None
    if not inflater.eof or inflater.unused_data:
        raise _inflation_failed()


@contextmanager
def _nameless(room: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Hold a file of our own in the room; it is gone afterwards unless it was given a name."""
    handle, name = tempfile.mkstemp(dir=room, prefix=".opening-")
    path = Path(name)
    try:
        with os.fdopen(handle, "w+b") as sink:
            yield sink, path
    finally:
        path.unlink(missing_ok=True)


def _name(sink: BinaryIO, path: Path, target: Path) -> None:
    sink.flush()
    path.replace(target)


def _malformed() -> JweRefused:
    return JweRefused(
        "An encrypted part is not a compact JWE.",
        code="fit_connect.jwe_malformed",
        remedy="The sender must encrypt anew.",
    )


def _too_large(reading: Reading) -> TooLarge:
    return TooLarge(
        f"An encrypted part holds more than {reading.max_plaintext} bytes.",
        code="fit_connect.jwe_too_large",
        remedy="Raise the limit of the connection, or have the sender send less.",
        limit=reading.max_plaintext,
    )


def _undecryptable() -> CasewayError:
    return JweRefused(
        "An encrypted part cannot be decrypted: it was damaged, or sealed for somebody else.",
        code="fit_connect.jwe_undecryptable",
        remedy="The sender must encrypt anew, for the key the destination publishes.",
    )


def _key_unknown() -> CasewayError:
    return NotConfigured(
        "An encrypted part cannot be decrypted, and names no key of this connection.",
        code="fit_connect.jwe_key_unknown",
        remedy="Import the private key the destination published, also an older one that is still used.",
    )


def _inflation_failed() -> JweRefused:
    return JweRefused(
        "An encrypted part is not compressed as its header says.",
        code="fit_connect.jwe_inflation_failed",
        remedy="The sender must not compress.",
    )
