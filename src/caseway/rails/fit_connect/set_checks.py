"""Verifying security event tokens: every rule of facts and standard, one code each.

The order: form (`jws_checks`) → claims → issuer is one we expect → its key, from addresses of our own and not
from what a token names → signature → is the issuer entitled to this event → subject and case → time. Nothing
of a token is believed, and nothing told of its contents, before the signature was right.

Who may say what (docs of FITKO, event log): create-, submit-, notify- and delete- are the delivery service's;
accept- and forward- the receiving side's; reject- both's.

Codes (`fit_connect.…`), all `TokenRefused`, beside those of `jws_checks`:
- `set_claim_missing`: one of jti, iss, iat, sub, txn, events is not there
- `set_schema_refused`: `$schema` is not a set-payload 1.x
- `set_jti_malformed`, `set_issuer_malformed`, `set_iat_malformed`, `set_subject_malformed`,
  `set_transaction_malformed`: not in the form of set-payload 1.2.2
- `set_events_not_one`: not exactly one event
- `set_event_unknown`: an event FIT-Connect does not have
- `set_event_malformed`: its payload is no object
- `set_issuer_unknown`: neither the delivery service nor a destination of this case
- `set_key_mismatch`: the key at hand is not the one the token names
- `set_issuer_not_entitled`: an event that is not the issuer's to say
- `set_subject_differs`, `set_transaction_differs`: about something else than was asked for
- `set_from_the_future`: issued more than 5 minutes from now
- `set_too_early`: issued before what it is about existed
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from caseway.core.clock import now
from caseway.rails.fit_connect.jwk import PublicKey
from caseway.rails.fit_connect.jws_checks import TokenRefused, check_signature, read_jws
from caseway.rails.fit_connect.sets import EVENTS, TYPE, UUID

Issuer: TypeAlias = Literal["service", "destination"]

SKEW = timedelta(minutes=5)
_EPOCH = 1577833200  # set-payload 1.2.2: the smallest iat
_SCHEMA = re.compile(
    r"https://schema\.fitko\.de/fit-connect/set-payload/1\.[0-9]+\.[0-9]+/set-payload\.schema\.json"
)
_SUBJECT = re.compile(rf"(submission|reply):{UUID.pattern}")
_TRANSACTION = re.compile(rf"case:{UUID.pattern}")
_CLAIMS = ("jti", "iss", "iat", "sub", "txn", "events")
_SERVICE, _DESTINATION, _BOTH = ("service",), ("destination",), ("service", "destination")
_ENTITLED: Mapping[str, tuple[str, ...]] = {
    f"{verb}-{thing}": entitled
    for thing in ("submission", "reply")
    for verb, entitled in {
        "create": _SERVICE,
        "submit": _SERVICE,
        "notify": _SERVICE,
        "delete": _SERVICE,
        "forward": _DESTINATION,
        "accept": _DESTINATION,
        "reject": _BOTH,
    }.items()
}


@dataclass(frozen=True)
class Expected:
    """What a token may say. Addresses and ids are those we hold ourselves.

    `services`: base URLs of the delivery service, as its tokens name it. `destinations`: ids that take part
    in the case. `about`: `submission:<uuid>` or `reply:<uuid>`; None takes any of the case.
    """

    case_id: str
    services: Collection[str]
    destinations: Collection[str] = ()
    about: str | None = None
    earliest: datetime | None = None


@dataclass(frozen=True)
class Verified:
    """A token every check of which was passed. `digest` is SHA-256 of the token, hex."""

    digest: str
    kid: str
    issuer: str
    issued_by: Issuer
    event: str  # such as accept-submission
    about: str  # submission:<uuid> | reply:<uuid>, in lower case
    at: datetime
    jti: str
    schema: str
    payload: Mapping[str, Any] = field(repr=False)


Keyring: TypeAlias = Callable[[Issuer, str, str], PublicKey]
"""Finds a key by who issued (service or destination), its name, and the kid; from our own addresses."""


def verify_set(token: str, expected: Expected, keyring: Keyring) -> Verified:
    """Return a token after every check. Raises `TokenRefused`, and what `keyring` raises."""
    jws = read_jws(token, TYPE)
    claims = _checked_claims(jws.claims)
    event, payload = _event(claims["events"])
    issuer = _issuer(claims["iss"], expected)
    key = keyring(issuer, claims["iss"], jws.kid)
    if key.kid != jws.kid:
        raise _differs("fit_connect.set_key_mismatch", "The key at hand is not the one the token names.")
    check_signature(jws, key)
    if issuer not in _ENTITLED[event]:
        raise _differs("fit_connect.set_issuer_not_entitled", f"{event} is not for this issuer to say.")
    _check_subject(claims, expected)
    return Verified(
        digest=hashlib.sha256(token.encode()).hexdigest(),
        kid=jws.kid,
        issuer=claims["iss"],
        issued_by=issuer,
        event=event,
        about=claims["sub"].lower(),
        at=_checked_time(claims["iat"], expected),
        jti=claims["jti"],
        schema=claims.get("$schema", ""),
        payload=payload,
    )


def _checked_claims(claims: dict[str, Any]) -> dict[str, Any]:
    if missing := [name for name in _CLAIMS if name not in claims]:
        raise TokenRefused(
            f"An event token lacks {', '.join(missing)}.",
            code="fit_connect.set_claim_missing",
            remedy="Whoever issued it must issue it anew.",
        )
    if "$schema" in claims and not _matches(_SCHEMA, claims["$schema"]):
        raise _malformed("fit_connect.set_schema_refused", "its schema is not a set-payload 1.x")
    if not _matches(UUID, claims["jti"]):
        raise _malformed("fit_connect.set_jti_malformed", "its id is no UUID")
    if not isinstance(claims["iss"], str) or not 1 <= len(claims["iss"]) <= 2000:
        raise _malformed("fit_connect.set_issuer_malformed", "its issuer is no text")
    if type(claims["iat"]) is not int or not _EPOCH <= claims["iat"] < 1 << 33:
        raise _malformed("fit_connect.set_iat_malformed", "its time is no time since 2020 in seconds")
    if not _matches(_SUBJECT, claims["sub"]):
        raise _malformed("fit_connect.set_subject_malformed", "its subject is no submission and no reply")
    if not _matches(_TRANSACTION, claims["txn"]):
        raise _malformed("fit_connect.set_transaction_malformed", "its transaction is no case")
    return claims


def _event(events: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(events, dict) or len(events) != 1:
        raise _malformed("fit_connect.set_events_not_one", "it does not hold exactly one event")
    ((uri, payload),) = events.items()
    name = uri.removeprefix(EVENTS)
    if uri == name or name not in _ENTITLED:
        raise _malformed("fit_connect.set_event_unknown", "its event is not one of FIT-Connect")
    if not isinstance(payload, dict):
        raise _malformed("fit_connect.set_event_malformed", "the payload of its event is no object")
    return name, payload


def _issuer(issuer: str, expected: Expected) -> Issuer:
    if issuer.rstrip("/") in {service.rstrip("/") for service in expected.services}:
        return "service"
    if issuer.lower() in {destination.lower() for destination in expected.destinations}:
        return "destination"
    raise _differs(
        "fit_connect.set_issuer_unknown",
        "The token was issued neither by the delivery service nor by a destination of this case.",
    )


def _check_subject(claims: dict[str, Any], expected: Expected) -> None:
    if claims["txn"].lower() != f"case:{expected.case_id}".lower():
        raise _differs("fit_connect.set_transaction_differs", "The token is about another case.")
    if expected.about is not None and claims["sub"].lower() != expected.about.lower():
        raise _differs("fit_connect.set_subject_differs", "The token is about another submission or reply.")


def _checked_time(seconds: int, expected: Expected) -> datetime:
    at = datetime.fromtimestamp(seconds, UTC)
    if at > now() + SKEW:
        raise _differs("fit_connect.set_from_the_future", "The token was issued in the future.")
    if expected.earliest is not None and at < expected.earliest - SKEW:
        raise _differs("fit_connect.set_too_early", "The token is older than what it is about.")
    return at


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _malformed(code: str, what: str) -> TokenRefused:
    return TokenRefused(
        f"An event token is malformed: {what}.", code=code, remedy="Whoever issued it must issue it anew."
    )


def _differs(code: str, sentence: str) -> TokenRefused:
    return TokenRefused(
        sentence, code=code, remedy="Look at the log of the case; tell the operator of the delivery service."
    )
