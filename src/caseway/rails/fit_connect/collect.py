"""What was sent to us: fetched, decrypted, and proven in every part before anything of it is believed.

The order is that of the receiver's duties (docs of FITKO, receiving/verification): the delivery service's
signed word on which contents it took, then metadata, then data, then attachments. What is proven to be the
sender's fault raises `Rejectable` with the standard's problems. What may be ours (a key we lack, a limit, a
schema that cannot be used) or the platform's (a log that cannot be verified, a broken download) raises
another error, and the submission waits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from caseway.core.clock import now
from caseway.core.errors import Invalid, NotConfigured, TooLarge, Unavailable
from caseway.core.xml import parse
from caseway.rails.contract import Link
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.arrived import Described, described_by, reply_way
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destination, Destinations
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.faults import Faults
from caseway.rails.fit_connect.jwe_header import JweRefused, Reading
from caseway.rails.fit_connect.jwe_opening import Opened, open_text
from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.parcel import Parcel
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.set_tags import check_tags, tags_in
from caseway.rails.fit_connect.sets import Tags
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.fit_connect.unpacking import Unpacking, gone, open_binary, too_large
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Arriving, Collected, IncomingFile
from caseway.rails.keys import Key, SchemaFile
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
    calls: Submissions | Replies
    parcel: Parcel
    entries: Sequence[LogEntry]
    handed_over: LogEntry
    faults: Faults


def collect(arriving: Arriving, link: Link, room: Path) -> Collected:
    """Fetch, decrypt and check (`Receives.collect`)."""
    one = _begin(arriving, link, room)
    _check_texts_seen(one)
    metadata, opened_metadata = _text(one, one.parcel.metadata, "metadata", ("application/json",))
    described = _described(one, metadata)
    data_tag = _data(one, described) if one.parcel.data or described.data_sha512 else None
    unpacking = Unpacking(arriving.remote_id, one.calls, link, one.keys, room, one.faults)
    files = [*([_structured(one, described)] if data_tag else []), *_attachments(one, described, unpacking)]
    tags = Tags(opened_metadata.tag, data_tag, unpacking.tags)
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
    calls = Replies(client) if arriving.kind == "reply" else Submissions(client)
    try:
        parcel = calls.get(arriving.remote_id)
    except NotThere as error:
        raise gone() from error
    entries = _log(arriving, parcel, link)
    handed_over = _handed_over(arriving, entries)
    strict_on_v1 = link.settings.api_version == "v1" and not link.settings.tolerates_old_senders
    faults = Faults(tuple(entries), (handed_over.at or now()) + DEADLINE, spares_old=strict_on_v1)
    return _Collecting(arriving, link, room, keys, calls, parcel, entries, handed_over, faults)


def _log(arriving: Arriving, parcel: Parcel, link: Link) -> Sequence[LogEntry]:
    parties = {one for one in (arriving.destination, parcel.destination_id) if one}
    try:
        return log.read(parcel.case_id, link, destinations=parties)
    except NotThere as error:
        raise _not_in_log() from error


def _handed_over(arriving: Arriving, entries: Sequence[LogEntry]) -> LogEntry:
    """Return the delivery service's word, verified, that it holds this, and which contents of it."""
    event, about = f"submit-{arriving.kind}", f"{arriving.kind}:{arriving.remote_id.lower()}"
    found = log.find(entries, event, about)
    if found is None:
        doubtful = log.doubtful(entries, (event,), about)
        raise _not_in_log() if doubtful is None else _log_not_verified(doubtful.sentence, doubtful.code)
    try:
        tags_in(found.facts)
    except TokenRefused as error:
        raise _log_not_verified(error.sentence, error.code) from error
    return found


def _check_texts_seen(one: _Collecting) -> None:
    """The texts that came must be those the delivery service took, before anything in them is looked at."""
    seen, data = tags_in(one.handed_over.facts), one.parcel.data
    ours = Tags(_tag_of(one.parcel.metadata), _tag_of(data) if data else None)
    try:
        check_tags({"authenticationTags": Tags(seen.metadata, seen.data).as_json()}, ours)
    except TokenRefused as error:
        raise one.faults.tags(error) from error


def _tag_of(sealed: str) -> str:
    return sealed.rpartition(".")[2]


def _text(one: _Collecting, sealed: str, instance: str, types: Sequence[str]) -> tuple[bytes, Opened]:
    settings = one.link.settings
    reading = Reading(settings.max_answer_bytes, types, tolerant=settings.tolerates_old_senders)
    try:
        return open_text(sealed, one.keys, reading)
    except JweRefused as error:
        raise one.faults.encryption(instance, error) from error
    except TooLarge as error:
        raise too_large(error) from error


def _described(one: _Collecting, metadata: bytes) -> Described:
    """Check metadata, and hold service and schema against what our destination offers.

    A reply keeps one of the standards we offered when we asked for it.
    """
    old = one.link.settings.tolerates_old_senders
    if one.arriving.kind == "reply":
        return described_by(metadata, one.faults, None, old_senders=old)
    destination = Destinations(Client.of(one.link)).get(one.parcel.destination_id or one.arriving.destination)
    described = described_by(metadata, one.faults, destination.metadata_versions or None, old_senders=old)
    _check_offered(one, described, destination)
    return described


def _check_offered(one: _Collecting, described: Described, destination: Destination) -> None:
    announced = one.parcel.service_identifier
    if described.service_identifier not in ("", announced):
        raise one.faults.other_service(announced, described.service_identifier)
    if not destination.services:  # then the platform did not tell what is offered
        return
    service = destination.service(announced)
    if service is None:
        raise one.faults.unsupported_service(announced)
    offered = {schema.uri: schema.media_type for schema in service.schemas}
    if not described.data_sha512 or not offered:
        return
    media_type = offered.get(described.schema_uri)
    if media_type is None or media_type not in ("", described.data_type):
        raise one.faults.unsupported_schema(described.schema_uri)


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
    if schema is not None and (problems := _violations(schema, path)):
        raise one.faults.data_schema(problems)
    if schema is None and not _well_formed(content, described.data_type):
        raise one.faults.data_syntax()
    return opened.tag


def _violations(schema: SchemaFile, path: Path) -> list[str]:
    try:
        return check_subject_data(schema, path)
    except Invalid as error:
        raise NotConfigured(
            f"The registered schema of the subject data cannot be used: {error.sentence}",
            code="fit_connect.schema_unusable",
            remedy="Register the schema again, with every file it needs.",
            schema=schema.uri,
            because=error.code,
        ) from error


def _well_formed(content: bytes, media_type: str) -> bool:
    try:
        if media_type == "application/json":
            json.loads(content)
        else:
            parse(content)
    except (ValueError, RecursionError, Invalid):
        return False
    return True


def _attachments(one: _Collecting, described: Described, unpacking: Unpacking) -> list[IncomingFile]:
    announced, named = set(one.parcel.attachments), set(described.part_ids)
    if announced != named:
        raise one.faults.attachments_mismatch(sorted(named - announced), sorted(announced - named))
    return unpacking.unpack(described.attachments)


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


def _not_in_log() -> Unavailable:
    return Unavailable(
        "The delivery service's word on what was handed over is not in the log yet.",
        code="fit_connect.not_in_log",
        remedy="It is tried again by itself. If it stays so, ask the operator of the delivery service.",
    )


def _log_not_verified(why: str, because: str) -> Unavailable:
    return Unavailable(
        f"The delivery service's word on what was handed over cannot be verified: {why}",
        code="fit_connect.log_not_verified",
        remedy="It is tried again by itself. If it stays so, ask the operator of the delivery service.",
        because=because,
    )
