"""What an answer means: harmless for a read, open for an effect, and a person only where one can help."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseway.core.clock import clock
from caseway.core.errors import (
    CasewayError,
    NotConfigured,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from caseway.rails.cmis.answer import Answer, exception_name, failure_of, object_of, parse
from caseway.rails.cmis.errors import NameTaken, from_exception

HTML = b"<!DOCTYPE html><html><body>Bad Gateway</body></html>"
NAMES = (
    "invalidArgument", "filterNotValid", "permissionDenied", "streamNotSupported", "objectNotFound",
    "notSupported", "constraint", "nameConstraintViolation", "contentAlreadyExists", "updateConflict",
    "versioning", "storage", "runtime", "tooManyRequests", "serviceUnavailable", "unheardOf",
)  # fmt: skip


@pytest.mark.parametrize("status", [500, 502, 504, 520])
def test_a_page_of_a_proxy_leaves_an_effect_open_and_a_read_harmless(status: int) -> None:
    effect = failure_of(Answer(status, {}, HTML), effect=True)
    read = failure_of(Answer(status, {}, HTML), effect=False)

    assert (type(effect), type(read)) == (OutcomeUnknown, Unavailable)


@pytest.mark.parametrize("body", [HTML, b"", b'{"succinctProperties":{"cmis:obj', b"[]", b"null"])
def test_a_success_that_is_no_cmis_answer_leaves_an_effect_open(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown) as error:
        object_of(parse(Answer(201, {}, body), effect=True), effect=True)

    assert error.value.code == "cmis.not_cmis"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (302, NotConfigured, "cmis.redirected"),
        (401, NotConfigured, "cmis.unauthorized"),
        (403, NotConfigured, "cmis.permission_denied"),
        (404, NotConfigured, "cmis.wrong_address"),
        (407, NotConfigured, "cmis.unauthorized"),
        (408, Unavailable, "cmis.unavailable"),
        (409, Refused, "cmis.refused"),
        (413, Refused, "cmis.too_large"),
        (429, RateLimited, "cmis.rate_limited"),
        (503, Unavailable, "cmis.unavailable"),
    ],
)
def test_a_status_without_an_exception_is_told_apart(
    status: int, kind: type[CasewayError], code: str
) -> None:
    error = failure_of(Answer(status, {}, HTML), effect=True)

    assert error is not None
    assert (type(error), error.code) == (kind, code)


def test_an_exception_under_a_good_status_is_still_one() -> None:
    taken = b'{"exception":"nameConstraintViolation","message":"taken"}'
    error = failure_of(Answer(200, {}, taken), effect=True)

    assert isinstance(error, NameTaken)
    assert error.details["remote"] == "taken"


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"exception":"constraint","message":"Erika Mustermann"}', "constraint"),
        (b'{"exception":"Erika Mustermann <erika@example.org>"}', None),
        (b'{"exception":7}', None),
        (b'["exception"]', None),
        (HTML, None),
    ],
)
def test_the_log_gets_the_name_of_an_exception_and_nothing_else(body: bytes, name: str | None) -> None:
    assert name == exception_name(Answer(409, {}, body))


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimited), (503, Unavailable)])
def test_a_pause_the_server_asks_for_is_kept(status: int, kind: type[Unavailable]) -> None:
    error = failure_of(Answer(status, {"retry-after": "120"}, b""), effect=True)

    assert isinstance(error, kind)
    assert error.retry_after == timedelta(seconds=120)


def test_a_pause_given_as_a_date_is_counted_from_now() -> None:
    with clock.hold() as held:
        at = (held.now() + timedelta(minutes=5)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        error = failure_of(Answer(503, {"retry-after": at}, b""), effect=True)

    assert isinstance(error, Unavailable)
    assert error.retry_after is not None
    assert timedelta(minutes=4, seconds=58) < error.retry_after <= timedelta(minutes=5)


@given(
    st.sampled_from(NAMES),
    st.sampled_from([200, 400, 403, 404, 409, 429, 500, 503]),
    st.booleans(),
    st.text(),
)
def test_every_exception_has_a_code_a_sentence_and_the_words_of_the_dms(
    name: str, status: int, effect: bool, words: str
) -> None:
    error = from_exception(name, words, status, effect=effect)

    assert error.code.startswith("cmis.")
    assert error.sentence
    assert error.details["remote"] == words[:2000] or error.details["remote"] == words
    assert effect or not isinstance(error, OutcomeUnknown)


@given(st.binary(max_size=200), st.sampled_from([200, 201, 400, 409, 500]))
def test_no_answer_however_broken_gets_past_the_classification(body: bytes, status: int) -> None:
    with pytest.raises(CasewayError):
        object_of(parse(Answer(status, {}, body), effect=True), effect=True)
