"""Security event tokens (RFC 8417) of our own: what we tell the log of a case, signed with PS512.

A token says one event about one submission or reply of one case. `iss` is the id of the destination whose key
signs it. Times and ids can be given, so that a planned token is the same whenever it is made.

Codes (`fit_connect.…`), all `Invalid`:
- `set_event_unfit`: an event a subscriber does not issue
- `set_reference_unfit`: issuer, subject or case is no id
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import RSAKey

from caseway.core.clock import now
from caseway.core.errors import Invalid
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.jwk import private_key
from caseway.rails.inbound import Problem
from caseway.rails.keys import Key

EVENTS = "https://schema.fitko.de/fit-connect/events/"
SCHEMA = "https://schema.fitko.de/fit-connect/set-payload/1.2.2/set-payload.schema.json"
ALGORITHM = "PS512"
TYPE = "secevent+jwt"
UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")

About: TypeAlias = Literal["submission", "reply"]

_OURS = {"accept-submission", "reject-submission", "forward-submission", "accept-reply", "reject-reply"}


@dataclass(frozen=True)
class Tags:
    """The authentication tags of all parts: the fifth segment of each JWE, of attachments by their id."""

    metadata: str
    data: str | None = None
    attachments: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the member `authenticationTags`."""
        data = {} if self.data is None else {"data": self.data}
        return {"metadata": self.metadata, **data, "attachments": dict(self.attachments)}


def accepted(tags: Tags) -> dict[str, Any]:
    """Return the payload of accept-submission or accept-reply: which parts were taken over."""
    return {"authenticationTags": tags.as_json()}


def rejected(problems: Iterable[Problem]) -> dict[str, Any]:
    """Return the payload of reject-submission or reject-reply: why."""
    return {"problems": [problem.as_json() for problem in problems]}


def claims_of(
    event: str,
    payload: Mapping[str, Any],
    *,
    issuer: str,
    about: About,
    about_id: str,
    case_id: str,
    jti: str | None = None,
    at: datetime | None = None,
    schema: str = SCHEMA,
) -> dict[str, Any]:
    """Return the claims of a token, such as `claims_of("accept-submission", accepted(tags), …)`.

    `schema` is the version the delivery service itself writes. Raises `Invalid`.
    """
    if event not in _OURS:
        raise Invalid(
            f"We do not issue the event {event}.",
            code="fit_connect.set_event_unfit",
            remedy=f"Use one of: {', '.join(sorted(_OURS))}.",
        )
    if not all(UUID.fullmatch(one) for one in (issuer, about_id, case_id)):
        raise Invalid(
            "The issuer, the subject or the case of an event is no id.",
            code="fit_connect.set_reference_unfit",
            remedy="Check the id of our destination in the settings of the connection.",
        )
    return {
        "$schema": schema,
        "jti": jti or str(uuid4()),
        "iss": issuer,
        "iat": int((at or now()).timestamp()),
        "sub": f"{about}:{about_id}",
        "txn": f"case:{case_id}",
        "events": {EVENTS + event: dict(payload)},
    }


def sign(claims: dict[str, Any], key: Key, *, type_: str = TYPE) -> str:
    """Return claims as a compact JWS, signed with PS512 (RFC 7518 §3.5)."""
    header = {"typ": type_, "alg": ALGORITHM, "kid": key.kid}
    signing = RSAKey.import_key(private_key(key))
    return jws.serialize_compact(header, segments.write_object(claims), signing, algorithms=[ALGORITHM])
