"""What a sender proves: found, sealed, handed over, confirmed, judged; and that it believes no forgery."""

from __future__ import annotations

from caseway.core.errors import NotConfigured, Refused
from caseway.rails.conformance import Ground
from caseway.rails.contract import Document, Link, Receipt
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import TESTING, FitConnectSettings
from caseway.rails.fit_connect.conform_desk import bytes_of, marked_submission, within
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.follow import verdict_of
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_text
from caseway.rails.fit_connect.plan import DATA_TYPES, service_of
from caseway.rails.fit_connect.recipient import Recipient, find_recipient
from caseway.rails.fit_connect.recipient import reply_key as key_for_replies
from caseway.rails.fit_connect.set_checks import Expected
from caseway.rails.following import LogEntry
from caseway.rails.samples import sample_document


def recipient(link: Link, ground: Ground) -> str:
    """Find the recipient with every check of its data, key and chain."""
    found = _recipient(link, ground)
    return f"{found.destination.name or found.destination.id} takes metadata {found.metadata_version}."


def sent(link: Link, ground: Ground) -> str:
    """Hand over one submission and read the platform's signed word on it."""
    receipt = _carry(link, ground)
    entry = _confirmed(receipt, link, ground)
    return f"The platform confirmed it with a verified event at {entry.at:%H:%M:%S} UTC."


def large(link: Link, ground: Ground) -> str:
    """Hand over one attachment of the size asked for, in at least two fragments."""
    settings: FitConnectSettings = link.settings
    content = b"".join(bytes_of(ground.large_bytes))
    size = min(settings.fragment_bytes or ground.large_bytes, max(1, ground.large_bytes // 2))
    smaller = link.settings.model_copy(update={"fragment_bytes": size})
    large_link = Link(
        link.connection_id, link.environment, smaller, link.client, link.cache, link.keys, link.schemas
    )
    document = sample_document(
        ground.room, "attachment", "large.bin", content, media_type="application/octet-stream", index=9
    )
    receipt = _carry(large_link, ground, document)
    _confirmed(receipt, link, ground)
    return f"{ground.large_bytes} bytes went over in {-(-ground.large_bytes // size)} fragments."


def forged(link: Link, ground: Ground) -> str:
    """Change one true event in every way a forger would, and see each refused."""
    receipt = _carry(link, ground)
    case_id = str(receipt.facts["remote_case_id"])
    tokens = list(Events(Client.of(link)).of_case(case_id))
    true = next((one for one in tokens if _entry(one, case_id, link).verified), None)
    if true is None:
        raise Refused("No event of the platform could be verified.", code="fit_connect.log_not_verified")
    head, payload, signature = true.split(".")
    forgeries = {
        "another signature": f"{head}.{payload}.{signature[:-8]}{'A' * 8}",
        "no signature": f"{head}.{payload}.",
        "no algorithm": f"eyJ0eXAiOiJzZWNldmVudCtqd3QiLCJhbGciOiJub25lIiwia2lkIjoieCJ9.{payload}.",
        "another payload": f"{head}.{payload[:-4]}AAAA.{signature}",
    }
    believed = [what for what, token in forgeries.items() if _entry(token, case_id, link).verified]
    if believed:
        raise Refused(f"Believed, though forged: {', '.join(believed)}.", code="fit_connect.forgery_believed")
    return f"{len(forgeries)} forgeries of a true event were refused."


def judged(link: Link, ground: Ground) -> str:
    """Wait for the verdict of whoever receives for the destination."""
    receipt = _carry(link, ground)
    case_id, destination = str(receipt.facts["remote_case_id"]), str(receipt.facts["destination_id"])

    def look() -> str | None:
        found = verdict_of(log.read(case_id, link, (destination,)), receipt, link.settings)
        return found.sentence if found else None

    sentence = within(ground.patience, look)
    if sentence is None:
        raise Refused(
            "Nobody answered the test submission in time.",
            code="fit_connect.no_verdict_in_time",
            remedy="Start the run of the receiving connection meanwhile, or have it accept automatically.",
        )
    return sentence


def reply_key(link: Link, ground: Ground) -> str:
    """Seal for the key we offer in our metadata, and open it."""
    keys = link.keys.decryption()
    if not keys:
        raise NotConfigured("There is no key to open answers.", code="keys.none_to_decrypt")
    offered = {name: keys[0].public[name] for name in ("kty", "key_ops", "alg", "kid", "n", "e")}
    text, _ = seal(b"{}", key_for_replies(offered), "application/json")
    open_text(text, keys, Reading(1000))
    return f"What is sealed for the key {keys[0].kid} opens."


def _recipient(link: Link, ground: Ground) -> Recipient:
    found = [_try_type(link, ground, media_type) for media_type in dict.fromkeys(DATA_TYPES.values())]
    good = next((one for one in found if isinstance(one, Recipient)), None)
    if good is None:
        raise next(one for one in found if isinstance(one, Refused))
    return good


def _try_type(link: Link, ground: Ground, media_type: str) -> Recipient | Refused:
    settings = _settings(link, ground)
    identifier, _ = service_of(ground.sample, settings)
    wanted = {"service": identifier, "region": settings.region, "media_type": media_type}
    try:
        return find_recipient(wanted, _at(link, settings))
    except Refused as error:
        if error.code != "fit_connect.format_not_taken":
            raise
        return error


def _carry(link: Link, ground: Ground, *extra: Document) -> Receipt:
    settings = _settings(link, ground)
    there = _at(link, settings)
    found = _recipient(link, ground)
    schemas = [one for service in found.destination.services for one in service.schemas]
    told = next((one.media_type for one in schemas if one.uri == found.schema_uri), "")
    return marked_submission(there, ground, told or "application/json", extra).carry()


def _settings(link: Link, ground: Ground) -> FitConnectSettings:
    """The settings with the place set aside as the destination; outside of tests it must be named."""
    settings: FitConnectSettings = link.settings
    if ground.place:
        return settings.model_copy(update={"addressing": "fixed", "destination_id": ground.place})
    if link.environment not in TESTING:
        raise NotConfigured(
            "Outside of a test environment a run sends only to a destination that is set aside for it.",
            code="fit_connect.no_place",
            remedy="Name the id of such a destination as the place of the run.",
        )
    return settings


def _at(link: Link, settings: FitConnectSettings) -> Link:
    return Link(
        link.connection_id, link.environment, settings, link.client, link.cache, link.keys, link.schemas
    )


def _confirmed(receipt: Receipt, link: Link, ground: Ground) -> LogEntry:
    case_id, about = str(receipt.facts["remote_case_id"]), f"submission:{receipt.remote_id}"
    found = within(ground.patience, lambda: log.find(log.read(case_id, link), "submit-submission", about))
    if found is None or not log.same_tags(found, receipt.facts["tags"]):
        raise Refused(
            "The platform did not confirm, signed, what was handed over.",
            code="fit_connect.not_confirmed",
            remedy="Look at the log of the case in the wire log.",
        )
    return found


def _entry(token: str, case_id: str, link: Link) -> LogEntry:
    expected = Expected(case_id=case_id, services=(link.settings.addresses().submission,))
    return log.entry_of(token, expected, log.keyring_of(link))
