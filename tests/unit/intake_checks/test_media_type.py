"""What a content is, whatever its name and its sender say."""

from __future__ import annotations

import io

import pytest

from caseway.core.errors import Invalid
from caseway.intake.checks import MediaType, refuse_denied, sniff

from .archives import archive, office

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde"
ELF = b"\x7fELF\2\1\1" + b"\0" * 9 + b"\2\0\x3e\0\1\0\0\0" + b"\0" * 64
OFFICE = "application/vnd.openxmlformats-officedocument."
ODT = "application/vnd.oasis.opendocument.text"
ASICE = "application/vnd.etsi.asic-e+zip"


def detected(content: bytes) -> str:
    return sniff(io.BytesIO(content), "", "file").detected


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b'{"form": "dog-tax"}', "application/json"),
        (b"Guten Tag", "text/plain"),
        (b"<antrag><name/></antrag>", "application/xml"),
        (b'<?xml version="1.0"?>\n<antrag/>', "application/xml"),
        ('\ufeff<?xml version="1.0"?><a/>'.encode(), "application/xml"),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16"), "application/xml"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"),
        (b"3 < 4 and 5 > 4", "text/plain"),
        (b"<!DOCTYPE html><html><body>Hallo</body></html>", "text/html"),
        (b"", "application/x-empty"),
        (office(f"{OFFICE}wordprocessingml.document.main+xml"), f"{OFFICE}wordprocessingml.document"),
        (office(f"{OFFICE}spreadsheetml.sheet.main+xml"), f"{OFFICE}spreadsheetml.sheet"),
        (office(f"{OFFICE}presentationml.presentation.main+xml"), f"{OFFICE}presentationml.presentation"),
        (
            office("application/vnd.ms-word.document.macroEnabled.main+xml"),
            "application/vnd.ms-word.document.macroEnabled.12",
        ),
        (archive({"mimetype": ODT.encode(), "content.xml": b"<x/>"}, packed=False), ODT),
        (archive({"mimetype": b"application/epub+zip"}), "application/epub+zip"),
        (archive({"mimetype": ASICE.encode(), "a.pdf": PDF}), ASICE),
        (archive({"a.pdf": PDF, "META-INF/ASiCManifest001.xml": b"<x/>"}), ASICE),
        (archive({"META-INF/MANIFEST.MF": b"x"}), "application/java-archive"),
        (archive({"a.txt": b"x"}), "application/zip"),
        (archive({"[Content_Types].xml": b"<broken"}), "application/zip"),
        (archive({"mimetype": b"\x1b[31m"}), "application/zip"),
        (archive({"a.txt": b"x" * 100})[:-30], "application/zip"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",  # an archive holds the time it was made
)
def test_a_content_is_known_by_itself(content: bytes, kind: str) -> None:
    assert kind == detected(content)


@pytest.mark.parametrize(
    ("declared", "content", "agreed"),
    [
        ("application/pdf", PDF, True),
        ("Application/PDF; name=x", PDF, True),
        ("application/octet-stream", PDF, True),
        ("image/png", PDF, False),
        ("text/csv", b"a;b\n1;2\n", True),
        ("text/xml", b"<a/>", True),
        ("application/vnd.xoev+xml", b"<a/>", True),
        ("image/jpg", PNG, False),
        ("application/zip", archive({"a": b"x"}), True),
        ("application/pdf", b"Guten Tag", False),
    ],
)
def test_what_was_declared_is_compared(declared: str, content: bytes, agreed: bool) -> None:
    assert agreed == sniff(io.BytesIO(content), declared, "file").agreed


def test_both_are_kept_and_the_stream_is_at_its_start() -> None:
    stream = io.BytesIO(PDF)

    found = sniff(stream, "Image/PNG; q=1", "scan.png")

    assert MediaType("image/png", "application/pdf", False) == found
    assert PDF == stream.read()


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (ELF, "antrag.pdf"),
        (b"#!/bin/sh\nrm -rf /\n", "antrag.txt"),
        (b"MsgBox 1", "antrag.pdf.vbs"),
        (archive({"META-INF/MANIFEST.MF": b"x"}), "antrag.zip"),
    ],
)
def test_what_can_be_run_is_refused(content: bytes, filename: str) -> None:
    found = sniff(io.BytesIO(content), "", filename)

    with pytest.raises(Invalid) as caught:
        refuse_denied(found, filename)

    assert "document.type_denied" == caught.value.code


def test_a_document_is_not_refused_and_the_list_can_be_another() -> None:
    found = sniff(io.BytesIO(PDF), "", "Antrag.pdf")

    refuse_denied(found, "Antrag.pdf")
    with pytest.raises(Invalid):
        refuse_denied(found, "Antrag.pdf", {"application/pdf"})
