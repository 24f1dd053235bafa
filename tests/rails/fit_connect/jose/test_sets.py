"""A token counts only when every check is passed; each check fails by its own name."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.padding import PSS
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caseway.core.clock import now
from caseway.core.errors import CasewayError, Invalid, Unavailable
from caseway.rails.fit_connect.jwk import PublicKey, private_key, read_public_jwk
from caseway.rails.fit_connect.jws_checks import TokenRefused
from caseway.rails.fit_connect.set_checks import Expected, Issuer, Verified, verify_set
from caseway.rails.fit_connect.set_tags import check_tags, tags_in
from caseway.rails.fit_connect.sets import EVENTS, Tags, accepted, claims_of, rejected, sign
from caseway.rails.inbound import Problem
from tests.rails.fit_connect.jose.crafted import b64
from tests.rails.fit_connect.jose.keys import changed, decryption_key, signing_key

SERVICE = "https://zustelldienst.example/submission-api"
DESTINATION = "879ee109-a690-4db8-ab32-424284184d7d"
CASE = "e89e107e-ed79-40e6-ad34-4e770f9df263"
SUBMISSION = "ce75a6b8-d72f-4b94-b09e-af6be35bc2ae"
ATTACHMENT = "0b8f4f2e-3f0a-4e7a-9d7b-7a5e7f2d9c11"
TAGS = Tags("A" * 22, "B" * 22, {ATTACHMENT: "C" * 22})
EXPECTED = Expected(CASE, [SERVICE], [DESTINATION], f"submission:{SUBMISSION}")


def claims(event: str = "accept-submission", payload: Any = None, **changes: Any) -> dict[str, Any]:
    """Return good claims, with members replaced, or taken away where None."""
    good = claims_of(
        "accept-submission",
        accepted(TAGS),
        issuer=DESTINATION,
        about="submission",
        about_id=SUBMISSION,
        case_id=CASE,
    )
    good["events"] = {
        EVENTS + event: good["events"][EVENTS + "accept-submission"] if payload is None else payload
    }
    return changed(good, **changes)


def keyring(issuer: Issuer, name: str, kid: str) -> PublicKey:
    """Return the one key there is."""
    return read_public_jwk(signing_key().public, "verify")


def verified(token: str, expected: Expected = EXPECTED) -> Verified:
    """Verify a token with the key of these tests."""
    return verify_set(token, expected, keyring)


def code_of(token: str, expected: Expected = EXPECTED) -> str:
    """Return the code a token is refused with."""
    with pytest.raises(TokenRefused) as refused:
        verified(token, expected)
    return refused.value.code


def test_what_we_sign_is_verified_with_all_it_says() -> None:
    token = sign(claims(), signing_key())

    found = verified(token)

    assert ("accept-submission", "destination", DESTINATION) == (found.event, found.issued_by, found.issuer)
    assert f"submission:{SUBMISSION}" == found.about
    assert abs(found.at - now()) < timedelta(seconds=5)
    assert TAGS == tags_in(found.payload)
    check_tags(found.payload, TAGS)


def test_the_header_says_what_the_rules_want() -> None:
    header = json.loads(b64_decoded(sign(claims(), signing_key()).split(".")[0]))

    assert {"typ": "secevent+jwt", "alg": "PS512", "kid": signing_key().kid} == header


def b64_decoded(text: str) -> bytes:
    """Return what base64url holds."""
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(text + "==")


def signed(
    header: dict[str, Any] | bytes,
    payload: dict[str, Any] | bytes,
    signature: Callable[[bytes], bytes] | None = None,
) -> str:
    """Return a token of any header, any payload, any signature; by default a right PS512 one."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    text = ".".join(b64(part) for part in parts)
    return f"{text}.{b64((signature or ps512)(text.encode()))}"


def ps512(content: bytes) -> bytes:
    """Sign as PS512 does."""
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
    return private_key(signing_key()).sign(content, pss, hashes.SHA512())


def head(**changes: Any) -> dict[str, Any]:
    """Return a good header with members replaced, or taken away where None."""
    return changed({"typ": "secevent+jwt", "alg": "PS512", "kid": signing_key().kid}, **changes)


def test_the_made_up_token_of_these_tests_is_good() -> None:
    assert "accept-submission" == verified(signed(head(), claims())).event


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "HS256", "HS512", "RS512", "PS256", "PS384", "ES512", None]
)
def test_every_other_algorithm_is_refused(algorithm: str | None) -> None:
    assert "fit_connect.jws_algorithm_refused" == code_of(signed(head(alg=algorithm), claims()))


def test_a_token_without_signature_is_refused() -> None:
    assert "fit_connect.jws_algorithm_refused" == code_of(signed(head(alg="none"), claims(), lambda _: b""))
    assert "fit_connect.jws_signature_wrong" == code_of(signed(head(), claims(), lambda _: b""))


@pytest.mark.parametrize(
    "form", [(Encoding.PEM, PublicFormat.PKCS1), (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
)
def test_the_public_key_is_no_secret_to_sign_with(form: tuple[Encoding, PublicFormat]) -> None:
    secret = private_key(signing_key()).public_key().public_bytes(*form)

    def hs512(content: bytes) -> bytes:
        return hmac.digest(secret, content, "sha512")

    assert "fit_connect.jws_algorithm_refused" == code_of(signed(head(alg="HS512"), claims(), hs512))
    assert "fit_connect.jws_signature_wrong" == code_of(signed(head(), claims(), hs512))


def other_signature(pad: PSS | padding.PKCS1v15, digest: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    """Return a way to sign with the right key and other parameters."""
    return lambda content: private_key(signing_key()).sign(content, pad, digest)


@pytest.mark.parametrize(
    "signature",
    [
        other_signature(padding.PKCS1v15(), hashes.SHA512()),
        other_signature(PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()),
        other_signature(PSS(padding.MGF1(hashes.SHA512()), 32), hashes.SHA512()),
        other_signature(PSS(padding.MGF1(hashes.SHA1()), 64), hashes.SHA512()),
        lambda content: private_key(signing_key(2)).sign(
            content, PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512()
        ),
        lambda _: bytes(512),
        lambda _: bytes(511),
        lambda _: b"\xff" * 512,
    ],
)
def test_only_the_one_form_of_signature_counts(signature: Callable[[bytes], bytes]) -> None:
    assert "fit_connect.jws_signature_wrong" == code_of(signed(head(), claims(), signature))


def test_a_changed_payload_is_noticed() -> None:
    parts = sign(claims(), signing_key()).split(".")
    other = b64(json.dumps(claims("reject-submission")).encode())

    assert "fit_connect.jws_signature_wrong" == code_of(".".join([parts[0], other, parts[2]]))


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (head(typ=None), "jws_type_refused"),
        (head(typ="JWT"), "jws_type_refused"),
        (head(typ="application/secevent+jwt"), "jws_type_refused"),
        (head(kid=None), "jws_kid_missing"),
        (head(kid=7), "jws_kid_missing"),
        (head(kid=""), "jws_kid_missing"),
        (head(crit=["b64"], b64=False), "jws_critical_refused"),
        (b"[]", "jws_header_malformed"),
        (b'{"alg":"none","alg":"PS512"}', "jws_header_malformed"),
        (head(kid="another"), "set_key_mismatch"),
    ],
)
def test_each_rule_of_the_header_has_its_code(header: dict[str, Any] | bytes, code: str) -> None:
    assert f"fit_connect.{code}" == code_of(signed(header, claims()))


def test_a_key_in_the_header_is_not_believed() -> None:
    def with_other_key(content: bytes) -> bytes:
        return private_key(signing_key(2)).sign(
            content, PSS(padding.MGF1(hashes.SHA512()), 64), hashes.SHA512()
        )

    header = head(jwk=dict(signing_key(2).public), jku="https://evil.example/jwks.json")

    assert "fit_connect.jws_signature_wrong" == code_of(signed(header, claims(), with_other_key))


@pytest.mark.parametrize("token", ["", ".", "..", "a.b", "a.b.c.d", "e30.e30", "ä.b.c", "A" * 300_000 + ".."])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert code_of(token) in ("fit_connect.jws_malformed", "fit_connect.jws_header_malformed")


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'{"sub":1,"sub":2}', b'{"iat":NaN}', b"\xff\xfe"])
def test_a_payload_that_could_be_read_in_two_ways_is_refused(payload: bytes) -> None:
    assert "fit_connect.jws_payload_malformed" == code_of(signed(head(), payload))


def test_a_second_spelling_of_a_token_is_refused() -> None:
    token = sign(claims(), signing_key())

    assert "fit_connect.jws_malformed" == code_of(token + "=")
    assert "fit_connect.jws_malformed" == code_of(token + "\n")


@pytest.mark.parametrize("claim", ["jti", "iss", "iat", "sub", "txn", "events"])
def test_every_claim_must_be_there(claim: str) -> None:
    assert "fit_connect.set_claim_missing" == code_of(sign(claims(**{claim: None}), signing_key()))


SCHEMAS = "https://schema.fitko.de/fit-connect/set-payload"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"$schema": f"{SCHEMAS}/2.0.0/set-payload.schema.json"}, "set_schema_refused"),
        ({"$schema": "https://schema.fitko.de/1.2.2"}, "set_schema_refused"),
        ({"$schema": 1}, "set_schema_refused"),
        ({"jti": "one"}, "set_jti_malformed"),
        ({"jti": 1}, "set_jti_malformed"),
        ({"iss": 1}, "set_issuer_malformed"),
        ({"iss": ""}, "set_issuer_malformed"),
        ({"iat": "1622796532"}, "set_iat_malformed"),
        ({"iat": 1622796532.5}, "set_iat_malformed"),
        ({"iat": True}, "set_iat_malformed"),
        ({"iat": 1577833199}, "set_iat_malformed"),
        ({"iat": 10**15}, "set_iat_malformed"),
        ({"sub": SUBMISSION}, "set_subject_malformed"),
        ({"sub": f"case:{SUBMISSION}"}, "set_subject_malformed"),
        ({"txn": CASE}, "set_transaction_malformed"),
        ({"txn": f"case:{CASE} "}, "set_transaction_malformed"),
        ({"events": {}}, "set_events_not_one"),
        ({"events": []}, "set_events_not_one"),
        ({"events": {EVENTS + "accept-submission": {}, EVENTS + "x": {}}}, "set_events_not_one"),
        ({"events": {"accept-submission": {}}}, "set_event_unknown"),
        ({"events": {EVENTS + "approve-submission": {}}}, "set_event_unknown"),
        ({"events": {EVENTS + "accept-submission": []}}, "set_event_malformed"),
        ({"iss": "https://evil.example"}, "set_issuer_unknown"),
        ({"iss": SERVICE + ".evil.example"}, "set_issuer_unknown"),
        ({"iss": SUBMISSION}, "set_issuer_unknown"),
        ({"txn": f"case:{SUBMISSION}"}, "set_transaction_differs"),
        ({"sub": f"submission:{CASE}"}, "set_subject_differs"),
        ({"sub": f"reply:{SUBMISSION}"}, "set_subject_differs"),
    ],
)
def test_each_rule_of_the_claims_has_its_code(changes: dict[str, Any], code: str) -> None:
    assert f"fit_connect.{code}" == code_of(sign(claims(**changes), signing_key()))


def test_older_tokens_without_schema_and_in_capitals_are_read() -> None:
    old = claims(
        **{"$schema": None}, iss=DESTINATION.upper(), sub=f"submission:{SUBMISSION.upper()}",
        txn=f"case:{CASE.upper()}",
    )  # fmt: skip

    found = verified(sign(old, signing_key()))

    assert ("", f"submission:{SUBMISSION}") == (found.schema, found.about)


@pytest.mark.parametrize(
    ("event", "issuer", "allowed"),
    [
        ("create-submission", SERVICE, True),
        ("submit-submission", SERVICE + "/", True),
        ("notify-submission", SERVICE, True),
        ("delete-submission", SERVICE, True),
        ("accept-submission", DESTINATION, True),
        ("forward-submission", DESTINATION, True),
        ("reject-submission", DESTINATION, True),
        ("reject-submission", SERVICE, True),
        ("accept-reply", DESTINATION, True),
        ("submit-reply", SERVICE, True),
        ("submit-submission", DESTINATION, False),
        ("create-submission", DESTINATION, False),
        ("delete-submission", DESTINATION, False),
        ("accept-submission", SERVICE, False),
        ("forward-submission", SERVICE, False),
        ("submit-reply", DESTINATION, False),
    ],
)
def test_each_side_may_say_only_what_is_its_to_say(event: str, issuer: str, *, allowed: bool) -> None:
    token = sign(claims(event, iss=issuer), signing_key())

    if allowed:
        assert event == verified(token).event
    else:
        assert "fit_connect.set_issuer_not_entitled" == code_of(token)


@pytest.mark.parametrize(("minutes", "code"), [(4, ""), (6, "fit_connect.set_from_the_future")])
def test_clocks_may_differ_by_five_minutes(minutes: int, code: str) -> None:
    token = sign(claims(iat=int((now() + timedelta(minutes=minutes)).timestamp())), signing_key())

    if code:
        assert code == code_of(token)
    else:
        assert verified(token)


@pytest.mark.parametrize(("minutes", "code"), [(-4, ""), (-6, "fit_connect.set_too_early")])
def test_a_token_is_not_older_than_what_it_is_about(minutes: int, code: str) -> None:
    token = sign(claims(iat=int((now() + timedelta(minutes=minutes)).timestamp())), signing_key())
    expected = Expected(CASE, [SERVICE], [DESTINATION], earliest=now())

    if code:
        assert code == code_of(token, expected)
    else:
        assert verified(token, expected)


def test_any_subject_of_the_case_is_taken_when_none_is_asked_for() -> None:
    token = sign(claims(sub=f"reply:{CASE}"), signing_key())

    assert f"reply:{CASE}" == verified(token, Expected(CASE, [SERVICE], [DESTINATION])).about


def test_the_key_is_asked_for_only_for_issuers_we_expect() -> None:
    asked: list[tuple[str, str, str]] = []

    def remembering(issuer: Issuer, name: str, kid: str) -> PublicKey:
        asked.append((issuer, name, kid))
        raise Unavailable("not now")

    for issuer in ("https://evil.example", SERVICE):
        with pytest.raises(CasewayError):
            verify_set(sign(claims("submit-submission", iss=issuer), signing_key()), EXPECTED, remembering)

    assert [("service", SERVICE, signing_key().kid)] == asked


def test_a_key_to_encrypt_for_verifies_nothing() -> None:
    token = sign(claims(), signing_key())
    other = read_public_jwk(changed(decryption_key().public, kid=signing_key().kid), "encrypt")

    with pytest.raises(TokenRefused) as refused:
        verify_set(token, EXPECTED, lambda *_: other)

    assert "fit_connect.jws_signature_wrong" == refused.value.code


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        (Tags("X" * 22, TAGS.data, TAGS.attachments), "set_tags_metadata_differ"),
        (Tags(TAGS.metadata, "X" * 22, TAGS.attachments), "set_tags_data_differ"),
        (Tags(TAGS.metadata, None, TAGS.attachments), "set_tags_data_differ"),
        (Tags(TAGS.metadata, TAGS.data), "set_tags_attachments_differ"),
        (Tags(TAGS.metadata, TAGS.data, {ATTACHMENT: "X" * 22}), "set_tags_attachments_differ"),
        (Tags(TAGS.metadata, TAGS.data, {**TAGS.attachments, CASE: "X" * 22}), "set_tags_attachments_differ"),
    ],
)
def test_every_part_that_is_not_the_same_is_noticed(tags: Tags, code: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        check_tags(accepted(TAGS), tags)

    assert f"fit_connect.{code}" == refused.value.code


def test_attachments_are_compared_whatever_the_case_of_their_ids() -> None:
    check_tags(
        accepted(Tags("A" * 22, None, {ATTACHMENT.upper(): "C" * 22})), Tags("A" * 22, None, TAGS.attachments)
    )


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({}, "set_tags_missing"),
        ({"authenticationTags": None}, "set_tags_missing"),
        ({"authenticationTags": []}, "set_tags_malformed"),
        ({"authenticationTags": {}}, "set_tags_malformed"),
        ({"authenticationTags": {"metadata": "A" * 21}}, "set_tags_malformed"),
        ({"authenticationTags": {"metadata": "A" * 22, "data": 7}}, "set_tags_malformed"),
        ({"authenticationTags": {"metadata": "A" * 22, "attachments": []}}, "set_tags_malformed"),
        (
            {"authenticationTags": {"metadata": "A" * 22, "attachments": {"x": "A" * 22}}},
            "set_tags_malformed",
        ),
    ],
)
def test_tags_that_cannot_be_read_are_told_apart_from_none(payload: dict[str, Any], code: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        tags_in(payload)

    assert f"fit_connect.{code}" == refused.value.code


def test_a_rejection_carries_its_problems() -> None:
    problem = Problem("https://schema.fitko.de/fit-connect/events/problems/x", "Titel", "Näheres", "metadata")
    token = sign(claims("reject-submission", rejected([problem])), signing_key())

    assert [problem.as_json()] == verified(token).payload["problems"]


@pytest.mark.parametrize(
    ("event", "ids", "code"),
    [
        ("submit-submission", {}, "set_event_unfit"),
        ("accept-submission", {"issuer": SERVICE}, "set_reference_unfit"),
        ("accept-submission", {"about_id": "x"}, "set_reference_unfit"),
        ("accept-submission", {"case_id": ""}, "set_reference_unfit"),
    ],
)
def test_we_do_not_say_what_is_not_ours_to_say(event: str, ids: dict[str, str], code: str) -> None:
    good = {"issuer": DESTINATION, "about_id": SUBMISSION, "case_id": CASE}

    with pytest.raises(Invalid) as refused:
        claims_of(event, {}, about="submission", **{**good, **ids})

    assert f"fit_connect.{code}" == refused.value.code


def test_a_planned_token_says_the_same_whenever_it_is_made() -> None:
    def made() -> dict[str, Any]:
        who = {"issuer": DESTINATION, "about_id": SUBMISSION, "case_id": CASE}
        return claims_of("accept-submission", {}, about="submission", jti=CASE, at=AT, **who)

    assert made() == made()


AT = now()


def test_the_published_example_is_read_up_to_its_issuer(shared: Path) -> None:
    token = (shared / "specs/fit-connect/example-set-create-submission.jws").read_text()
    service = "https://api.fitko.de/fit-connect/"

    assert "fit_connect.set_issuer_unknown" == code_of(token)
    assert "fit_connect.set_key_mismatch" == code_of(token, Expected(CASE, [service]))
