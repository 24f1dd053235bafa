"""What a receiver proves: its keys are published, what arrives is proven and answered, forgeries are refused.

Only submissions marked as tests are answered; any other is left as it waits.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
from collections.abc import Iterator
from uuid import UUID

from caseway.core.clock import now
from caseway.core.errors import NotConfigured, NotPermitted, Refused
from caseway.mapping.facts import Facts
from caseway.rails.conformance import Ground
from caseway.rails.contract import Link, Occasion, PlannedStep, Receipt, Step
from caseway.rails.fit_connect import answering, callbacks, collect, log, waiting
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.conform_desk import MARK, within
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_text
from caseway.rails.fit_connect.jwk import KeyRules, read_public_jwk
from caseway.rails.fit_connect.plan import plan
from caseway.rails.fit_connect.problems import problem
from caseway.rails.fit_connect.set_checks import Expected
from caseway.rails.fit_connect.sets import claims_of, sign
from caseway.rails.fit_connect.sets import rejected as rejection
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.inbound import Arriving, Collected
from caseway.rails.keys import Key


def may_read(link: Link, ground: Ground) -> str:
    """List what waits for each of our destinations."""
    for destination in link.settings.receive_destinations:
        Submissions(Client.of(link)).may_list(destination)
    return f"{len(link.settings.receive_destinations)} destinations may be read."


def keys(link: Link, ground: Ground) -> str:
    """Seal for the key each destination publishes and open it; sign, and verify with what is published."""
    destinations = Destinations(Client.of(link))
    rules = KeyRules(certificate_required=not link.settings.self_signed_allowed(link.environment))
    signing = link.keys.signing()
    for destination_id in link.settings.receive_destinations:
        kid = destinations.get(destination_id).encryption_kid
        published = read_public_jwk(destinations.key(destination_id, kid), "encrypt", rules, kid=kid)
        text, _ = seal(b"{}", published, "application/json")
        open_text(text, link.keys.decryption(), Reading(1000))
        _check_signing(destination_id, signing, link)
    return "What is sealed for the published keys opens, and what we sign is believed."


def rotation(link: Link, ground: Ground) -> str:
    """Seal for each key that may still decrypt, the former ones too, and open it."""
    held = link.keys.decryption()
    for key in held:
        public = read_public_jwk(key.public, "encrypt", KeyRules(certificate_required=False))
        text, _ = seal(b"{}", public, "application/json")
        open_text(text, held, Reading(1000))
    return f"{len(held)} keys open what is sealed for them."


def collected(link: Link, ground: Ground) -> str:
    """Fetch, decrypt and prove a test submission."""
    _, found = _await_test(link, ground)
    return f"{len(found.files)} files were decrypted, their hashes and tags are right."


def accepted(link: Link, ground: Ground) -> str:
    """Accept a test submission and find our event in the log, verified."""
    arriving, found = _await_test(link, ground)
    _answer("accept", arriving, {"tags": found.origin["tags"]}, link)
    return "The log shows our acceptance, verified."


def rejected(link: Link, ground: Ground) -> str:
    """Reject another test submission with a standard problem and find our event in the log, verified."""
    arriving, _ = _await_test(link, ground)
    words = "This was a test; the rejection is part of a conformance run."
    _answer("reject", arriving, {"problems": [problem("technical-error", "metadata", words).as_json()]}, link)
    return "The log shows our rejection, verified."


def callback(link: Link, ground: Ground) -> str:
    """Hand ourselves callbacks with a wrong signature and with an old time, and see both refused."""
    secret = link.settings.callback_secret
    if secret is None:
        return "No callbacks are used; what waits is looked for by polling."
    body = json.dumps({"type": "test", "submissions": []}).encode()
    moment = now()
    cases = {"with another secret": (int(moment.timestamp()), "another"), "ten minutes old": (
        int(moment.timestamp()) - 600, secret.get_secret_value())}  # fmt: skip
    for what, (at, key) in cases.items():
        digest = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha512).hexdigest()
        headers = {"callback-timestamp": str(at), "callback-authentication": digest}
        try:
            callbacks.notice(headers, body, link.settings, moment)
        except NotPermitted:
            continue
        raise Refused(f"A callback {what} was believed.", code="fit_connect.forgery_believed")
    return "Callbacks with another secret or an old time are refused."


def _check_signing(destination_id: str, signing: Key, link: Link) -> None:
    claims = claims_of(
        "reject-submission",
        rejection([]),
        issuer=destination_id,
        about="submission",
        about_id=destination_id,
        case_id=destination_id,
    )
    expected = Expected(case_id=destination_id, services=(), destinations=(destination_id,))
    entry = log.entry_of(sign(claims, signing), expected, log.keyring_of(link))
    if not entry.verified:
        raise Refused(
            f"What we sign is not believed: {entry.sentence}",
            code=entry.code,
            remedy="Publish the public part of our signing key for the destination.",
        )


def _await_test(link: Link, ground: Ground) -> tuple[Arriving, Collected]:
    found = within(ground.patience, lambda: next(_tests(link, ground), None))
    if found is None:
        raise NotConfigured(
            "No test submission waits for our destinations.",
            code="fit_connect.no_test_waits",
            remedy="Pause this connection, start the run of a sending connection to it, then this one again.",
        )
    return found


def _tests(link: Link, ground: Ground) -> Iterator[tuple[Arriving, Collected]]:
    for arriving in waiting.waiting(link):
        if arriving.kind != "submission":
            continue
        room = ground.room / arriving.remote_id
        shutil.rmtree(room, ignore_errors=True)
        room.mkdir()
        found = collect.collect(arriving, link, room)
        references = found.origin["metadata"].get("additionalReferenceInfo") or {}
        if str(references.get("senderReference", "")).startswith(MARK):
            yield arriving, found


def _answer(purpose: str, arriving: Arriving, brief: dict[str, object], link: Link) -> Receipt:
    told = {
        "kind": arriving.kind,
        "remote_id": arriving.remote_id,
        "remote_case_id": arriving.remote_case_id,
        "destination": arriving.destination,
        **brief,
    }
    occasion = Occasion(None, UUID(int=0), "application", Facts({}), (), None, purpose=purpose, brief=told)
    (planned,) = plan(occasion, link)
    answering.send(_step(planned), link)
    receipt = answering.probe(_step(planned), link)
    if receipt is None:
        raise Refused("Our event is not in the log.", code="fit_connect.event_not_in_log")
    return receipt


def _step(planned: PlannedStep) -> Step:
    return Step(planned.key, planned.kind, planned.payload, None, 1, {}, {}, lambda _: None)
