"""The fingerprint of a submission: two requests with the same one are the same request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Protocol

from caseway.intake.data import SubmissionData


class Fingerprinted(Protocol):
    """What of a file counts: its name, its field, its content."""

    @property
    def filename(self) -> str: ...
    @property
    def field_key(self) -> str: ...
    @property
    def sha256(self) -> str: ...


def content_hash(data: SubmissionData, files: Sequence[Fingerprinted]) -> str:
    """Return the SHA-256 (hexadecimal) of the canonical JSON of a submission and of its files, in order.

    Canonical: keys sorted, no spaces, text in NFC, what equals its default left out (RFC 8785 in spirit, with
    strings, booleans and null only).
    """
    said = data.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    listed = [[file.filename, file.field_key, file.sha256] for file in files]
    canonical = json.dumps([said, listed], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
