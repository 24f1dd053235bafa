"""The scanner against the real clamd: its verdicts, limit and sockets, and the door that waits for it."""

from __future__ import annotations

import io
import socket
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from caseway.access.models import Organisation
from caseway.core.errors import NotConfigured
from caseway.intake import scanning
from caseway.intake.checks.malware import EICAR, ClamdScanner, Verdict
from caseway.testing import clamd as stand_in
from caseway.testing.clamav import LIMIT, NAME, Clamd, find_clamd, running_clamd
from caseway.testing.opencmis import must_run
from caseway.testing.tokens import issue_token
from tests.api.conftest import File, Sender

FOUND = Verdict(f"{NAME}.UNOFFICIAL")  # as clamd calls what is not signed by its makers
PDF = b"%PDF-1.7 words\n"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    if find_clamd() is None:
        if must_run():
            pytest.fail("the peer is missing: clamd is not installed")
        pytest.skip("needs clamd (Debian: clamav-daemon)")
    with running_clamd(tmp_path_factory.mktemp("clamd")) as running:
        yield running


@pytest.fixture(params=["tcp", "local"])
def scanner(clamd: Clamd, request: pytest.FixtureRequest) -> ClamdScanner:
    return ClamdScanner(getattr(clamd, request.param))


def packed(content: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("inside.txt", content)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (b"", Verdict()),
        (PDF, Verdict()),
        (b"x" * LIMIT, Verdict()),
        (EICAR, FOUND),
        (b"x" * 300_000 + EICAR + b"y", FOUND),
        (packed(EICAR), FOUND),
        (packed(PDF), Verdict()),
    ],
    ids=["empty", "clean", "clean at the limit", "test string", "in the middle", "in an archive", "archive"],
)
def test_its_verdict_is_understood(scanner: ClamdScanner, content: bytes, verdict: Verdict) -> None:
    assert verdict == scanner.scan(io.BytesIO(content))


@pytest.mark.parametrize("more", [1, 300_000, 20 * LIMIT])
def test_a_file_over_its_limit_is_a_matter_of_settings(scanner: ClamdScanner, more: int) -> None:
    for _ in range(5):  # it breaks off in the middle of the sending: sooner or later
        with pytest.raises(NotConfigured) as caught:
            scanner.scan(io.BytesIO(bytes(LIMIT + more)))

        assert "malware.size_limit" == caught.value.code


def said(address: str, sent: bytes) -> bytes:
    """Return what a scanner answers to bytes."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
    return answer.replace(FOUND.name.encode() if FOUND.name else b"", b"Eicar-Test-Signature")


@pytest.mark.parametrize(
    "sent",
    [
        b"zPING\0",
        b"zINSTREAM\0\0\0\0\0",
        b"zINSTREAM\0\0\0\0\5words\0\0\0\0",
        b"zINSTREAM\0" + len(EICAR).to_bytes(4, "big") + EICAR + b"\0\0\0\0",
        b"zNONSENSE\0",
    ],
    ids=lambda sent: sent[1:12].decode("ascii", "replace"),
)
def test_the_stand_in_of_our_tests_answers_as_it_does(clamd: Clamd, sent: bytes) -> None:
    with stand_in.running_clamd() as ours:
        assert said(clamd.tcp, sent) == said(ours, sent)


@pytest.mark.mission("C-13")
def test_the_door_takes_what_it_finds_clean_and_refuses_the_rest(
    clamd: Clamd, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "scanner", lambda: ClamdScanner(clamd.local))
    sender = Sender(issue_token(organisation))

    def told(content: bytes, name: str = "a.pdf", kind: str = "application/pdf") -> tuple[int, str]:
        file: File = ("a", name, kind, content)
        answer = sender.submit({}, [file])
        return answer.status_code, answer.json().get("code", "")

    assert (201, "") == told(PDF)
    assert (422, "malware.found") == told(PDF + EICAR)
    assert (422, "malware.found") == told(packed(EICAR), "a.zip", "application/zip")
    assert 503 == told(PDF + b" " * 2 * LIMIT)[0]
