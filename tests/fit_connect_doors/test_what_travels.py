"""What is handed over keeps the official schema of metadata, and the schema its own data have (F-03)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import RSAKey
from jsonschema import Draft202012Validator, FormatChecker

from caseway.rails.fit_connect.simulator.model import Parcel
from tests.fit_connect_doors.town import OFFICE, PLAN, Town
from tests.rails.fit_connect.rail.papers import XML_SCHEMA
from tests.rails.fit_connect.rail.schemas import ANTRAG

pytestmark = pytest.mark.mission("F-03")

XML = b"<antrag><art>Carport</art></antrag>"
BROKEN = b"<antrag><strasse>Musterweg</strasse></antrag>"
WISH = {"channel": "email", "address": "erika.mustermann@example.org"}


def opened(town: Town, parcel: Parcel, part: str) -> bytes:
    """Return a part of what was handed over, opened by a library of others with the key of the office."""
    text = town.platform.platform.store.path(parcel, part).read_text()
    (own,) = [one for one in town.platform.private_keys(OFFICE) if one["key_ops"] == ["unwrapKey"]]
    key = RSAKey.import_key({name: value for name, value in own.items() if name != "key_ops"})
    return bytes(jwe.decrypt_compact(text, key, algorithms=["RSA-OAEP-256", "A256GCM"]).plaintext or b"")


def handed_over(town: Town) -> Parcel:
    (parcel,) = town.platform.platform.store.parcels.values()
    return parcel


def schema_of(shared: Path, version: str) -> dict[str, Any]:
    text = (shared / f"specs/fit-connect/metadata-{version}.schema.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def take_only(town: Town, version: str) -> None:
    """Have the office take only metadata of this version."""
    with town.authority.subscriber() as http:
        said = {"metadataVersions": [version]}
        http.patch(f"destinations/{OFFICE}", json=said).raise_for_status()


@pytest.mark.parametrize(("taken", "official"), [("2.1.0", "2.1.0"), ("1.5.0", "1.0.0"), ("1.0.0", "1.0.0")])
def test_the_metadata_of_an_application_keep_the_official_schema(
    town: Town, shared: Path, taken: str, official: str
) -> None:
    take_only(town, taken)
    town.service.join()
    town.service.hand_in(reply=WISH)
    town.service.work()

    metadata = json.loads(opened(town, handed_over(town), "metadata"))
    checks = Draft202012Validator(schema_of(shared, official), format_checker=FormatChecker())
    assert [] == [one.message for one in checks.iter_errors(metadata)]
    assert f"/{taken}/" in metadata["$schema"]
    assert WISH["address"] == metadata["replyChannel"]["eMail"]["address"]
    assert 1 == len(metadata["contentStructure"]["attachments"])


def with_schema(town: Town, folder: Path) -> None:
    town.service.join()
    (folder / "antrag.xsd").write_bytes(ANTRAG.files["antrag.xsd"])
    town.service.shell("schemas", "add", XML_SCHEMA, str(folder / "antrag.xsd"))


def papers(data: bytes) -> list[tuple[str, str, str, bytes]]:
    return [
        ("data", "antrag.xml", "application/xml", data),
        ("plan", "lageplan.pdf", "application/pdf", PLAN),
    ]


def test_data_in_xml_go_under_the_schema_the_office_names_for_xml(town: Town, tmp_path: Path) -> None:
    with_schema(town, tmp_path)
    town.authority.join()
    sent = town.service.hand_in(papers(XML))
    town.service.work()
    parcel = handed_over(town)
    metadata = json.loads(opened(town, parcel, "metadata"))
    data = opened(town, parcel, "data")
    town.work()

    described = metadata["contentStructure"]["data"]["submissionSchema"]
    assert (XML_SCHEMA, "application/xml") == (described["schemaUri"], described["mimeType"])
    assert XML == data
    assert ("delivered", "") == town.service.told(sent)


def test_data_in_xml_that_break_their_schema_are_refused_before_anything_is_announced(
    town: Town, tmp_path: Path
) -> None:
    with_schema(town, tmp_path)
    sent = town.service.hand_in(papers(BROKEN))
    town.service.work()

    assert ("attention", "fit_connect.subject_data_invalid") == town.service.told(sent)
    assert [] == town.events()
