"""Where the conversation broke off decides what is true; what nobody can tell is never sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caseway.core.errors import CasewayError, NotConfigured, OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.rails.contract import Link
from caseway.rails.email import rail
from caseway.rails.email.simulator import EmailSimulator
from caseway.testing.pki import make_ca
from tests.rails.email.desk import a_document, an_answer, link_to, send, settings_for, step_of


def fails(link: Link, **answer: Any) -> CasewayError:
    with pytest.raises(CasewayError) as raised:
        send(an_answer(**answer), link)
    return raised.value


@pytest.mark.parametrize("action", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("kind", "code", "error", "ours"),
    [
        ("refuse", 550, Refused, "email.refused"),
        ("refuse", 554, Refused, "email.refused"),
        ("later", 421, RateLimited, "email.later"),
        ("later", 450, RateLimited, "email.later"),
        ("later", 451, RateLimited, "email.later"),
        ("later", 452, RateLimited, "email.later"),
        ("later", 455, Unavailable, "email.not_now"),
    ],
)
def test_what_the_server_says_is_kept_and_nothing_is_there(
    server: EmailSimulator,
    link: Link,
    action: str,
    kind: str,
    code: int,
    error: type[CasewayError],
    ours: str,
) -> None:
    server.faults.add(kind, actions=action, code=code, message="4.2.1 Postfach voll, «später»")
    raised = fails(link)

    assert (error, ours, []) == (type(raised), raised.code, server.mails.all())
    assert f"{code} 4.2.1 Postfach voll, «später»" == raised.details["remote"]


@pytest.mark.parametrize("action", ["mail", "rcpt"])
def test_a_break_before_the_data_is_no_mail(server: EmailSimulator, link: Link, action: str) -> None:
    server.faults.add("drop", actions=action)
    raised = fails(link)

    assert (Unavailable, "email.unreachable", []) == (type(raised), raised.code, server.mails.all())


@pytest.mark.parametrize(("kind", "there"), [("drop_reply", 1), ("drop", 0)])
def test_a_break_behind_the_data_is_an_unknown_outcome_whatever_became_of_it(
    server: EmailSimulator, link: Link, kind: str, there: int
) -> None:
    server.faults.add(kind, actions="data")
    raised = fails(link, documents=[a_document("a.pdf", b"x" * 300_000)])

    assert (OutcomeUnknown, "email.outcome_unknown", there) == (
        type(raised),
        raised.code,
        len(server.mails.all()),
    )


def test_no_answer_in_time_is_an_unknown_outcome(server: EmailSimulator) -> None:
    server.faults.add("slow", seconds=2)

    assert isinstance(fails(link_to(settings_for(server, timeout=0.5))), OutcomeUnknown)


def test_what_nobody_can_tell_is_left_to_a_person(server: EmailSimulator, link: Link) -> None:
    server.faults.add("drop_reply", actions="data")
    fails(link)
    with pytest.raises(Refused) as raised:
        rail.probe(step_of(an_answer(), link), link)

    assert ("email.cannot_be_probed", 1) == (raised.value.code, len(server.mails.all()))
    assert raised.value.details["message_id"] == server.mails.all()[0].message_id


def test_a_server_that_takes_no_such_size_refuses_before_the_data(
    start: Callable[..., EmailSimulator],
) -> None:
    server = start(security="none", max_bytes=200_000)
    raised = fails(link_to(settings_for(server)), documents=[a_document("a.pdf", b"x" * 400_000)])

    assert (Refused, True, []) == (
        type(raised),
        str(raised.details["remote"]).startswith("552"),
        server.mails.all(),
    )


def test_nobody_there_is_unavailable(server: EmailSimulator, link: Link) -> None:
    server.stop()
    raised = fails(link)

    assert (Unavailable, "email.unreachable") == (type(raised), raised.code)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_goes_out_encrypted_to_a_server_whose_authority_is_trusted(
    start: Callable[..., EmailSimulator], security: str
) -> None:
    server = start(security=security, login=("caseway", "geheim"))
    send(an_answer(), link_to(settings_for(server)))
    (mail,) = server.mails.all()

    assert (True, "caseway") == (mail.encrypted, mail.user)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_authority_is_not_trusted(
    start: Callable[..., EmailSimulator], security: str
) -> None:
    server = start(security=security)
    other = make_ca("Another authority").certificate_pem.decode()
    for ca_pem in (other, None):
        raised = fails(link_to(settings_for(server, ca_pem=ca_pem)))
        assert (NotConfigured, "email.certificate") == (type(raised), raised.code)
    assert [] == server.mails.all()


def test_a_certificate_that_ended_is_not_trusted(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="starttls", faults=["expired_certificate"])

    assert "email.certificate" == fails(link_to(settings_for(server))).code


def test_a_server_without_starttls_gets_no_mail_in_the_clear(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="starttls", faults=["no_starttls"])

    assert "email.not_offered" == fails(link_to(settings_for(server))).code
    assert [] == server.mails.all()


def test_a_server_that_does_not_speak_tls_there_is_a_matter_of_settings(server: EmailSimulator) -> None:
    raised = fails(link_to(settings_for(server, security="tls")))

    assert (NotConfigured, "email.encryption") == (type(raised), raised.code)


def test_a_login_that_is_refused_is_a_matter_of_settings(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="starttls", login=("caseway", "geheim"))
    raised = fails(link_to(settings_for(server, password="falsch")))

    assert (NotConfigured, "email.login_refused") == (type(raised), raised.code)
    assert "falsch" not in f"{raised!r} {raised.details}"


def test_a_login_that_cannot_be_checked_now_is_tried_again(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="starttls", login=("caseway", "geheim"), faults=["auth_later"])

    assert isinstance(fails(link_to(settings_for(server))), Unavailable)


def test_a_check_logs_in_and_sends_nothing(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="starttls", login=("caseway", "geheim"))
    report = rail.check(link_to(settings_for(server)))

    assert (True, []) == (report.ok, server.mails.all())


def test_a_check_of_what_is_away_says_so(server: EmailSimulator, link: Link) -> None:
    server.stop()

    assert ["email.unreachable"] == [one.code for one in rail.check(link).findings]
