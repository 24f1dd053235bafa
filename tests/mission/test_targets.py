"""C-04: each thing of an application becomes the object that the DMS has for it, in the case file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import caseway.demo
from tests.api.conftest import File
from tests.mission.conftest import DOG_TAX, PDF, Hall

pytestmark = pytest.mark.mission("C-04")

MAPPING = Path(caseway.demo.__file__).parent / "mappings" / "onlinevorgang.yaml"
FORM: File = ("structured", "antrag.xml", "application/xml", b"<antrag/>")
PROOF: File = ("nachweis", "Impfpass.pdf", "application/pdf", b"%PDF-1.7 proof of vaccination")
PAPERS = [*DOG_TAX["documents"], {"part": "nachweis", "role": "attachment"}]
MESSAGE = {"kind": "message", "form": DOG_TAX["form"], "service": DOG_TAX["service"]}


def put_into_force(hall: Hall, file: Path) -> None:
    hall.shell("mapping", "import", str(file))
    hall.shell("mapping", "publish", "onlinevorgang")
    hall.shell("mapping", "bind", "onlinevorgang", "1", "--connection", "dms", "--form", "hundesteuer")


def filed(hall: Hall) -> list[tuple[str, Any, int]]:
    """Return type, kind and depth below the root of every object, sorted."""
    found = [
        (one["type"], one["properties"].get("362") or one["properties"].get("361"), one["path"].count("/"))
        for one in hall.dms.objects()
    ]
    return sorted(found, key=str)


def test_case_file_application_data_attachment_and_message_each_have_their_object(hall: Hall) -> None:
    put_into_force(hall, MAPPING)

    first = hall.submit({**DOG_TAX, "documents": PAPERS}, [PDF, FORM, PROOF])
    words = {"subject": "Rückfrage", "body": "Wie hoch ist die Steuer?"}
    text: File = ("text", "Nachricht.txt", "text/plain", b"Wie hoch ist die Steuer?")
    said = {**MESSAGE, "continues": first["id"], "message": words}
    hall.submit({**said, "documents": [{"part": "text", "role": "message"}]}, [text])

    assert [
        ("DNACHRICHT", "ACT02", 3),
        ("DPORT", "DOC01", 3),
        ("DPORT", "DOC02", 3),
        ("DPORT", "DOC07", 3),
        ("D_AKTE", None, 2),
    ] == filed(hall)


def test_a_parent_folder_that_is_not_there_stops_this_application_and_no_other(
    hall: Hall, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "onlinevorgang.yaml"
    text = MAPPING.read_text(encoding="utf-8")
    elsewhere.write_text(text.replace("/Onlineantraege", "/Nirgendwo"), encoding="utf-8")
    put_into_force(hall, elsewhere)

    (delivery,) = hall.deliveries(hall.submit({**DOG_TAX, "documents": PAPERS}, [PDF, FORM, PROOF]))

    assert ("refused", "cmis.parent_missing") == (delivery["state"], delivery["code"])
    assert "/Nirgendwo" in str(delivery["details"])
    assert [] == hall.dms.objects()
    (other,) = hall.deliveries(hall.submit({**DOG_TAX, "form": {"id": "lob"}}))
    assert "delivered" == other["state"]
