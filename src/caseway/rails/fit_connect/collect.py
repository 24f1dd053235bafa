"""What was sent to us: fetched, decrypted, and proven in every part before anything of it is believed.

The order is that of the receiver's duties (docs of FITKO, receiving/verification): the delivery service's
signed word on which contents it took, then metadata, then data, then attachments. What is proven to be the
sender's fault raises `Rejectable` with the standard's problems. What may be ours (a key we lack, a log that
cannot be verified, a broken download) raises another error, and the submission waits.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from caseway.core.errors import Invalid, NotConfigured, NotFound, TooLarge, Unavailable
from caseway.core.xml import parse
from caseway.rails.contract import Link
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.arrived import Described, described_by, reply_way
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.faults import Faults
from caseway.rails.fit_connect.jwe_header import JweRefused, Reading
from caseway.rails.fit_connect.jwe_opening import Opened, open_file, open_text
from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.parcel import Parcel
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.set_tags import check_tags
from caseway.rails.fit_connect.sets import Tags
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Arriving, Collected, IncomingFile
from caseway.rails.keys import Key
from caseway.rails.subject_data import check_subject_data

DEADLINE = timedelta(days=14)  # in submitted; then the delivery service rejects by itself
_DATA_TYPES = ("application/json", "application/xml")


@dataclass
class _Collecting:
    """One thing that is being collected."""

    arriving: Arriving
    link: Link
    room: Path
    keys: Sequence[Key]
    parcel: Parcel
    entries: Sequence[LogEntry]
    handed_over: LogEntry
    faults: Faults
    tags: dict[str, str] = field(default_factory=dict)  # of attachments and fragments, by id

    @property
    def calls(self) -> Submissions | Replies:
        client = Client.of(self.link)
        return Replies(client) if self.arriving.kind == "reply" else Submissions(client)


def collect(arriving: Arriving, link: Link, room: Path) -> Collected:
    """Fetch, decrypt and check (`Receives.collect`)."""
    one = _begin(arriving, link, room)
    metadata, opened_metadata = _text(one, one.parcel.metadata, "metadata", ("application/json",))
    described = _described(one, metadata)
    data_tag = _data(one, described) if one.parcel.data or described.data_sha512 else None
    files = [*([_structured(one, described)] if data_tag else []), *_attachments(one, described)]
    tags = Tags(opened_metadata.tag, data_tag, one.tags)
    _check_seen(one, tags)
    return _collected(one, described, files, tags)


def _begin(arriving: Arriving, link: Link, room: Path) -> _Collecting:
    keys = link.keys.decryption()
    if not keys:
        raise NotConfigured(
            "There is no key to decrypt what arrived.",
            code="keys.none_to_decrypt",
            remedy="Generate or import the key of our destination on the connection's page of keys.",
        )
    client = Client.of(link)
    try:
        calls = Replies(client) if arriving.kind == "reply" else Submissions(client)
        parcel = calls.get(arriving.remote_id)
    except NotThere as error:
        raise NotFound("It does not wait there any more.", code="arrival.gone") from error
    entries = log.read(parcel.case_id, link, destinations=_parties(arriving, parcel))
    handed_over = _handed_over(arriving, entries)
    by = (handed_over.at or datetime.now(UTC)) + DEADLINE
    return _Collecting(arriving, link, room, keys, parcel, entries, handed_over, Faults(tuple(entries), by))


def _parties(arriving: Arriving, parcel: Parcel) -> tuple[str, ...]:
    return tuple({one for one in (arriving.destination, parcel.destination_id) if one})


def _handed_over(arriving: Arriving, entries: Sequence[LogEntry]) -> LogEntry:
    event, about = f"submit-{arriving.kind}", f"{arriving.kind}:{arriving.remote_id.lower()}"
    found = log.find(entries, event, about)
    if found is not None:
        return found
    doubtful = next((one for one in entries if one.what == event and one.about.lower() == about), None)
    raise Unavailable(
        "The delivery service's word on what was handed over is not in the log yet."
        if doubtful is None
        else f"The delivery service's word on what was handed over cannot be verified: {doubtful.sentence}",
        code="fit_connect.not_in_log" if doubtful is None else "fit_connect.log_not_verified",
        remedy="It is tried again by itself. If it stays so, ask the operator of the delivery service.",
        because=doubtful.code if doubtful else None,
    )


def _text(one: _Collecting, sealed: str, instance: str, types: Sequence[str]) -> tuple[bytes, Opened]:
    settings = one.link.settings
    reading = Reading(settings.max_answer_bytes, types, tolerant=settings.tolerates_old_senders)
    try:
        return open_text(sealed, one.keys, reading)
    except JweRefused as error:
        raise one.faults.encryption(instance, error) from error
    except TooLarge as error:
        raise one.faults.encryption(instance, error) from error


def _described(one: _Collecting, metadata: bytes) -> Described:
    """Check metadata, and hold service and schema against what our destination offers.

    A reply keeps one of the standards we offered when we asked for it.
    """
    old = one.link.settings.tolerates_old_senders
    if one.arriving.kind == "reply":
        return described_by(metadata, one.faults, None, old_senders=old)
    destination = Destinations(Client.of(one.link)).get(one.parcel.destination_id or one.arriving.destination)
    described = described_by(metadata, one.faults, destination.metadata_versions or None, old_senders=old)
    service = destination.service(one.parcel.service_identifier)
    if service is None:
        raise one.faults.unsupported_service(one.parcel.service_identifier)
    if described.data_sha512 and described.schema_uri not in {schema.uri for schema in service.schemas}:
        raise one.faults.unsupported_schema(described.schema_uri)
    return described


def _data(one: _Collecting, described: Described) -> str:
    """Put the subject data into the room and return their tag."""
    if not one.parcel.data or not described.data_sha512:
        raise one.faults.missing_data()
    content, opened = _text(one, one.parcel.data, "data", _DATA_TYPES)
    if opened.sha512 != described.data_sha512:
        raise one.faults.hash_mismatch("data")
    path = one.room / "data"
    path.write_bytes(content)
    schema = one.link.schemas.get(described.schema_uri)
    if schema is not None and (problems := check_subject_data(schema, path)):
        raise one.faults.data_schema(problems)
    if schema is None and not _well_formed(content, described.data_type):
        raise one.faults.data_syntax()
    return opened.tag


def _well_formed(content: bytes, media_type: str) -> bool:
    try:
        if media_type == "application/json":
            json.loads(content)
        else:
            parse(content)
    except (ValueError, RecursionError, Invalid):
        return False
    return True


def _attachments(one: _Collecting, described: Described) -> list[IncomingFile]:
    announced, named = set(one.parcel.attachments), set(described.part_ids)
    if announced != named:
        raise one.faults.attachments_mismatch(sorted(named - announced), sorted(announced - named))
    return [_attachment(one, described, number) for number in range(len(described.attachments))]


def _attachment(one: _Collecting, described: Described, number: int) -> IncomingFile:
    attachment = described.attachments[number]
    path = one.room / f"attachment-{number}"
    digest = ""
    for part in attachment.parts:
        piece = one.room / f"part-{number}"
        digest = _download(one, attachment.id, part, piece).sha512
        _append(piece, path)
    if len(attachment.parts) > 1:
        digest = _sha512(path)
    if digest != attachment.sha512:
        raise one.faults.hash_mismatch(f"attachment:{attachment.id}")
    return IncomingFile(
        part=f"attachment-{number}",
        role="application" if attachment.purpose == "form" else "attachment",
        title=attachment.description,
        filename=attachment.filename,
        media_type=attachment.media_type,
        open=partial(open_binary, path),
    )


def _download(one: _Collecting, attachment_id: str, part: str, target: Path) -> Opened:
    settings = one.link.settings
    reading = Reading(settings.max_attachment_bytes, tolerant=settings.tolerates_old_senders)
    try:
        with one.calls.attachment(one.arriving.remote_id, part, most=settings.max_attachment_bytes) as got:
            opened = open_file(got.pieces, one.keys, target, reading)
    except (JweRefused, TooLarge) as error:
        raise one.faults.encryption(f"attachment:{attachment_id}", error) from error
    except NotThere as error:
        raise one.faults.missing_attachment(attachment_id) from error
    one.tags[part] = opened.tag
    return opened


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


def open_binary(path: Path) -> BinaryIO:
    """Open a file of the room to be read."""
    return path.open("rb")


def _check_seen(one: _Collecting, tags: Tags) -> None:
    """What was decrypted must be what the delivery service took from the sender (authentication tags)."""
    try:
        check_tags(one.handed_over.facts, tags)
    except TokenRefused as error:
        raise one.faults.tags(error) from error


def _structured(one: _Collecting, described: Described) -> IncomingFile:
    ending = "json" if described.data_type == "application/json" else "xml"
    return IncomingFile(
        part="data",
        role="structured",
        title="",
        filename=f"data.{ending}",
        media_type=described.data_type,
        open=partial(open_binary, one.room / "data"),
    )


def _collected(
    one: _Collecting, described: Described, files: Sequence[IncomingFile], tags: Tags
) -> Collected:
    parcel, service = one.parcel, one.parcel.service_identifier
    return Collected(
        kind="message" if one.arriving.kind == "reply" else "application",
        title=parcel.service_name or service or one.arriving.kind,
        service_id=service,
        service_name=parcel.service_name,
        form_id="",
        submitted_at=one.handed_over.at,
        subject="",
        body="",
        files=files,
        reply=reply_way(described.reply_channel),
        origin=_origin(one, described, tags),
        log=one.entries,
        answer_by=one.faults.answer_by,
        leika_id=service.rpartition(":")[2] if ":leika:" in service else "",
        region=parcel.region.removeprefix("DE"),
    )


def _origin(one: _Collecting, described: Described, tags: Tags) -> Mapping[str, Any]:
    return {
        "remote_id": one.arriving.remote_id,
        "remote_case_id": one.parcel.case_id,
        "destination": one.parcel.destination_id or one.arriving.destination,
        "tags": tags.as_json(),
        "metadata": described.kept,
        "metadata_version": described.version,
        "schema_uri": described.schema_uri,
    }
