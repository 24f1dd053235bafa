"""The attachments of what was sent to us: downloaded, opened, joined where in fragments, and proven.

Everything lands in the room of the arrival, under names of our own: a name the sender gave is never a path.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from caseway.core.errors import NotConfigured, NotFound, TooLarge, Unavailable
from caseway.rails.contract import Link
from caseway.rails.fit_connect.arrived import DescribedAttachment
from caseway.rails.fit_connect.client import Download
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.faults import Faults
from caseway.rails.fit_connect.jwe_header import JweRefused, Reading
from caseway.rails.fit_connect.jwe_opening import Opened, open_file
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.inbound import IncomingFile
from caseway.rails.keys import Key


@dataclass
class Unpacking:
    """The attachments of one arrival; `tags` are those of what was opened, by the id of its upload."""

    remote_id: str
    calls: Submissions | Replies
    link: Link
    keys: Sequence[Key]
    room: Path
    faults: Faults
    tags: dict[str, str] = field(default_factory=dict)
    unpacked: int = 0  # bytes

    def unpack(self, attachments: Sequence[DescribedAttachment]) -> list[IncomingFile]:
        """Return the files in the order of the metadata. Raises as `Receives.collect` does."""
        return [self._file(one, number) for number, one in enumerate(attachments)]

    def _file(self, attachment: DescribedAttachment, number: int) -> IncomingFile:
        path = self.room / f"attachment-{number}"
        path.unlink(missing_ok=True)
        digest = ""
        for part in attachment.parts:
            piece = self.room / f"part-{number}"
            digest = self._download(attachment.id, part, piece).sha512
            _append(piece, path)
        if len(attachment.parts) > 1:
            digest = _sha512(path)
        if digest != attachment.sha512:
            raise self.faults.hash_mismatch(f"attachment:{attachment.id}")
        return IncomingFile(
            part=f"attachment-{number}",
            role="application" if attachment.purpose == "form" else "attachment",
            title=attachment.description,
            filename=attachment.filename,
            media_type=attachment.media_type,
            open=partial(open_binary, path),
        )

    def _download(self, attachment_id: str, part: str, target: Path) -> Opened:
        settings = self.link.settings
        most = settings.max_attachment_bytes
        reading = Reading(most, tolerant=settings.tolerates_old_senders)
        try:
            with self.calls.attachment(self.remote_id, part, most=most) as got:
                opened = self._opened(got, target, reading, attachment_id)
        except NotThere as error:
            if error.code != "fit_connect.attachment_unknown":
                raise gone() from error
            raise self.faults.missing_attachment(attachment_id) from error
        self.tags[part] = opened.tag
        self._count(target.stat().st_size)
        return opened

    def _count(self, size: int) -> None:
        self.unpacked += size
        limit = self.link.settings.max_total_bytes
        if self.unpacked > limit:
            sentence = f"All attachments together hold more than {limit} bytes."
            raise too_large(TooLarge(sentence, limit=limit))

    def _opened(self, got: Download, target: Path, reading: Reading, attachment_id: str) -> Opened:
        try:
            return open_file(got.pieces, self.keys, target, reading)
        except JweRefused as error:
            if error.code == "fit_connect.jwe_truncated" and got.length is None:
                raise Unavailable(
                    "An attachment ended early, and its length was not told.",
                    code="fit_connect.content_short",
                    remedy="It is tried again by itself.",
                ) from error
            raise self.faults.encryption(f"attachment:{attachment_id}", error) from error
        except TooLarge as error:
            raise too_large(error) from error


def gone() -> NotFound:
    """Return the error for what was answered meanwhile, by a system beside us or by the platform."""
    return NotFound("It does not wait there any more.", code="arrival.gone")


def too_large(error: TooLarge) -> NotConfigured:
    """Return the error for what passes a limit of ours: the platform took it, the sender is not at fault."""
    return NotConfigured(
        error.sentence,
        code="fit_connect.arrival_too_large",
        remedy="Raise the limits of the connection (size of an attachment, of an answer, in total).",
        **error.details,
    )


def open_binary(path: Path) -> BinaryIO:
    """Open a file of the room to be read."""
    return path.open("rb")


def _append(piece: Path, whole: Path) -> None:
    if not whole.exists():
        piece.rename(whole)
        return
    with whole.open("ab") as sink, piece.open("rb") as source:
        shutil.copyfileobj(source, sink, 1024 * 1024)
    piece.unlink()


def _sha512(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha512").hexdigest()
