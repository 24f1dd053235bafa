"""Whatever comes, the platform answers with a problem of its own and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import (
    BUILDING,
    Party,
    announcement,
    signed,
    signing_key,
    submitted,
)

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(BUILDING)
NAMES = st.sampled_from(
    [
        "destinationId",
        "announcedAttachments",
        "publicService",
        "serviceType",
        "identifier",
        "name",
        "caseId",
        "region",
        "callback",
        "url",
        "secret",
        "encryptedMetadata",
        "encryptedData",
        "services",
        "publicServices",
        "regions",
        "submissionSchemas",
        "status",
        "keys",
        "kid",
        "key_ops",
        "alg",
        "x5c",
        "kty",
        "n",
        "e",
        "contactInformation",
        "metadataVersions",
        "encryptionKid",
        "events",
        "iss",
        "sub",
        "txn",
        "iat",
        "jti",
        "problems",
        "authenticationTags",
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=12,
)
CALLS = (
    ("demo-sender", "POST", "v2/submissions"),
    ("demo-sender", "PUT", "v2/submissions/{submissionId}"),
    ("demo-subscriber", "POST", "v2/replies"),
    ("demo-subscriber", "POST", "v1/destinations"),
    ("demo-subscriber", "PATCH", "v1/destinations/{destinationId}"),
    ("demo-subscriber", "POST", "v1/destinations/{destinationId}/keys"),
)


@pytest.fixture(scope="module")
def running() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def parties(running: FitConnectSimulator) -> Iterator[dict[str, Party]]:
    with Party(running, "demo-sender") as one, Party(running, "demo-subscriber") as other:
        yield {"demo-sender": one, "demo-subscriber": other}


@pytest.mark.parametrize("call", CALLS)
@QUICK
@given(changes=st.dictionaries(NAMES, VALUES, max_size=5))
def test_no_body_breaks_the_platform(
    running: FitConnectSimulator,
    parties: dict[str, Party],
    call: tuple[str, str, str],
    changes: dict[str, Any],
) -> None:
    client, method, path = call
    sender, party = parties["demo-sender"], parties[client]
    made = sender.post("submissions", announcement("v2")).json() if "submissionId" in path else {}
    base = running.addresses["submissionV1" if path.startswith("v1") else "submissionV2"].rpartition("/")[0]
    body = changes
    if path == "v2/submissions":
        body = announcement("v2") | changes
    elif path.endswith("keys"):
        known = running.platform.store.destinations[BUILDING]
        body = {**(running.platform.destination_key(known, next(iter(known.keys))) or {}), **changes}
    address = f"{base}/{path.format(**{'destinationId': BUILDING, **made})}"
    headers = {"Content-Type": "application/json"}
    found = party.http.request(method, address, content=json.dumps(body), headers=headers)
    assert found.status_code < 500
    if found.status_code >= 400:
        assert found.status_code == found.json()["status"]


@QUICK
@given(changes=st.dictionaries(NAMES | st.just("$schema"), VALUES, max_size=4))
def test_no_token_breaks_the_platform(
    running: FitConnectSimulator, parties: dict[str, Party], changes: dict[str, Any]
) -> None:
    sent = _sent(parties["demo-sender"])
    found = parties["demo-subscriber"].event(sent["caseId"], signed(signing_key(running), changes))
    assert 422 == found.status_code


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"{", b'"x"', b"[" * 100_000, b'{"destinationId": "\\ud800"}']
)
def test_what_is_no_json_is_400(parties: dict[str, Party], content: bytes) -> None:
    party = parties["demo-sender"]
    headers = {"Content-Type": "application/json"}
    assert 400 == party.http.post(f"{party.base}/submissions", content=content, headers=headers).status_code


_kept: dict[str, Any] = {}


def _sent(sender: Party) -> dict[str, Any]:
    """Return one submission that all examples share: none of them is accepted."""
    if _kept.get("platform") is not sender.simulator:
        _kept.update(platform=sender.simulator, sent=submitted(sender))
    sent: dict[str, Any] = _kept["sent"]
    return sent
