"""What a receiver proves: its keys are published, what arrives is proven and answered, forgeries are refused.

Only submissions marked as tests are answered, and all of those; of any other no more is opened than the
metadata, to see that it is none.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from uuid import UUID

from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, NotPermitted, Refused
from caseway.mapping.facts import Facts
from caseway.rails.contract import Link, Occasion
from caseway.rails.fit_connect import callbacks, collect, log, trust
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.conform_desk import MARK, Desk, within
from caseway.rails.fit_connect.conform_run import Run
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_text
from caseway.rails.fit_connect.jwk import KeyRules, read_public_jwk
from caseway.rails.fit_connect.metadata_checks import read_metadata
from caseway.rails.fit_connect.problems import problem
from caseway.rails.fit_connect.set_checks import Expected
from caseway.rails.fit_connect.sets import claims_of, sign
from caseway.rails.fit_connect.sets import rejected as rejection
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.inbound import Arriving, Collected
from caseway.rails.keys import Key


def may_read(run: Run) -> str:
    """List what waits for each of our destinations."""
    for destination in run.link.settings.receive_destinations:
        Submissions(Client.of(run.link)).may_list(destination)
    return f"{len(run.link.settings.receive_destinations)} destinations may be read."


def keys(run: Run) -> str:
    """Seal for the key each destination publishes and open it; sign, and verify with what is published."""
    link = run.link
    destinations = Destinations(Client.of(link))
    rules = KeyRules(certificate_required=not link.settings.self_signed_allowed(link.environment))
    signing = link.keys.signing()
    for destination_id in link.settings.receive_destinations:
        kid = destinations.get(destination_id).encryption_kid
        published = read_public_jwk(destinations.key(destination_id, kid), "encrypt", rules, kid=kid)
        trust.require(published, link)
        text, _ = seal(b"{}", published, "application/json")
        open_text(text, link.keys.decryption(), Reading(1000))
        _check_signing(destination_id, signing, link)
    return "What is sealed for the published keys opens, what we sign is believed, their chains are trusted."


def rotation(run: Run) -> str:
    """Seal for each key that may still decrypt, the former ones too, and open it."""
    held = run.link.keys.decryption()
    for key in held:
        public = read_public_jwk(key.public, "encrypt", KeyRules(certificate_required=False))
        text, _ = seal(b"{}", public, "application/json")
        open_text(text, held, Reading(1000))
    return f"{len(held)} keys open what is sealed for them."


def collected(run: Run) -> str:
    """Fetch, decrypt and prove a test submission."""
    found = _collect(_await_test(run), run)
    return f"{len(found.files)} files were decrypted, their hashes and tags are right."


def accepted(run: Run) -> str:
    """Accept a test submission and find our event in the log, verified."""
    _accept(_await_test(run), run)
    return "The log shows our acceptance, verified."


def rejected(run: Run) -> str:
    """Reject another test submission with a standard problem and find our event in the log, verified."""
    words = "This was a test; the rejection is part of a conformance run."
    _answer(
        "reject",
        _await_test(run),
        {"problems": [problem("technical-error", "metadata", words).as_json()]},
        run,
    )
    return "The log shows our rejection, verified."


def cleared(run: Run) -> str:
    """Accept what is left of the tests, so that nothing of a run stays there."""
    left = list(_tests(run))
    for arriving in left:
        _accept(arriving, run)
    return f"{len(left)} more test submissions were taken away."


def callback(run: Run) -> str:
    """Hand ourselves callbacks with a wrong signature and with an old time, and see both refused."""
    secret = run.link.settings.callback_secret
    if secret is None:
        return "No callbacks are used; what waits is looked for by polling."
    body = json.dumps({"type": f"{callbacks.BASE}new-submissions", "submissions": []}).encode()
    moment = now()
    cases = {
        "with another secret": (str(int(moment.timestamp())), "another"),
        "ten minutes old": (str(int(moment.timestamp()) - 600), secret.get_secret_value()),
    }
    for what, (at, key) in cases.items():
        headers = {
            "callback-timestamp": at,
            "callback-authentication": callbacks.signature(key, at, body),
        }
        try:
            callbacks.notice(headers, body, run.link.settings, moment)
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


def _await_test(run: Run) -> Arriving:
    found = within(run.ground.patience, lambda: next(_tests(run), None))
    if found is None:
        raise NotConfigured(
            "No test submission waits for our destinations.",
            code="fit_connect.no_test_waits",
            remedy="Pause this connection, start the run of a sending connection to it, then this one again.",
        )
    return found


def _tests(run: Run) -> Iterator[Arriving]:
    calls = Submissions(Client.of(run.link))
    for destination in run.destinations():
        for one in calls.waiting(destination):
            if _reference(one.submission_id, run.link).startswith(MARK):
                yield Arriving("submission", one.submission_id, one.case_id, one.destination_id)


def _reference(submission_id: str, link: Link) -> str:
    """Return the reference the sender gave it; empty where it cannot be read, which is no test of ours."""
    reading = Reading(link.settings.max_answer_bytes, tolerant=True)
    try:
        sealed = Submissions(Client.of(link)).get(submission_id).metadata
        metadata = read_metadata(open_text(sealed, link.keys.decryption(), reading)[0])
    except CasewayError:
        return ""
    return str((metadata.get("additionalReferenceInfo") or {}).get("senderReference", ""))


def _collect(arriving: Arriving, run: Run) -> Collected:
    room = run.ground.room / arriving.remote_id
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    return collect.collect(arriving, run.link, room)


def _accept(arriving: Arriving, run: Run) -> None:
    _answer("accept", arriving, {"tags": _collect(arriving, run).origin["tags"]}, run)


def _answer(purpose: str, arriving: Arriving, brief: dict[str, object], run: Run) -> None:
    told = {
        "kind": arriving.kind,
        "remote_id": arriving.remote_id,
        "remote_case_id": arriving.remote_case_id,
        "destination": arriving.destination,
        **brief,
    }
    occasion = Occasion(None, UUID(int=0), "application", Facts({}), (), None, purpose=purpose, brief=told)
    desk = Desk(run.link, occasion)
    desk.carry()
    if within(run.ground.patience, desk.look) is None:
        raise Refused(
            "Our event is not in the log.",
            code="fit_connect.event_not_in_log",
            remedy="Look at the log of the case in the wire log; ask the operator of the delivery service.",
        )
