"""What became of what was sent is told by the event log alone, and only by what is proven in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from caseway.core.clock import Clock, now
from caseway.core.errors import Unavailable
from caseway.rails.contract import Receipt
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.log import digest_of
from caseway.rails.following import Followed, LogEntry
from caseway.testing.contract import Filing
from tests.rails.fit_connect.rail import tokens
from tests.rails.fit_connect.rail.kit import World, submitted
from tests.rails.fit_connect.rail.papers import OURS, data, occasion

WHAT = occasion([data()])
THEIRS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a02"


def sent(world: World, **changes: Any) -> tuple[Filing, Receipt]:
    desk = world.sender(**changes)
    return desk, submitted(desk.all(WHAT))


def answered(world: World, purpose: str, **brief: Any) -> None:
    link = world.receiver()
    (arriving,) = world.waiting(link)
    world.answer(link, purpose, arriving, **brief)


def shown(followed: Followed) -> LogEntry:
    """Return the newest entry."""
    return followed.log[-1]


def test_what_nobody_answered_yet_has_no_verdict(either: World) -> None:
    desk, _ = sent(either)

    followed = either.follow(desk, WHAT)

    assert followed.verdict is None
    assert ["create-submission", "submit-submission", "notify-submission"] == [
        one.what for one in followed.log
    ]
    assert all(one.verified and one.token and one.at for one in followed.log)


def test_an_acceptance_of_this_very_content_is_the_verdict(either: World) -> None:
    desk, receipt = sent(either)
    answered(either, "accept", tags=receipt.facts["tags"])

    followed = either.follow(desk, WHAT)

    assert followed.verdict is not None
    assert (True, OURS) == (followed.verdict.accepted, shown(followed).issuer)


def test_a_rejection_tells_the_problems_in_the_words_of_the_recipient(either: World) -> None:
    desk, _ = sent(either)
    problem = {**rail.reasons()[2].as_json(), "detail": "Die Flurkarte ist unlesbar."}
    answered(either, "reject", problems=[problem])

    verdict = either.follow(desk, WHAT).verdict

    assert verdict is not None
    assert (False, "fit_connect.rejected", [problem]) == (
        verdict.accepted,
        verdict.code,
        list(verdict.problems),
    )
    assert problem["title"] in verdict.sentence


def test_a_forwarding_decides_nothing(old: World) -> None:
    desk, receipt = sent(old)
    link = old.receiver()
    (arriving,) = old.waiting(link)
    old.answer(link, "forward", arriving)

    followed = old.follow(desk, WHAT)
    assert (None, "forward-submission") == (followed.verdict, shown(followed).what)

    old.answer(link, "accept", arriving, tags=receipt.facts["tags"])
    verdict = old.follow(desk, WHAT).verdict
    assert verdict is not None
    assert verdict.accepted


def test_a_rejection_by_the_platform_after_its_deadline_is_told(world: World, clock: Clock) -> None:
    desk, _ = sent(world)
    clock.advance(timedelta(days=14, minutes=1))

    verdict = world.follow(desk, WHAT).verdict

    assert verdict is not None
    assert (False, "fit_connect.rejected") == (verdict.accepted, verdict.code)


def test_an_acceptance_of_other_content_is_no_acceptance(world: World) -> None:
    desk, receipt = sent(world)
    tags = {**receipt.facts["tags"], "data": "A" * 22}
    told = tokens.claims(receipt, "accept-submission", {"authenticationTags": tags})
    tokens.put(world, receipt, tokens.signed_by_destination(world, told))

    verdict = world.follow(desk, WHAT).verdict

    assert verdict is not None
    assert (False, "fit_connect.accepted_other_content") == (verdict.accepted, verdict.code)


def test_an_acceptance_without_tags_is_tolerated(world: World) -> None:
    desk, receipt = sent(world)
    told = tokens.claims(receipt, "accept-submission", {})
    tokens.put(world, receipt, tokens.signed_by_destination(world, told))

    verdict = world.follow(desk, WHAT).verdict

    assert verdict is not None
    assert verdict.accepted


def test_what_the_platform_deleted_unanswered_did_not_arrive(world: World) -> None:
    desk, receipt = sent(world)
    issuer = world.platform.addresses["submissionBaseUrl"]
    told = tokens.claims(receipt, "delete-submission", {}, issuer)
    tokens.put(world, receipt, tokens.signed_by_service(world, told), "delete-submission")

    verdict = world.follow(desk, WHAT).verdict

    assert verdict is not None
    assert (False, "fit_connect.deleted_unanswered") == (verdict.accepted, verdict.code)


def test_a_deletion_after_the_answer_changes_nothing(world: World, clock: Clock) -> None:
    desk, receipt = sent(world)
    answered(world, "accept", tags=receipt.facts["tags"])
    clock.advance(timedelta(days=1, minutes=1))

    followed = world.follow(desk, WHAT)

    assert followed.verdict is not None
    assert (True, "delete-submission") == (followed.verdict.accepted, shown(followed).what)


FORGERIES: dict[str, tuple[Callable[[World, dict[str, Any]], str], dict[str, Any], str]] = {
    "no algorithm": (tokens.unsigned, {}, "fit_connect.jws_"),
    "the public key as a secret": (
        tokens.signed_with_the_public_key,
        {},
        "fit_connect.jws_algorithm_refused",
    ),
    "the service speaks for the recipient": (
        tokens.signed_by_service,
        {},
        "fit_connect.",
    ),
    "another recipient": (
        tokens.signed_by_destination,
        {"iss": THEIRS},
        "fit_connect.set_issuer_unknown",
    ),
    "an issuer nobody knows": (
        tokens.signed_by_destination,
        {"iss": "https://elsewhere.invalid/submission-api"},
        "fit_connect.set_issuer_unknown",
    ),
    "another case": (
        tokens.signed_by_destination,
        {"txn": f"case:{THEIRS}"},
        "fit_connect.set_transaction_differs",
    ),
    "the future": (
        tokens.signed_by_destination,
        {"iat": int(now().timestamp()) + 7200},
        "fit_connect.set_from_the_future",
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_acceptance_is_shown_and_not_believed(world: World, name: str) -> None:
    make, changes, code = FORGERIES[name]
    desk, receipt = sent(world)
    told = tokens.claims(receipt, "accept-submission", {"authenticationTags": receipt.facts["tags"]})
    token = make(world, {**told, **changes})
    tokens.put(world, receipt, token)

    followed = world.follow(desk, WHAT)

    assert (None, False) == (followed.verdict, shown(followed).verified)
    assert (token, digest_of(token)) == (shown(followed).token, shown(followed).digest)
    assert shown(followed).code.startswith(code)
    assert shown(followed).sentence


def test_an_acceptance_of_another_submission_of_the_case_is_not_this_ones(world: World) -> None:
    desk, receipt = sent(world)
    told = tokens.claims(receipt, "accept-submission", {}) | {"sub": f"submission:{THEIRS}"}
    tokens.put(world, receipt, tokens.signed_by_destination(world, told))

    followed = world.follow(desk, WHAT)

    assert (None, True) == (followed.verdict, shown(followed).verified)


def test_what_is_no_token_at_all_is_shown(world: World) -> None:
    desk, receipt = sent(world)
    tokens.put(world, receipt, "kein Token")

    followed = world.follow(desk, WHAT)

    assert (None, "unreadable", False) == (followed.verdict, shown(followed).what, shown(followed).verified)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("wrong_set_signature", "fit_connect.jws_signature_wrong"),
        ("wrong_issuer", "fit_connect.set_issuer_unknown"),
    ],
)
def test_spoiled_events_of_the_platform_are_shown_and_not_believed(
    world: World, fault: str, code: str
) -> None:
    desk, _ = sent(world)
    world.fault(fault, times=None)

    entries = world.follow(desk, WHAT).log

    assert [(True, ""), (False, code), (True, "")] == [(one.verified, one.code) for one in entries]


@pytest.mark.parametrize(
    ("certificate", "code"),
    [
        ("certificate_expired", "fit_connect.certificate_expired"),
        ("certificate_revoked", "fit_connect.certificate_revoked"),
        ("certificate_untrusted", "fit_connect.root_unknown"),
        ("certificate_wrong_key", "fit_connect.jwk_certificate_mismatch"),
    ],
)
def test_an_answer_signed_by_a_key_that_is_not_trusted_is_not_believed(
    world: World, certificate: str, code: str
) -> None:
    desk, receipt = sent(world)
    answered(world, "accept", tags=receipt.facts["tags"])
    world.fault(certificate, "get_key", times=None)

    followed = world.follow(desk, WHAT)

    assert (None, code) == (followed.verdict, shown(followed).code)


def test_a_destination_that_lost_its_key_is_asked_for_it_once(world: World) -> None:
    desk, receipt = sent(world)
    for _ in range(4):
        told = tokens.claims(receipt, "reject-submission", {"problems": []})
        tokens.put(world, receipt, tokens.signed_by_destination(world, told))
    del world.platform.platform.store.destinations[OURS].keys[tokens.signing_kid(world)]
    world.exchanges.clear()

    entries = world.follow(desk, WHAT).log

    assert ["fit_connect.key_unknown"] * 4 == [one.code for one in entries if not one.verified]
    assert 1 == sum(one.action == "getKey" for one in world.exchanges)


def test_a_platform_that_does_not_answer_is_asked_again_later(world: World) -> None:
    desk, _ = sent(world)
    world.fault("unavailable", "get_events", times=None)

    with pytest.raises(Unavailable):
        world.follow(desk, WHAT)


def test_a_platform_whose_clock_is_ahead_is_believed_once_that_time_has_come(
    world: World, clock: Clock
) -> None:
    world.fault("clock_skew", times=None, seconds=7200)
    desk, _ = sent(world)

    early = world.follow(desk, WHAT).log
    clock.advance(timedelta(hours=2))
    later = world.follow(desk, WHAT).log

    assert {"fit_connect.set_from_the_future"} == {one.code for one in early}
    assert {True} == {one.verified for one in later}
