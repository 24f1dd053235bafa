"""The event log of a case as it stands: each token verified, or kept with the reason why not.

Keys come from our own addresses: those of the delivery service from its base address, those of a destination
from its page. What could not be verified is shown and decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any

from caseway.core.errors import CasewayError, Invalid, Refused
from caseway.rails.contract import Link
from caseway.rails.fit_connect import trust
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from caseway.rails.fit_connect.jws_checks import TokenRefused, read_jws
from caseway.rails.fit_connect.set_checks import Expected, Issuer, Keyring, verify_set
from caseway.rails.fit_connect.set_tags import check_tags
from caseway.rails.fit_connect.sets import EVENTS, TYPE, Tags
from caseway.rails.following import LogEntry


def read(case_id: str, link: Link, destinations: Collection[str] = ()) -> list[LogEntry]:
    """Return the log of a case, oldest first; `destinations` are those that take part in it.

    Raises `NotThere` when there is no such case, `Unavailable` when it cannot be read now.
    """
    expected = Expected(
        case_id=case_id,
        services=services_of(link),
        destinations=tuple(one for one in destinations if one),
    )
    keyring = keyring_of(link)
    return [entry_of(token, expected, keyring) for token in Events(Client.of(link)).of_case(case_id)]


def services_of(link: Link) -> tuple[str, ...]:
    """Return how the delivery service may call itself: its base address, with its version or without."""
    addresses = link.settings.addresses()
    return (addresses.submission, f"{addresses.submission}/{addresses.version}")


def entry_of(token: str, expected: Expected, keyring: Keyring) -> LogEntry:
    """Return one token as an entry, verified or not."""
    try:
        verified = verify_set(token, expected, keyring)
    except (TokenRefused, Refused, Invalid) as error:
        return _unproven(token, error)
    return LogEntry(
        digest=verified.digest,
        what=verified.event,
        about=verified.about,
        issuer=verified.issuer,
        at=verified.at,
        verified=True,
        facts={**verified.payload, "jti": verified.jti},
        token=token,
    )


def digest_of(token: str) -> str:
    """Return what makes a token this one and no other: SHA-256, hex."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def find(entries: Sequence[LogEntry], event: str, about: str) -> LogEntry | None:
    """Return the first verified entry of an event about something."""
    return next((one for one in entries if one.verified and (one.what, one.about) == (event, about)), None)


def doubtful(entries: Sequence[LogEntry], events: Collection[str], about: str) -> LogEntry | None:
    """Return the first entry that claims to be one of these events about something, and is not verified."""
    return next(
        (one for one in entries if not one.verified and one.what in events and one.about.lower() == about),
        None,
    )


def same_tags(entry: LogEntry, tags: Mapping[str, Any]) -> bool:
    """Say whether an event names exactly the content with these tags; false where it names none."""
    try:
        check_tags(entry.facts, tags_of(tags))
    except TokenRefused:
        return False
    return True


def tags_of(tags: Mapping[str, Any]) -> Tags:
    """Return tags from their JSON."""
    return Tags(tags["metadata"], tags.get("data"), tags.get("attachments") or {})


def keyring_of(link: Link) -> Keyring:
    """Return where keys of issuers are found; each is asked for once, also one that is not there."""
    destinations = Destinations(Client.of(link))
    self_signed = link.settings.self_signed_allowed(link.environment)
    rules = KeyRules(certificate_required=not self_signed)

    @cache
    def service_keys() -> Mapping[str, Mapping[str, Any]]:
        return {str(jwk.get("kid")): jwk for jwk in destinations.service_keys()}

    @cache
    def key_or_reason(issuer: Issuer, name: str, kid: str) -> PublicKey | Refused | Invalid:
        try:
            return of_service(kid) if issuer == "service" else of_destination(name, kid)
        except (Refused, Invalid) as error:
            return error

    def of_service(kid: str) -> PublicKey:
        jwk = service_keys().get(kid)
        if jwk is None:
            raise NotThere(
                "The delivery service does not publish the key this token names.",
                code="fit_connect.service_key_unknown",
                remedy="Ask the operator of the delivery service.",
            )
        return read_public_jwk(jwk, "verify", KeyRules(certificate_required=False), kid=kid)

    def of_destination(name: str, kid: str) -> PublicKey:
        key = read_public_jwk(destinations.key(name, kid), "verify", rules, kid=kid)
        trust.require(key, link)
        return key

    def find_key(issuer: Issuer, name: str, kid: str) -> PublicKey:
        found = key_or_reason(issuer, name, kid)
        if isinstance(found, PublicKey):
            return found
        raise found

    return find_key


def decided_otherwise(entry: LogEntry) -> Refused:
    """Return the error for something that was answered already, in another way."""
    return Refused(
        f"It was answered before with {entry.what}.",
        code="fit_connect.decided_otherwise",
        remedy="Look at the log of the case: who answered? It cannot be answered twice.",
        event=entry.what,
    )


def _unproven(token: str, error: CasewayError) -> LogEntry:
    """An entry with what it claims to be, for people to see; it decides nothing."""
    claims = _claims(token)
    events = claims.get("events")
    event = next(iter(events), "") if isinstance(events, dict) else ""
    return LogEntry(
        digest=digest_of(token),
        what=str(event).removeprefix(EVENTS)[:60] or "unreadable",
        about=str(claims.get("sub", ""))[:120],
        issuer=str(claims.get("iss", ""))[:300],
        at=None,
        verified=False,
        code=error.code,
        sentence=error.sentence,
        facts={"jti": str(claims.get("jti", ""))[:60]},
        token=token[:300_000],
    )


def _claims(token: str) -> Mapping[str, Any]:
    try:
        return read_jws(token, TYPE).claims
    except TokenRefused:
        return {}
