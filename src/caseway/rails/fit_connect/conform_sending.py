"""What a sender proves: found, sealed, handed over, confirmed, judged; and that it believes no forgery."""

from __future__ import annotations

from dataclasses import replace

from caseway.core.errors import NotConfigured, Refused
from caseway.rails.contract import Document, Link, Receipt
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.conform_desk import bytes_of, marked_submission, sample_of, within
from caseway.rails.fit_connect.conform_run import Run
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.follow import verdict_of
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_text
from caseway.rails.fit_connect.metadata import says_fragments
from caseway.rails.fit_connect.plan import DATA_TYPES, service_of
from caseway.rails.fit_connect.recipient import Recipient, find_recipient
from caseway.rails.fit_connect.recipient import reply_key as key_for_replies
from caseway.rails.fit_connect.set_checks import Expected
from caseway.rails.following import LogEntry
from caseway.rails.samples import sample_document


def recipient(run: Run) -> str:
    """Find the recipient with every check of its data, key and chain."""
    found, _ = _recipient(run)
    return f"{found.destination.name or found.destination.id} takes metadata {found.metadata_version}."


def sent(run: Run) -> str:
    """Hand over one submission and read the platform's signed word on it."""
    entry = _confirmed(_carry(run, run.sending()), run)
    return f"The platform confirmed it with a verified event at {entry.at:%H:%M:%S} UTC."


def large(run: Run) -> str:
    """Hand over one attachment of the size asked for, in at least two fragments where they can be said."""
    found, _ = _recipient(run)
    size, link = run.ground.large_bytes, run.sending()
    piece = min(link.settings.fragment_bytes or size, max(1, -(-size // 2)))
    if not says_fragments(found.metadata_version):
        piece = 0
    there = replace(link, settings=link.settings.model_copy(update={"fragment_bytes": piece}))
    document = sample_document(
        run.ground.room,
        "attachment",
        "large.bin",
        bytes_of(size),
        media_type="application/octet-stream",
        index=9,
    )
    _confirmed(_carry(run, there, document), run)
    return f"{size} bytes went over in {-(-size // piece) if piece else 1} pieces."


def forged(run: Run) -> str:
    """Change one true event in every way a forger would, and see each refused."""
    receipt = run.sent[-1] if run.sent else _carry(run, run.sending())
    case_id = str(receipt.facts["remote_case_id"])
    tokens = list(Events(Client.of(run.link)).of_case(case_id))
    true = next((one for one in tokens if _entry(one, case_id, run.link).verified), None)
    if true is None:
        raise Refused(
            "No event of the platform could be verified.",
            code="fit_connect.not_confirmed",
            remedy="Look at the log of the case in the wire log.",
        )
    believed = [what for what, token in _forgeries(true).items() if _entry(token, case_id, run.link).verified]
    if believed:
        raise Refused(f"Believed, though forged: {', '.join(believed)}.", code="fit_connect.forgery_believed")
    return f"{len(_forgeries(true))} forgeries of a true event were refused."


def judged(run: Run) -> str:
    """Wait for the verdict of whoever receives for the destination, on any of what this run sent."""
    if not run.sent:
        _carry(run, run.sending())

    def look() -> str | None:
        return next((one for one in (_verdict(receipt, run.link) for receipt in run.sent) if one), None)

    sentence = within(run.ground.patience, look)
    if sentence is None:
        raise Refused(
            "Nobody answered the test submission in time.",
            code="fit_connect.no_verdict_in_time",
            remedy="Start the run of the receiving connection meanwhile, or have it accept automatically.",
        )
    return sentence


def reply_key(run: Run) -> str:
    """Seal for the key we offer in our metadata, and open it."""
    keys = run.link.keys.decryption()
    if not keys:
        raise NotConfigured(
            "There is no key to open answers.",
            code="keys.none_to_decrypt",
            remedy="Generate or import a key for decryption on the connection's page of keys.",
        )
    offered = {name: keys[0].public[name] for name in ("kty", "key_ops", "alg", "kid", "n", "e")}
    text, _ = seal(b"{}", key_for_replies(offered), "application/json")
    open_text(text, keys, Reading(1000))
    return f"What is sealed for the key {keys[0].kid} opens."


def _recipient(run: Run) -> tuple[Recipient, str]:
    """Return who takes what this run sends, and the media type of data it takes."""
    first: Refused | None = None
    for media_type in dict.fromkeys(DATA_TYPES.values()):
        try:
            return _try_type(run, media_type), media_type
        except Refused as error:
            if error.code != "fit_connect.format_not_taken":
                raise
            first = first or error
    assert first is not None
    raise first


def _try_type(run: Run, media_type: str) -> Recipient:
    there = run.sending()
    sample = sample_of(run.ground, there.settings)
    identifier, _ = service_of(sample, there.settings)
    region = sample.region or there.settings.region
    return find_recipient({"service": identifier, "region": region, "media_type": media_type}, there)


def _carry(run: Run, there: Link, *extra: Document) -> Receipt:
    _, media_type = _recipient(run)
    receipt = marked_submission(there, run.ground, media_type, extra).carry()
    run.sent.append(receipt)
    return receipt


def _confirmed(receipt: Receipt, run: Run) -> LogEntry:
    case_id, about = str(receipt.facts["remote_case_id"]), f"submission:{receipt.remote_id}"

    def look() -> LogEntry | None:
        return log.find(log.read(case_id, run.link), "submit-submission", about)

    found = within(run.ground.patience, look)
    if found is None or not log.same_tags(found, receipt.facts["tags"]):
        raise Refused(
            "The platform did not confirm, signed, what was handed over.",
            code="fit_connect.not_confirmed",
            remedy="Look at the log of the case in the wire log.",
        )
    return found


def _verdict(receipt: Receipt, link: Link) -> str | None:
    case_id, destination = str(receipt.facts["remote_case_id"]), str(receipt.facts["destination_id"])
    found = verdict_of(log.read(case_id, link, (destination,)), receipt, link.settings)
    return found.sentence if found else None


def _forgeries(true: str) -> dict[str, str]:
    head, payload, signature = true.split(".")
    return {
        "another signature": f"{head}.{payload}.{'A' * 8}{signature[8:]}",
        "no signature": f"{head}.{payload}.",
        "no algorithm": f"eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJub25lIiwia2lkIjoieCJ9.{payload}.",
        "another payload": f"{head}.{payload[:-4]}AAAA.{signature}",
    }


def _entry(token: str, case_id: str, link: Link) -> LogEntry:
    expected = Expected(case_id=case_id, services=log.services_of(link))
    return log.entry_of(token, expected, log.keyring_of(link))
