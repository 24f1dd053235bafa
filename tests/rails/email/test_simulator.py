"""The mail server of the desk: what it took is seen, and it misbehaves as wanted."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import urllib.error
import urllib.request
from email.message import EmailMessage
from typing import Any

import pytest

from caseway.rails.email.simulator import EmailSimulator
from caseway.rails.email.simulator.simulator import SWITCHES


def get(server: EmailSimulator, path: str) -> Any:
    with urllib.request.urlopen(f"{server.url}{path}", timeout=10) as answer:
        content = answer.read().decode()
    return json.loads(content) if path.startswith("/_sim") else content


def post(server: EmailSimulator, path: str, body: bytes, method: str = "POST") -> int:
    request = urllib.request.Request(f"{server.url}{path}", body, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)


def mail(subject: str = "Grüße", to: str = "erika.mustermann@example.org") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "bauamt@example.org", to, subject
    message["Message-ID"] = f"<{subject}@example.org>".encode("ascii", "ignore").decode()
    message.set_content("Guten Tag <b>Erika</b>")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Bescheid.pdf")
    return message


def send(server: EmailSimulator, message: EmailMessage) -> None:
    """Send with the standard library's client, which nobody here wrote."""
    with smtplib.SMTP(server.host, server.smtp_port, timeout=10) as client:
        client.send_message(message)


def test_what_was_taken_is_shown_on_the_page_and_as_json(server: EmailSimulator) -> None:
    send(server, mail())
    (taken,) = get(server, "/_sim/state")["mails"]

    assert ("Grüße", ["erika.mustermann@example.org"], ["Bescheid.pdf"]) == (
        taken["subject"],
        taken["recipients"],
        [one["filename"] for one in taken["attachments"]],
    )
    page = get(server, "/?mail=1")
    assert ("Grüße" in page, "&lt;b&gt;Erika" in page, "<b>Erika" in page) == (True, True, False)


def test_a_mail_that_came_twice_is_counted(server: EmailSimulator) -> None:
    for _ in range(2):
        send(server, mail())

    assert {"total": 2, "doubled": 1} == get(server, "/_sim/counts")


def test_a_switch_is_turned_on_scoped_to_an_address_and_off_again(server: EmailSimulator) -> None:
    post(server, "/_sim/faults", json.dumps({"kind": "refuse", "actions": "rcpt", "name": "max*"}).encode())
    send(server, mail())
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(server, mail(to="max.mustermann@example.org"))
    post(server, "/_sim/faults/refuse", b"", "DELETE")
    send(server, mail(to="max.mustermann@example.org"))

    assert 2 == get(server, "/_sim/counts")["total"]
    assert {one.kind for one in SWITCHES} < {one["kind"] for one in get(server, "/_sim/faults")["switches"]}


def test_a_form_of_the_page_turns_a_switch_on(server: EmailSimulator) -> None:
    post(server, "/_sim/form/add", b"kind=later&actions=data&value=Komm+wieder&times=1")
    with pytest.raises(smtplib.SMTPDataError, match="Komm wieder"):
        send(server, mail())
    send(server, mail())

    assert [451, 250] == [one["status"] for one in get(server, "/_sim/log")["entries"]]


def test_resetting_forgets_everything(server: EmailSimulator) -> None:
    send(server, mail())
    server.switch_on("slow")
    post(server, "/_sim/reset", b"")

    assert ([], [], 0) == (
        get(server, "/_sim/state")["mails"],
        get(server, "/_sim/faults")["faults"],
        get(server, "/_sim/log")["total"],
    )


def test_what_the_admin_does_not_know_is_said(server: EmailSimulator) -> None:
    for path, body in (("/_sim/nothing", b""), ("/_sim/faults", b'{"kind": "x"}'), ("/_sim/faults", b"[")):
        with pytest.raises(urllib.error.HTTPError) as raised:
            post(server, path, body)
        assert raised.value.code in (400, 404, 422)
        raised.value.close()


def test_it_is_started_from_the_shell_and_ends_when_told() -> None:
    command = [
        sys.executable,
        "-m",
        "caseway",
        "simulate",
        "email",
        "--port",
        "0",
        "--page-port",
        "0",
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        with smtplib.SMTP(said["host"], said["port"], timeout=10) as client:
            client.send_message(mail())
        with urllib.request.urlopen(f"{said['url']}/_sim/counts", timeout=10) as answer:
            counts = json.load(answer)
    finally:
        process.send_signal(signal.SIGTERM)
        status = process.wait(20)
        process.stdout.close()

    assert ({"total": 1, "doubled": 0}, 0) == (counts, status)
