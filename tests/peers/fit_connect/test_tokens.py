"""Our security event tokens against Nimbus JOSE: each verifies what the other signed, and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from caseway.rails.fit_connect.jwk import PublicKey, read_public_jwk
from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.set_checks import Expected, verify_set
from caseway.rails.fit_connect.sets import SCHEMA, Tags, accepted, claims_of, rejected, sign
from caseway.rails.inbound import Problem
from caseway.testing.fit_peer import NimbusPeer, PeerFailed
from tests.peers.fit_connect.desk import PROBLEM
from tests.peers.fit_connect.keyring import Pair, make

DESTINATION, CASE, SUBMISSION = str(uuid4()), str(uuid4()), str(uuid4())
TAGS = Tags("A" * 22, "B" * 22, {str(uuid4()): "C" * 22})
PAYLOADS = {"accept-submission": accepted(TAGS), "reject-submission": rejected([Problem(**PROBLEM)])}


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make("peer-signing-1", "sign")


@pytest.fixture(scope="module")
def other() -> Pair:
    return make("peer-signing-1", "sign")


def ours(pair: Pair, event: str) -> str:
    claims = claims_of(
        event, PAYLOADS[event], issuer=DESTINATION, about="submission", about_id=SUBMISSION, case_id=CASE
    )
    return sign(claims, pair.key)


def theirs(nimbus: NimbusPeer, pair: Pair, event: str, **more: Any) -> str:
    what = {
        "issuer": DESTINATION, "event": event, "subject": f"submission:{SUBMISSION}", "caseId": CASE,
        "payload": PAYLOADS[event],
    }  # fmt: skip
    return str(nimbus.run("sign", {"signingKey": pair.private}, what | more)["token"])


def checked(token: str, pair: Pair) -> Any:
    def keyring(issued_by: str, issuer: str, kid: str) -> PublicKey:
        return read_public_jwk(pair.public, "verify", kid=kid)

    return verify_set(token, Expected(CASE, (), (DESTINATION,), about=f"submission:{SUBMISSION}"), keyring)


@pytest.mark.parametrize("event", PAYLOADS)
def test_nimbus_verifies_what_we_sign(nimbus: NimbusPeer, pair: Pair, event: str) -> None:
    found = nimbus.run("verify", {}, {"token": ours(pair, event), "key": pair.public})

    expected = {"event": event, "iss": DESTINATION, "sub": f"submission:{SUBMISSION}", "$schema": SCHEMA}
    assert expected == {name: found[name] for name in expected}
    assert (f"case:{CASE}", PAYLOADS[event]) == (found["txn"], found["payload"])


@pytest.mark.parametrize("event", PAYLOADS)
def test_we_verify_what_nimbus_signs(nimbus: NimbusPeer, pair: Pair, event: str) -> None:
    found = checked(theirs(nimbus, pair, event), pair)

    assert (event, "destination", DESTINATION) == (found.event, found.issued_by, found.issuer)
    assert PAYLOADS[event] == found.payload


def test_neither_takes_a_token_of_another_key(nimbus: NimbusPeer, pair: Pair, other: Pair) -> None:
    with pytest.raises(PeerFailed, match="the signature of an event"):
        nimbus.run("verify", {}, {"token": ours(other, "accept-submission"), "key": pair.public})
    with pytest.raises(TokenRefused) as refused:
        checked(theirs(nimbus, other, "accept-submission"), pair)
    assert "fit_connect.jws_signature_wrong" == refused.value.code


def test_we_refuse_a_token_of_theirs_about_another_case(nimbus: NimbusPeer, pair: Pair) -> None:
    with pytest.raises(TokenRefused) as refused:
        checked(theirs(nimbus, pair, "accept-submission", caseId=str(uuid4())), pair)
    assert "fit_connect.set_transaction_differs" == refused.value.code
