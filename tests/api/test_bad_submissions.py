"""What is not a proper submission gets a clear error and leaves nothing behind."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case
from caseway.configuration import configuration
from caseway.core.errors import Unavailable
from caseway.intake import scanning
from caseway.intake.checks.malware import EICAR
from caseway.intake.models import Submission
from tests.api.conftest import Sender, multipart
from tests.api.test_error_shape import check

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def nothing_is_left_behind(organisation: Organisation) -> Iterator[None]:
    """Holds for every test here: no submission, no case, no new content."""
    before = stored_contents()
    yield
    with scope(organisation.id):
        assert (0, 0) == (Submission.objects.count(), Case.objects.count())
    assert before == stored_contents()


def stored_contents() -> set[str]:
    folder = Path(configuration().blob_address.removeprefix("file://"))
    return {path.name for path in folder.rglob("*") if path.is_file()}


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, check(answer, answer.status_code)["code"]


WHOLE = multipart({}, [("a", "a.pdf", "application/pdf", PDF)])


@pytest.mark.parametrize(
    "body",
    [
        b"\r\n",
        b"no multipart at all",
        WHOLE[:-4],
        WHOLE[: len(WHOLE) // 2],
        WHOLE.replace(b"Content-Disposition: form-data", b"Content-Disposition: attachment"),
        WHOLE.replace(b'name="a"', b'name="a\r\nb"'),
        WHOLE.replace(b"Content-Type: application/pdf", b"X" * 5000),
    ],
    ids=["empty", "text", "no end", "half", "wrong disposition", "broken header", "long header"],
)
def test_a_broken_multipart_body(sender: Sender, body: bytes) -> None:
    status, code = refused(sender.send_body(body))

    assert (400, True) == (status, code in ("submission.multipart_broken", "submission.part_order"))


def test_a_body_that_is_not_multipart(sender: Sender) -> None:
    answer = sender.send_body(b"{}", content_type="application/json")

    assert (400, "submission.not_multipart") == refused(answer)


def test_files_before_the_submission(sender: Sender) -> None:
    body = multipart({}).replace(b'name="submission"', b'name="a"; filename="a.pdf"')

    assert (400, "submission.part_order") == refused(sender.send_body(body))


def test_no_idempotency_key(sender: Sender) -> None:
    assert (400, "submission.idempotency_key_missing") == refused(sender.submit(key=""))


@pytest.mark.parametrize("key", ["x" * 201, "schlüssel"])
def test_a_bad_idempotency_key(sender: Sender, key: str) -> None:
    assert (422, "submission.idempotency_key_invalid") == refused(sender.submit(key=key))


@pytest.mark.parametrize(
    "said",
    [b"", b"{", b"{} {}", b"\xff", b'{"form":{},"form":{}}', b"[" * 100_000],
    ids=["empty", "open", "two", "not utf-8", "a name twice", "deep"],
)
def test_a_submission_part_that_is_not_json(sender: Sender, said: bytes) -> None:
    assert (400, "submission.json_broken") == refused(sender.submit(said or b" "))


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"unknown": 1}, "/unknown"),
        ({"kind": "letter"}, "/kind"),
        ({"form": {"id": 7}}, "/form/id"),
        ({"form": {"id": "a\u0000b"}}, "/form/id"),
        ({"form": {"name": "a\u001bb"}}, "/form/name"),
        ({"form": {"name": "x" * 201}}, "/form/name"),
        ({"service": {"leikaId": "99-1"}}, "/service/leikaId"),
        ({"applicant": {"email": "erika"}}, "/applicant/email"),
        ({"submittedAt": "2026-11-16T14:03:00"}, "/submittedAt"),
        ({"submittedAt": "0001-01-01T00:00:00+14:00"}, "/submittedAt"),
        ({"channel": "A B"}, "/channel"),
        ({"test": "yes"}, "/test"),
        ({"case": {"reference": ""}}, "/case/reference"),
        ({"kind": "message"}, ""),
        ({"case": {"reference": "A"}, "continues": "S-1"}, ""),
        ({"documents": [{"part": "a"}, {"part": "a"}]}, ""),
        ([], ""),
    ],
)
def test_a_submission_part_with_a_wrong_field(sender: Sender, said: Any, pointer: str) -> None:
    answer = sender.submit(json.dumps(said).encode())

    body = check(answer, 422)
    assert [pointer] == [error["pointer"] for error in body["errors"]]


def test_an_error_does_not_repeat_what_was_sent(sender: Sender) -> None:
    answer = sender.submit({"applicant": {"familyName": "Mustermann\u0000"}})

    assert "Mustermann" not in answer.content.decode()


def a_file(content: bytes, name: str = "a.bin", media_type: str = "application/octet-stream") -> Any:
    return ("a", name, media_type, content)


BOMB = b'<!DOCTYPE a [<!ENTITY x "ha">' + b'<!ENTITY y "&x;&x;&x;&x;">' + b"]><a>&y;</a>"


@pytest.mark.mission("C-13")
@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (a_file(b""), 422, "document.empty"),
        (a_file(EICAR), 422, "malware.found"),
        (a_file(PDF + b" " * 2_000_000 + EICAR), 422, "malware.found"),
        (a_file(b"MZ\x90\x00" + b"\0" * 300 + b"PE\0\0", "a.pdf"), 422, "document.type_denied"),
        (a_file(PDF, "a.exe"), 422, "document.type_denied"),
        (a_file(b"plain words", "a.pdf", "application/pdf"), 422, "document.type_mismatch"),
        (a_file(PDF, "\u202e"), 422, "filename.empty"),
        (("structured", "a.xml", "application/xml", BOMB), 422, "xml.doctype"),
        (("structured", "a.xml", "application/xml", b"<a>" * 300 + b"</a>" * 300), 422, "xml.too_deep"),
        (("structured", "a.xml", "application/xml", b"<a><b></a>"), 422, "xml.malformed"),
        (("structured", "a.json", "application/json", b'{"a": NaN}'), 422, "submission.structured_broken"),
        (
            ("structured", "a.json", "application/json", b"[" * 50_000 + b"]" * 50_000),
            422,
            "submission.structured_broken",
        ),
    ],
)
def test_a_bad_file(sender: Sender, file: Any, status: int, code: str) -> None:
    assert (status, code) == refused(sender.submit({}, [file]))


@pytest.mark.parametrize("padding", [0, 1_500_000], ids=["small", "streamed"])
def test_a_zip_bomb(sender: Sender, padding: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("padding", bytes(padding), zipfile.ZIP_STORED)
        archive.writestr("zeros", bytes(60_000_000))

    status, code = refused(sender.submit({}, [a_file(packed.getvalue(), "a.zip", "application/zip")]))

    assert (422, "zip.") == (status, code[:4])


def test_a_good_file_before_a_bad_one_is_not_kept_as_a_submission(sender: Sender) -> None:
    other = ("b", "b.bin", "", b"")

    assert (422, "document.empty") == refused(sender.submit({}, [a_file(b""), other]))


def test_a_described_file_that_did_not_come(sender: Sender) -> None:
    assert (422, "submission.part_missing") == refused(sender.submit({"documents": [{"part": "a"}]}))


def test_two_files_under_one_name(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = sender.submit({}, [a_file(b""), a_file(b"")])

    assert 422 == refused(answer)[0]


def limited(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Give the process a configuration with other limits."""
    changed = configuration().model_copy(update=limits)
    for module in ("caseway.api.upload", "caseway.intake.files", "caseway.intake.inspection"):
        monkeypatch.setattr(f"{module}.configuration", lambda: changed)


def test_too_many_files(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, documents=0)

    assert (413, "submission.too_many_files") == refused(sender.submit({}, [a_file(PDF)]))


def test_a_file_over_the_limit(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, document_bytes=10)

    assert (413, "blob.too_large") == refused(sender.submit({}, [a_file(PDF)]))


def test_a_submission_over_the_limit(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, submission_bytes=300)

    assert (413, "submission.too_large") == refused(sender.submit({}, [a_file(PDF * 10)]))


def test_a_submission_part_over_the_limit(sender: Sender) -> None:
    said = {"kind": "message", "message": {"body": "x" * 1_000_001}}

    assert (413, "submission.part_too_large") == refused(sender.submit(said))


@pytest.mark.mission("C-13")
def test_a_silent_scanner_lets_nothing_in(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def scan(self, stream: Any) -> Any:
            raise Unavailable("The malware scanner gave no verdict.", code="malware.scanner_unavailable")

    monkeypatch.setattr(scanning, "scanner", Silent)

    for size in (10, 2_000_000):
        assert (503, "malware.scanner_unavailable") == refused(sender.submit({}, [a_file(b"x" * size)]))


def test_a_full_disk(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("caseway.core.blobs_local.os.write", full)

    assert (503, "blob.no_space") == refused(sender.submit({}, [a_file(PDF)]))


def test_a_permission_that_is_missing(organisation: Organisation, sender_of: Callable[..., Sender]) -> None:
    assert (403, "access.not_permitted") == refused(sender_of(organisation, "submissions:read").submit())
