"""What is secret shows up nowhere; what goes over the wire is written down."""

from __future__ import annotations

import logging
import random
import tracemalloc
from dataclasses import asdict

import pytest

from caseway.core.errors import CasewayError
from caseway.core.http import Exchange
from caseway.testing.contract import Filing, OtherSide

LARGE = 48 * 1024 * 1024


def is_login(one: Exchange) -> bool:
    """A token is asked for by itself, and does nothing for a step."""
    return one.url.rstrip("/").endswith("/token")


def shows_secret(other: OtherSide, text: str) -> bool:
    return any(secret in text for secret in other.secrets)


def test_no_secret_in_what_is_printed_of_a_connection(other: OtherSide, desk: Filing) -> None:
    settings = desk.link.settings

    assert not shows_secret(other, f"{settings!r} {settings} {desk.link!r} {settings.model_dump_json()}")


def test_no_secret_in_the_wire_log(other: OtherSide, desk: Filing, exchanges: list[Exchange]) -> None:
    other.rail.check(desk.link)
    desk.all(other.occasion())

    assert not shows_secret(other, " ".join(str(asdict(one)) for one in exchanges))


def test_no_secret_in_receipts(other: OtherSide, desk: Filing) -> None:
    assert not shows_secret(other, str(desk.all(other.occasion())))


def test_no_secret_in_an_error(other: OtherSide, desk: Filing) -> None:
    step = desk.plan(other.occasion())[0]
    other.go_away()
    with pytest.raises(CasewayError) as caught:
        desk.send(other.occasion(), step)

    assert not shows_secret(other, f"{caught.value!r} {caught.value.details} {caught.value.__cause__!r}")


def test_no_secret_in_the_log(other: OtherSide, desk: Filing, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        other.rail.check(desk.link)
        desk.all(other.occasion())

    assert not shows_secret(other, caplog.text)


@pytest.mark.usefixtures("wire")
def test_every_effect_has_its_line_in_the_wire_log(
    other: OtherSide, desk: Filing, exchanges: list[Exchange]
) -> None:
    plan = desk.plan(other.occasion())
    exchanges.clear()
    desk.all(other.occasion())

    assert len(plan) <= sum(one.method in ("POST", "PUT") and not is_login(one) for one in exchanges)
    assert all(one.status and one.action and one.request_headers for one in exchanges)
    assert all(one.response_headers for one in exchanges)


@pytest.mark.usefixtures("wire")
def test_an_exchange_that_failed_has_its_line_too(
    other: OtherSide, desk: Filing, exchanges: list[Exchange]
) -> None:
    step = desk.plan(other.occasion())[0]
    exchanges.clear()
    other.lose_reply(after=0)
    with pytest.raises(CasewayError):
        desk.send(other.occasion(), step)

    assert [None] == [one.status for one in exchanges if one.exception]


@pytest.mark.usefixtures("wire")
def test_a_large_document_goes_out_in_constant_memory(other: OtherSide, desk: Filing) -> None:
    if not other.carries_documents:
        pytest.skip("carries no documents")
    what = other.occasion(content=random.Random(5).randbytes(LARGE))
    tracemalloc.start()
    try:
        desk.all(what)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < LARGE // 3
