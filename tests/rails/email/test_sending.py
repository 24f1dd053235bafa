"""A mail goes out as it was written, once, and its words stay what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid, NotConfigured, TooLarge
from caseway.rails.contract import Link
from caseway.rails.email import rail
from caseway.rails.email.client import _stuffed
from caseway.rails.email.simulator import EmailSimulator
from tests.rails.email.desk import TO, a_document, an_answer, link_to, send, settings_for, step_of

CALM = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.mission("F-07")
def test_an_answer_arrives_with_words_date_and_who_it_is_from(server: EmailSimulator, link: Link) -> None:
    receipt = send(an_answer(), link)
    (mail,) = server.mails.all()

    assert ("Ihr Antrag", "Bitte nennen Sie die Rasse.", [TO]) == (
        mail.subject,
        mail.text.strip(),
        list(mail.recipients),
    )
    assert "Bauamt Beispielhausen <bauamt@example.org>" == mail.message["From"]
    assert ("Fri, 20 Nov 2026 09:30:00 +0000", "auto-generated") == (
        mail.message["Date"],
        mail.message["Auto-Submitted"],
    )
    assert (receipt.remote_id, False) == (mail.message_id, receipt.adopted)


def test_the_name_of_a_mail_is_the_same_whenever_it_is_planned(link: Link) -> None:
    names = {step_of(an_answer(), link).payload["message_id"] for _ in range(2)}

    assert 1 == len(names)
    assert names.pop().endswith("@example.org>")


@pytest.mark.parametrize(
    "filename", ["Bescheid.pdf", "Bescheid Straße 5 (für Erika).pdf", "決定.pdf", 'a;b".pdf']
)
def test_documents_arrive_byte_by_byte_under_their_names(
    server: EmailSimulator, link: Link, filename: str
) -> None:
    content = bytes(range(256)) * 40
    send(an_answer(documents=[a_document(filename, content)]), link)
    (paper,) = server.mails.all()[0].attachments

    assert (filename, "application/pdf", hashlib.sha256(content).hexdigest()) == (
        paper.filename,
        paper.media_type,
        paper.sha256,
    )


@CALM
@given(
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300),
    body=st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n"), max_size=3000),
)
def test_whatever_is_written_is_what_is_read(
    server: EmailSimulator, link: Link, subject: str, body: str
) -> None:
    server.mails.clear()
    send(an_answer(subject, body), link)
    (mail,) = server.mails.all()

    assert (" ".join(subject.split()) or "Antwort") == " ".join(mail.subject.split())
    assert body.split() == mail.text.split()


def test_lines_of_dots_do_not_end_a_mail(server: EmailSimulator, link: Link) -> None:
    send(an_answer(body="eins\n.\n..zwei\n.\ndrei"), link)

    assert ["eins", ".", "..zwei", ".", "drei"] == server.mails.all()[0].text.splitlines()


@CALM
@given(st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a"]), max_size=8))
def test_every_line_that_begins_with_a_dot_gets_another(lines: list[bytes]) -> None:
    """RFC 5321 §4.5.2; undone as a server undoes it."""
    sent = _stuffed(b"\r\n".join([*lines, b"end"]))
    read = [line[1:] if line.startswith(b".") else line for line in sent.split(b"\r\n")[:-2]]

    assert ([*lines, b"end"], [b".", b""]) == (read, sent.split(b"\r\n")[-2:])


@pytest.mark.parametrize(
    "subject", ["Ihr Antrag\r\nBcc: max@example.org", "Ihr Antrag\nBcc: max@example.org", "a\u2028Bcc: b"]
)
def test_a_subject_is_one_line_whatever_stands_in_it(
    server: EmailSimulator, link: Link, subject: str
) -> None:
    send(an_answer(subject), link)
    (mail,) = server.mails.all()

    assert (None, [TO]) == (mail.message["Bcc"], list(mail.recipients))


def test_a_name_of_a_file_is_one_line_too(server: EmailSimulator, link: Link) -> None:
    send(an_answer(documents=[a_document("a.pdf\r\nBcc: max@example.org", b"%PDF")]), link)
    (mail,) = server.mails.all()

    assert (None, ["a.pdf Bcc: max@example.org"]) == (
        mail.message["Bcc"],
        [one.filename for one in mail.attachments],
    )


@pytest.mark.parametrize(
    "address",
    ["", "erika", "erika@", "@example.org", "a b@example.org", "a@example.org\r\nRCPT TO:<b@example.org>",
     "a@example.org,b@example.org", "<a@example.org>", "a@b@example.org", "Erika <a@example.org>",
     "müller@example.org", "a@example", f"{'a' * 250}@example.org", "a@" + "ä" * 80 + ".org"],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(server: EmailSimulator, link: Link, address: str) -> None:
    with pytest.raises(Invalid) as raised:
        rail.plan(an_answer(reply={"channel": "email", "address": address}), link)

    assert ("email.no_address", []) == (raised.value.code, server.mails.all())


def test_a_domain_with_umlauts_goes_out_in_ascii(server: EmailSimulator, link: Link) -> None:
    """RFC 5891."""
    send(an_answer(reply={"channel": "email", "address": "erika@müller.example"}), link)

    assert ["erika@xn--mller-kva.example"] == list(server.mails.all()[0].recipients)


def test_who_chose_another_way_gets_no_mail(link: Link) -> None:
    with pytest.raises(Invalid) as raised:
        rail.plan(an_answer(reply={"channel": "fink", "address": TO}), link)

    assert "email.no_address" == raised.value.code


def test_only_answers_go_by_mail(link: Link) -> None:
    from dataclasses import replace

    with pytest.raises(Invalid) as raised:
        rail.plan(replace(an_answer(), kind="application"), link)
    assert "email.not_an_answer" == raised.value.code


def test_who_gave_a_pgp_key_gets_no_plain_mail_unless_that_is_wanted(server: EmailSimulator) -> None:
    asked = an_answer(
        reply={"channel": "email", "address": TO, "pgpPublicKey": "-----BEGIN PGP PUBLIC KEY BLOCK-----"}
    )
    with pytest.raises(Invalid) as raised:
        rail.plan(asked, link_to(settings_for(server)))

    assert "email.wants_pgp" == raised.value.code
    assert rail.plan(asked, link_to(settings_for(server, plain_despite_pgp=True)))


def test_without_attachments_the_mail_says_how_to_get_them(server: EmailSimulator) -> None:
    link = link_to(settings_for(server, attach=False, instead="Die Dokumente liegen im Bürgerbüro."))
    send(an_answer(documents=[a_document("Bescheid.pdf", b"%PDF")]), link)
    (mail,) = server.mails.all()

    assert ([], True) == (mail.attachments, "Die Dokumente liegen im Bürgerbüro." in mail.text)


def test_answers_come_back_to_another_address_where_one_is_set(server: EmailSimulator) -> None:
    send(an_answer(), link_to(settings_for(server, reply_to="Bürgerbüro <buero@example.org>")))

    assert "Bürgerbüro <buero@example.org>" == server.mails.all()[0].message["Reply-To"]


def test_what_is_too_large_is_said_before_anything_is_sent(server: EmailSimulator) -> None:
    link = link_to(settings_for(server, max_bytes=1_000_000))
    with pytest.raises(TooLarge) as raised:
        rail.plan(an_answer(documents=[a_document("a.pdf", b"x" * 800_000)]), link)

    assert ("email.too_large", []) == (raised.value.code, server.mails.all())


def test_the_same_answer_is_the_same_mail_and_another_is_another(server: EmailSimulator, link: Link) -> None:
    for number in (0, 1, 0):
        send(an_answer(number=number), link)

    assert (3, 1) == (len(server.mails.all()), server.mails.doubled())


def test_a_login_is_used_where_one_is_set(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="none", login=("caseway", "geheim"))
    send(an_answer(), link_to(settings_for(server)))

    assert "caseway" == server.mails.all()[0].user


def test_without_a_needed_login_nothing_is_sent(start: Callable[..., EmailSimulator]) -> None:
    server = start(security="none", login=("caseway", "geheim"))
    with pytest.raises(NotConfigured) as raised:
        send(an_answer(), link_to(settings_for(server, username="", password=None)))

    assert ("email.login_needed", []) == (raised.value.code, server.mails.all())
